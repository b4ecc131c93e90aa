"""Agents by the name or folder that a user types."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trafficai.datatypes import InputError

if TYPE_CHECKING:
    from trafficai.controllers import Controller

RUNS = Path("runs")


def make_agent(name: str) -> Controller:
    """Return the controller of a name, or the trained policy of a folder.

    Raises:
        InputError: there is neither; close names are offered.
    """
    from trafficai.controllers import list_controllers, make_controller

    if name in list_controllers():
        return make_controller(name)
    if Path(name).is_dir():
        from trafficai.training import load_policy

        return load_policy(name)
    raise InputError(f"unknown agent {name!r}; {_hint(name)}")


def make_agents(names: Sequence[str]) -> dict[str, Controller]:
    """Return the agents by the names they were given, trailing slashes dropped.

    Raises:
        InputError: one is unknown, or named twice.
    """
    agents: dict[str, Controller] = {}
    for name in (name.rstrip("/") or name for name in names):
        if name in agents:
            raise InputError(f"agent {name!r} is named twice; name it once")
        agents[name] = make_agent(name)
    return agents


def trained_folders() -> list[str]:
    """Return the folders of trained policies under ``runs``."""
    from trafficai.training.bundle import MANIFEST_FILE

    return sorted(str(path.parent) for path in RUNS.glob(f"**/{MANIFEST_FILE}"))


def _hint(name: str) -> str:
    """Return what the user may have meant."""
    from trafficai.controllers import list_controllers
    from trafficai.training import list_recipes

    if name in list_recipes():
        return f"it is a recipe: train it with `trafficai train {name} SCENARIO --out FOLDER`, then name the folder"
    known = [*list_controllers(), *trained_folders()]
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"name one of {', '.join(list_controllers())} or the folder of a trained policy"
