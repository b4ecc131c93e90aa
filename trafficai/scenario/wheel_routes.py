"""Makes the route files that examples of the installed eclipse-sumo ship only as a script."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from trafficai.datatypes.errors import InputError
from trafficai.scenario.catalogue import package_folder
from trafficai.scenario.config import Config
from trafficai.scenario.notes import Notes
from trafficai.scenario.xml import is_file

SCRIPT: Final = "makeRoutes.py"
TIMEOUT: Final = 60.0  # [s]


@contextmanager
def with_made_routes(config: Config, notes: Notes) -> Iterator[Config]:
    """Yield the configuration, missing route files of the wheel's own examples made in a folder that goes away after.

    Only a script inside the installed ``sumo`` or ``sumolib`` package is run, never one beside a stranger's files.

    Args:
        config: the configuration as read.
        notes: gets a line if a script was run.

    Raises:
        InputError: the script does not make the file.
    """
    missing = [path for path in config.routes if not is_file(path)]
    script = config.source.resolve().parent / SCRIPT
    if not missing or not _is_installed(script):
        yield config
        return
    with tempfile.TemporaryDirectory(prefix="trafficai-routes-") as folder:
        _run(script, Path(folder))
        notes.say(f"{', '.join(path.name for path in missing)} made by the {SCRIPT} that SUMO ships for this example")
        made = {path: Path(folder) / path.name for path in missing}
        yield replace(config, routes=tuple(made.get(path, path) for path in config.routes))


def _is_installed(script: Path) -> bool:
    packages = [package_folder(name) for name in ("sumo", "sumolib")]
    return script.is_file() and any(package is not None and script.is_relative_to(package) for package in packages)


def _run(script: Path, folder: Path) -> None:
    command = [sys.executable, "-I", str(script)]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=TIMEOUT)
    except (subprocess.SubprocessError, OSError) as error:
        raise InputError(f"makes no routes ({error}); install eclipse-sumo again", file=script) from error
