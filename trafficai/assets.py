"""Finds ``scenarios/`` and ``agents/``: inside an installed wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from trafficai.datatypes.errors import InputError

PACKAGE = Path(__file__).resolve().parent


def folder(kind: Literal["scenarios", "agents"]) -> Path:
    """Return the folder that holds our own scenarios or agents, one sub-folder each.

    Raises:
        InputError: the installation lacks it.
    """
    for candidate in (PACKAGE / "_assets" / kind, PACKAGE.parent / kind):
        if candidate.is_dir():
            return candidate
    raise InputError(f"this installation has no {kind}; install trafficai again", file=PACKAGE)
