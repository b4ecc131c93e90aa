"""The two ways a command can fail: the input is bad (exit code 2), or the run broke (exit code 1)."""

from __future__ import annotations

from pathlib import Path


class InputError(Exception):
    """Bad input: one clear line that names the file, the element, and what to do.

    Args:
        message: what is wrong and what to do about it, one line.
        file: the file it stands in, where there is one.
        element: the element inside the file, e.g. ``"edge 'gneE7'"``.
    """

    def __init__(self, message: str, *, file: Path | str | None = None, element: str | None = None) -> None:
        where = ": ".join(str(part) for part in (file, element) if part is not None)
        super().__init__(f"{where}: {message}" if where else message)
        self.file = file
        self.element = element


class RunError(Exception):
    """A run that broke although its input was good: SUMO died or hung, a disk is full."""


class SignalSafetyFault(RunError):  # noqa: N818  what a signal engineer calls it
    """The signal monitor saw colours that a signal must not show; a fault of the program, not of whoever asked."""
