"""Makes and keeps the induction loops (SUMO's E1) of a run; ``core/loops.py`` says what is measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.book import Book
from trafficai.backends.detector_table import Results, lane_table, new_results, rows_of_each
from trafficai.core._struct import reference
from trafficai.core.loops import EVENT, LOOP, LOOP_RESULT, OVER, SPARE, Loops, book_loops
from trafficai.core.records import NONE, RecordArray
from trafficai.core.trails import Moves
from trafficai.scenario.model import Scenario


class LoopBook(Book[Loops]):
    """Keeps the loops of one run.

    Args:
        scenario: what is simulated.
        keeps_events: whether it is kept who came and went in the last second.
    """

    def __init__(self, scenario: Scenario, keeps_events: bool = False) -> None:
        loops = scenario.detectors.e1
        self._end = scenario.end
        results = new_results(loops, LOOP_RESULT, scenario)
        self._first = results.first
        on_lanes = lane_table(scenario, [(loop.lane, i) for i, loop in enumerate(loops)])
        state = Loops(
            loops=_loop_table(scenario, results),
            over=np.full((len(loops), SPARE), np.array((0.0, NONE), dtype=OVER)).view(np.recarray),
            events=np.zeros(4 * SPARE * len(loops) if keeps_events else 0, dtype=EVENT).view(np.recarray),
            counts=np.zeros(1, dtype=np.int64),
            results=results.table,
            by_lane=on_lanes.elements,
            first=on_lanes.first,
        )
        super().__init__(state, shared=("by_lane", "first"), fresh=("loops", "over", "counts"))

    def book(self, now: int, moves: Moves) -> None:
        """Book the moves of the second that ends at ``now`` [s]."""
        book_loops(self.handle, reference(moves), now, self._end)

    def results(self) -> tuple[RecordArray, ...]:
        """Return the complete intervals of each loop."""
        return rows_of_each(self.state.results, self._first, self.state.loops.row)

    def now(self) -> NDArray[np.float64]:
        """Return, of the last second, the fronts that passed, the seconds occupied, and the mean speed, (num, 3)."""
        loops = self.state.loops
        speed = np.where(loops.seen_now > 0, loops.speed_now / np.maximum(loops.seen_now, 1), -1.0)
        return np.stack([loops.passed_now.astype(np.float64), np.minimum(loops.occupied_now, 1.0), speed], axis=1)

    def events(self) -> RecordArray:
        """Return who came and went in the last second, in order of time."""
        events = self.state.events[: self.state.counts[0]].view(np.recarray)
        return events[np.lexsort((events.is_on, events.loop, events.time))].view(np.recarray)


def _loop_table(scenario: Scenario, results: Results) -> RecordArray:
    """Return the LOOP table of a scenario."""
    loops = scenario.detectors.e1
    table = np.zeros(len(loops), dtype=LOOP).view(np.recarray)
    table.start, table.end = [loop.position for loop in loops], [loop.end for loop in loops]
    table.period = [loop.period or scenario.duration for loop in loops]
    table.begin = scenario.begin
    table.due = scenario.begin + np.asarray(table.period)
    table.row = results.first
    return table
