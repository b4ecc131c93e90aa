"""The rules of the house: what an import costs, what the files may say, what is declared and what is pinned."""

import ast
import importlib
import inspect
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import trafficai
from trafficai.cli.main import COMMANDS
from trafficai.metrics import METRICS

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = sorted((ROOT / "trafficai").rglob("*.py"))

MACHINE_PATH = re.compile(
    rb"(?<![\w.~])/(?:home/\w|root/|Users/\w|work/|tmp/\w|opt/\w|workspace/)|[A-Z]:\\\\?Users", re.ASCII
)
"""A folder that exists on one person's machine only."""

HOSTILE_PATH = b"/tmp/x"
"""What hostile files in the tests try to write."""


def listed_files() -> list[Path]:
    """Return every file that git tracks or would track."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("only a git checkout says which files are ours")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after running the code."""
    report = "import json, sys; print('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    run = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_import_needs_neither_torch_nor_sumo():
    assert not modules_after("import trafficai") & {"torch", "stable_baselines3", "pandas", "libsumo", "traci", "sumo"}


def test_at_most_15_public_names():
    assert len(trafficai.__all__) <= 15
    for name in trafficai.__all__:
        assert hasattr(trafficai, name), name


def test_no_machine_paths():
    found = [
        f"{path.relative_to(ROOT)}: {match.group().decode()}"
        for path in listed_files()
        if path != Path(__file__)
        for match in MACHINE_PATH.finditer(path.read_bytes())
        if match.group() != HOSTILE_PATH
    ]
    assert not found


@pytest.mark.parametrize("text", [b"see /home/anna/x", b"'/root/.cache'", b"(/work/main)", b"=/tmp/run", b"C:\\Users"])
def test_a_machine_path_is_recognised(text):
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", [b"https://example.org/home/", b"network/tmp_1", b"a/work/b", b"veh/home"])
def test_an_innocent_path_is_not(text):
    assert not MACHINE_PATH.search(text)


def test_every_module_says_what_it_is():
    silent = [str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_only_training_imports_torch():
    """The import contracts forbid it to others by name; this holds for every package, those to come included."""
    heavy = re.compile(r"^\s*(?:import|from) (?:torch|stable_baselines3)\b", re.MULTILINE)
    importing = {path.relative_to(ROOT / "trafficai").parts[0] for path in SOURCES if heavy.search(path.read_text())}
    assert importing <= {"training"}


def test_only_compile_says_njit():
    saying = [path.name for path in SOURCES if re.search(r"\bnjit\b", path.read_text(encoding="utf-8"))]
    assert saying == ["_compile.py"]


def test_every_link_in_the_docs_leads_somewhere():
    link = re.compile(r"\]\((?!https?://|#)([^)#]+)")
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("scenarios/*/*.md")]
        if ".venv" not in page.parts
        for target in link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_every_metric_is_documented():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert not [info.name for info in METRICS if f"`{info.name}`" not in page]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command):
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    section = page.partition(f"### `trafficai {command.replace('_', '-')}")[2].partition("\n### ")[0]
    function = getattr(importlib.import_module(f"trafficai.cli.{command}"), command)
    options = [p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    assert not [name for name in options if f"`--{name.replace('_', '-')}`" not in section]


def test_workflows_run_what_the_makefile_offers():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        called = set(re.findall(r"\bmake ([a-z-]+)", workflow.read_text(encoding="utf-8")))
        assert called
        assert called <= targets


def test_no_large_files():
    """Content is text or small; what is larger than 1 MiB was left behind by accident."""
    assert not [str(path.relative_to(ROOT)) for path in listed_files() if path.stat().st_size > 2**20]


def test_one_version():
    assert trafficai.__version__ == PYPROJECT["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{trafficai.__version__}]" in changelog or "## [Unreleased]" in changelog


def requirements() -> list[Requirement]:
    """Return every declared dependency, extras and the build system included, references to ourselves left out."""
    project = PYPROJECT["project"]
    declared = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        PYPROJECT["build-system"]["requires"],
    ]
    every = [Requirement(line) for lines in declared for line in lines]
    return [requirement for requirement in every if requirement.name != "trafficai"]


def pins() -> dict[str, str]:
    """Return what constraints.txt pins."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_constraints_name_versions_only():
    for name, version in pins().items():
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name), name
        assert re.fullmatch(r"[0-9][0-9a-z.]*", version), f"{name}: {version}"


def test_constraints_satisfy_every_dependency():
    pinned = pins()
    for requirement in requirements():
        name = canonicalize_name(requirement.name)
        assert name in pinned, f"{name} is not in constraints.txt"
        assert requirement.specifier.contains(pinned[name]), f"{requirement} against {pinned[name]}"


def test_every_core_dependency_is_imported():
    code = "\n".join(source.read_text(encoding="utf-8") for source in SOURCES)
    names = [Requirement(line).name for line in PYPROJECT["project"]["dependencies"]]
    assert not [name for name in names if not re.search(rf"^\s*(import|from) {name}\b", code, re.MULTILINE)]


def test_wheel_carries_code_and_content(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    code = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "trafficai").rglob("*")
        if path.suffix in {".py", ".typed"}
    }
    content = {
        f"trafficai/_assets/{path.relative_to(ROOT).as_posix()}"
        for path in listed_files()
        if path.relative_to(ROOT).parts[0] in {"agents", "scenarios"}
    }
    assert code | content <= names
