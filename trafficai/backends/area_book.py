"""Makes and keeps the lane area detectors (SUMO's E2) of a run; ``core/areas.py`` says what is measured."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.book import Book
from trafficai.backends.detector_table import Results, lane_table, new_results, rows_of_each
from trafficai.core._struct import reference
from trafficai.core.area_records import AREA, AREA_RESULT, CONTACT, Areas
from trafficai.core.areas import book_areas
from trafficai.core.records import RecordArray
from trafficai.core.trails import Moves
from trafficai.datatypes import RunError
from trafficai.scenario.model import LaneAreaDetector, Scenario

SPARE = 8
"""Vehicles for which there is room beyond those that fit on the lanes of an area."""

CROWDED = "more vehicles are on a lane area detector than fit on its lanes"
"""What is said where even that room is not enough."""


class AreaBook(Book[Areas]):
    """Keeps the lane areas of one run."""

    def __init__(self, scenario: Scenario) -> None:
        areas = scenario.detectors.e2
        self._end = scenario.end
        results = new_results(areas, AREA_RESULT, scenario)
        self._first = results.first
        pieces = [(lane, i, *piece) for i, area in enumerate(areas) for lane, piece in _pieces(scenario, area)]
        on_lanes = lane_table(scenario, [(piece[0], k) for k, piece in enumerate(pieces)])
        sorted_pieces = [pieces[k] for k in on_lanes.elements.tolist()]
        table = _area_table(scenario, results)
        state = Areas(
            areas=table,
            contacts=np.zeros(int(table.room.sum()), dtype=CONTACT).view(np.recarray),
            results=results.table,
            by_lane=np.array([piece[1] for piece in sorted_pieces], dtype=np.int64),
            places=np.array([piece[2] for piece in sorted_pieces], dtype=np.int64),
            offsets=np.array([piece[3] for piece in sorted_pieces], dtype=np.float64),
            ends=np.array([piece[4] for piece in sorted_pieces], dtype=np.float64),
            first=on_lanes.first,
        )
        super().__init__(state, shared=("by_lane", "places", "offsets", "ends", "first"), fresh=("areas",))

    def book(self, now: int, moves: Moves) -> None:
        """Book the moves of the second that ends at ``now`` [s]."""
        if not book_areas(self.handle, reference(moves), now, self._end):
            raise RunError(CROWDED)

    def results(self) -> tuple[RecordArray, ...]:
        """Return the complete intervals of each area."""
        return rows_of_each(self.state.results, self._first, self.state.areas.row)

    def now(self) -> NDArray[np.float64]:
        """Return, at the end of the last second, the vehicles, those halted, and the share occupied, (num, 3)."""
        areas = self.state.areas
        return np.stack([areas.count_now, areas.halted_now, areas.occupancy_now], axis=1).astype(np.float64)


def _pieces(scenario: Scenario, area: LaneAreaDetector) -> list[tuple[str, tuple[int, float, float]]]:
    """Return, for each lane of an area, its place, and its start and end from the area's start [m]."""
    found, offset = [], -area.start
    for place, lane in enumerate(area.lanes):
        length = scenario.network.lanes[scenario.network.lane_index[lane]].length
        end = area.end if place == len(area.lanes) - 1 else length
        found.append((lane, (place, offset, offset + end)))
        offset += length
    return found


def _area_table(scenario: Scenario, results: Results) -> RecordArray:
    """Return the AREA table of a scenario."""
    areas, network = scenario.detectors.e2, scenario.network
    shortest = min(kind.length for kind in scenario.vehicle_types)
    table = np.zeros(len(areas), dtype=AREA).view(np.recarray)
    table.length = [_pieces(scenario, area)[-1][1][2] for area in areas]
    table.time_threshold = [area.time_threshold for area in areas]
    table.speed_threshold = [area.speed_threshold for area in areas]
    table.period = [area.period or scenario.duration for area in areas]
    lengths = [sum(network.lanes[network.lane_index[lane]].length for lane in area.lanes) for area in areas]
    table.room = [math.ceil(length / shortest) + SPARE for length in lengths]
    table.first = np.cumsum(table.room) - table.room
    table.begin = scenario.begin
    table.due = scenario.begin + np.asarray(table.period)
    table.row = results.first
    return table
