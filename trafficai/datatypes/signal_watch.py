"""What the signal monitor has to say of a run."""

from __future__ import annotations

from typing import NamedTuple

SIGNAL_RULES = (
    "no fault",
    "conflicting greens",
    "yellow skipped",
    "yellow too short",
    "green too short",
    "intergreen too short",
    "colours out of order",
    "red too long",
    "no indication",
    "unknown colour",
)
"""What can be wrong with the colours of a signal; position is the rule's number."""


class SignalFault(NamedTuple):
    """The first fault of a run."""

    rule: str  # one of SIGNAL_RULES
    time: float  # [s], begin of the second in which it was seen
    signal: str  # id
    positions: tuple[int, ...]  # of the state string: one, or the two that are at odds

    def __str__(self) -> str:
        """Return the fault in one line."""
        positions = " and ".join(map(str, self.positions))
        return f"signal {self.signal!r}, position {positions}, at {self.time:g} s: {self.rule}"


class SignalWatch(NamedTuple):
    """What was watched, and what was found."""

    signal_seconds: int
    faults: int
    first: SignalFault | None = None

    def __str__(self) -> str:
        """Return the finding in one line."""
        found = f"{self.faults:,} fault{'' if self.faults == 1 else 's'}"
        first = "" if self.first is None else f"; the first: {self.first}"
        return f"Signal monitor: {self.signal_seconds:,} signal-seconds, {found}{first}"
