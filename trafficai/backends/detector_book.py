"""All detectors of a scenario, kept from the moves of every second."""

from __future__ import annotations

from typing import Any

from trafficai.backends.area_book import AreaBook
from trafficai.backends.loop_book import LoopBook
from trafficai.backends.zone_book import ZoneBook
from trafficai.core.records import RecordArray
from trafficai.datatypes import DetectorResults, DetectorStates
from trafficai.scenario.model import Scenario


class DetectorBook:
    """The detectors of one run."""

    def __init__(self, scenario: Scenario) -> None:
        self.loops, self.areas, self.zones = LoopBook(scenario), AreaBook(scenario), ZoneBook(scenario)

    def clear(self) -> None:
        """Begin anew."""
        for book in (self.loops, self.areas, self.zones):
            book.clear()

    def book(self, now: int, moves: RecordArray) -> None:
        """Book the moves of the second that ends at ``now`` [s]."""
        for book in (self.loops, self.areas, self.zones):
            book.book(now, moves)

    def results(self) -> DetectorResults:
        """Return the complete intervals of every detector."""
        return DetectorResults(self.loops.results(), self.areas.results(), self.zones.results())

    def now(self) -> DetectorStates:
        """Return what loops and areas show of the last second."""
        return DetectorStates(self.loops.now(), self.areas.now())

    def states(self) -> dict[str, Any]:
        """Return what changes during a run, a NamedTuple of arrays by name."""
        return {"loop_book": self.loops.state, "area_book": self.areas.state, "zone_book": self.zones.state}
