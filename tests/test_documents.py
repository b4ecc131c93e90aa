"""What the documents show in Python runs as it stands there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/signal-env.md", "docs/parallel-env.md", "docs/vector-env.md")
CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NEEDS_MAPS = "cologne1"

BLOCKS = [
    pytest.param(code, id=f"{page}-{number}")
    for page in PAGES
    for number, code in enumerate(CODE.findall((ROOT / page).read_text(encoding="utf-8")))
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code", BLOCKS)
def test_code_in_documents_runs(code, tmp_path, monkeypatch):
    if NEEDS_MAPS in code and find_spec("sumo_rl") is None:
        pytest.skip("the RESCO maps come with sumo-rl")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "document", "exec"), {})


def test_there_is_code_to_run():
    assert len(BLOCKS) >= 6


def test_links_between_documents_lead_somewhere():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
