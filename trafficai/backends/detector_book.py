"""All detectors of a scenario, kept from the moves of every second: by Python's call, or within the core's."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.area_book import AreaBook
from trafficai.backends.loop_book import LoopBook
from trafficai.backends.trail_book import TrailBook, new_moves
from trafficai.backends.zone_book import ZoneBook
from trafficai.core.area_records import AREA
from trafficai.core.loops import LOOP, start_showing
from trafficai.core.records import RecordArray
from trafficai.core.trails import MAX_MOVES, Moves
from trafficai.datatypes import DetectorResults, DetectorStates
from trafficai.scenario.model import Detectors, Network, Scenario


class DetectorBook:
    """The detectors of one run."""

    def __init__(self, scenario: Scenario) -> None:
        self.loops, self.areas, self.zones = LoopBook(scenario), AreaBook(scenario), ZoneBook(scenario)

    def twin(self) -> Self:
        """Return the detectors of another run, which has not begun."""
        other = copy.copy(self)
        other.loops, other.areas, other.zones = self.loops.twin(), self.areas.twin(), self.zones.twin()
        return other

    def clear(self) -> None:
        """Begin anew."""
        for book in (self.loops, self.areas, self.zones):
            book.clear()

    def begin_interval(self) -> None:
        """Forget what the last snapshot showed of its interval."""
        start_showing(self.loops.handle)

    def book(self, now: int, moves: RecordArray) -> None:
        """Book the moves of the second that ends at ``now`` [s]."""
        for book in (self.loops, self.areas, self.zones):
            book.book(now, Moves(moves))

    def results(self) -> DetectorResults:
        """Return the complete intervals of every detector."""
        return DetectorResults(self.loops.results(), self.areas.results(), self.zones.results())

    def now(self) -> DetectorStates:
        """Return what loops and areas show of the last second."""
        return DetectorStates(self.loops.now(), self.areas.now())

    def states(self) -> dict[str, Any]:
        """Return what changes during a run, a NamedTuple of arrays by name."""
        return {"loop_book": self.loops.state, "area_book": self.areas.state, "zone_book": self.zones.state}


class CoreDetectors:
    """The detectors of one world, which the core keeps itself; nothing where they were not asked for.

    Args:
        scenario: what is simulated.
        are_kept: whether they were asked for.
    """

    def __init__(self, scenario: Scenario, are_kept: bool) -> None:
        nothing: dict[str, Any] = {"network": Network((), (), ()), "vehicles": (), "detectors": Detectors()}
        kept = scenario if are_kept else replace(scenario, **nothing)
        self.are_kept = are_kept
        self.trails = TrailBook(kept, _watched(kept.detectors))
        self.moves = new_moves(MAX_MOVES if are_kept else 0)
        self.book = DetectorBook(kept)

    def twin(self) -> Self:
        """Return the detectors of another world, which has not begun; itself where there is nothing to keep."""
        if not self.are_kept:
            return self
        other = copy.copy(self)
        other.trails, other.moves, other.book = self.trails.twin(), new_moves(MAX_MOVES), self.book.twin()
        return other

    def clear(self) -> None:
        """Begin anew."""
        if self.are_kept:
            self.trails.clear()
            self.book.clear()

    def states(self) -> dict[str, Any]:
        """Return what changes during a run, a NamedTuple of arrays by name."""
        return {"trails": self.trails.state} | self.book.states() if self.are_kept else {}


def shown_fields(book: DetectorBook | None) -> dict[str, NDArray[Any]]:
    """Return the fields of a snapshot that detectors fill, by name; with no rows where there is no book."""
    loops = book.loops.state.loops if book else np.zeros(0, dtype=LOOP).view(np.recarray)
    areas = book.areas.state.areas if book else np.zeros(0, dtype=AREA).view(np.recarray)
    return {
        "loop_count_in_interval": loops.count_shown.astype(np.int32),
        "loop_occupied_in_interval": loops.occupied_shown.copy(),
        "loop_left_in_interval": loops.left_shown.astype(np.int32),
        "loop_speed_sum_in_interval": loops.speed_shown.copy(),
        "area_count": areas.count_now.astype(np.int32),
        "area_halted": areas.halted_now.astype(np.int32),
        "area_jam_length": areas.jam_now.copy(),
    }


def _watched(detectors: Detectors) -> frozenset[str] | None:
    """Return the lanes on which moves matter to the detectors; None for all, since a zone has no bounds."""
    if detectors.e3:
        return None
    return frozenset([loop.lane for loop in detectors.e1] + [lane for area in detectors.e2 for lane in area.lanes])
