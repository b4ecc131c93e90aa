"""Makes and keeps the entry-exit detectors (SUMO's E3) of a run; ``core/zones.py`` says what is measured."""

from __future__ import annotations

import numpy as np

from trafficai.backends.book import Book
from trafficai.backends.detector_table import Results, lane_table, new_results, rows_of_each
from trafficai.core._struct import reference
from trafficai.core.records import RecordArray
from trafficai.core.trails import Moves
from trafficai.core.zones import VISIT, ZONE, ZONE_RESULT, Zones, book_zones
from trafficai.scenario.model import Scenario


class ZoneBook(Book[Zones]):
    """Keeps the zones of one run."""

    def __init__(self, scenario: Scenario) -> None:
        zones = scenario.detectors.e3
        self._end = scenario.end
        results = new_results(zones, ZONE_RESULT, scenario)
        self._first = results.first
        sections = [
            (section, i, is_exit)
            for i, zone in enumerate(zones)
            for is_exit, part in enumerate((zone.entries, zone.exits))
            for section in part
        ]
        on_lanes = lane_table(scenario, [(section.lane, k) for k, (section, _, _) in enumerate(sections)])
        placed = [sections[k] for k in on_lanes.elements.tolist()]
        state = Zones(
            zones=_zone_table(scenario, results),
            visits=np.zeros((len(scenario.vehicles), len(zones)), dtype=VISIT).view(np.recarray),
            results=results.table,
            by_lane=np.array([zone for _, zone, _ in placed], dtype=np.int64),
            positions=np.array([section.position for section, _, _ in placed], dtype=np.float64),
            is_exit=np.array([is_exit for _, _, is_exit in placed], dtype=np.int64),
            first=on_lanes.first,
        )
        super().__init__(state, shared=("by_lane", "positions", "is_exit", "first"), fresh=("zones", "visits"))

    def book(self, now: int, moves: Moves) -> None:
        """Book the moves of the second that ends at ``now`` [s]."""
        book_zones(self.handle, reference(moves), now, self._end)

    def results(self) -> tuple[RecordArray, ...]:
        """Return the complete intervals of each zone."""
        return rows_of_each(self.state.results, self._first, self.state.zones.row)


def _zone_table(scenario: Scenario, results: Results) -> RecordArray:
    """Return the ZONE table of a scenario."""
    zones = scenario.detectors.e3
    table = np.zeros(len(zones), dtype=ZONE).view(np.recarray)
    table.time_threshold = [zone.time_threshold for zone in zones]
    table.speed_threshold = [zone.speed_threshold for zone in zones]
    table.period = [zone.period or scenario.duration for zone in zones]
    table.begin = scenario.begin
    table.due = scenario.begin + np.asarray(table.period)
    table.row = results.first
    return table
