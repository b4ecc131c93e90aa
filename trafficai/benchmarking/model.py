"""What a benchmark is: two measurements taken in turns, and the ratio of their medians."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Unavailable(Exception):  # noqa: N818  nothing went wrong, there is just nothing to measure with
    """A benchmark cannot be taken here; the message says what is missing."""


class Unit(NamedTuple):
    """What a sample counts, and which way is better."""

    text: str
    more_is_better: bool


class Contest(NamedTuple):
    """Two measurements on the same work, prepared and warmed up; each call is one sample in the row's unit."""

    ours: Callable[[], float]
    theirs: Callable[[], float]


class Benchmark(NamedTuple):
    """One row before it is measured."""

    name: str
    against: str  # what ``theirs`` is
    unit: Unit
    prepare: Callable[[Path], Contest]  # given a folder that lasts as long as the contest
    is_default: bool = True  # measured also where no row is named
    cores: int = 1


class Row(NamedTuple):
    """One row, measured."""

    name: str
    against: str
    unit: Unit
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times better our median is than theirs."""
        ours, theirs = median(self.ours), median(self.theirs)
        return ours / theirs if self.unit.more_is_better else theirs / ours


UPDATES = Unit("vehicle updates per CPU second", True)
UPDATES_WALL = Unit("vehicle updates per second", True)
DECISIONS = Unit("agent decisions per CPU second", True)
DECISIONS_WALL = Unit("agent decisions per second", True)
SECONDS_WALL = Unit("seconds per decision of all worlds", False)
SECONDS = Unit("CPU seconds", False)
BYTES = Unit("bytes", False)
