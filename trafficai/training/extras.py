"""What has to be installed besides the core package."""

from __future__ import annotations

from importlib.util import find_spec

from trafficai.datatypes import InputError


def require(*modules: str) -> None:
    """Check that modules of the extra ``rl`` are installed.

    Raises:
        InputError: where one is missing; the message says how to install it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise InputError(f"{missing[0]} is not installed; run: pip install 'trafficai[rl]'")
