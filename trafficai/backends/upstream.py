"""From where vehicles come onto a lane: what SUMO looks through for the follower of a vehicle near the lane's start."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.links import connected_lanes
from trafficai.core.parameters import DEFAULT_DECEL, LONGEST_BRAKING
from trafficai.core.records import NONE, UPSTREAM, RecordArray
from trafficai.scenario.model import Scenario

FASTEST_FACTOR = 1.5
"""Drivers this many times as fast as the limit are expected; SUMO looks as far back as the fastest one brakes."""

MOST_LANES = 62
"""Lanes that are looked through at most; a look keeps a bit for each."""


class Upstream(NamedTuple):
    """Where to look for followers, lane by lane."""

    rows: RecordArray  # (num_rows,) UPSTREAM
    first: NDArray[np.int64]  # (num_lanes,) first row of each lane
    num: NDArray[np.int64]  # (num_lanes,)


def upstream_table(scenario: Scenario) -> Upstream:
    """Return the lanes behind each lane in the order in which SUMO looks through them: near junctions first."""
    search = _Search(scenario)
    rows = [search.behind(lane) for lane in range(len(scenario.network.lanes))]
    num = np.array([len(found) for found in rows], dtype=np.int64)
    table = np.array([row for found in rows for row in found], dtype=UPSTREAM).view(np.recarray)
    return Upstream(table, np.cumsum(num) - num, num)


class _Search:
    """Looks back from lanes."""

    def __init__(self, scenario: Scenario) -> None:
        self.lanes = scenario.network.lanes
        self.rows_of: dict[str, list[int]] = {}
        for row, lane in enumerate(self.lanes):
            self.rows_of.setdefault(lane.edge, []).append(row)
        self.incoming: dict[int, list[int]] = {}
        for before, after in connected_lanes(scenario.network):
            self.incoming.setdefault(after, []).append(before)
        decel = min([DEFAULT_DECEL, *(kind.decel for kind in scenario.vehicle_types)])
        self.seconds = FASTEST_FACTOR**2 / (2.0 * decel)  # braking distance by squared speed limit

    def behind(self, start: int) -> list[tuple[float, int, int]]:
        """Return the UPSTREAM rows of a lane."""
        seen = set(self.rows_of[self.lanes[start].edge])
        reach = min(self.lanes[start].speed ** 2 * self.seconds, LONGEST_BRAKING)
        rows = [(self.lanes[before].length, NONE, before) for before in self.incoming.get(start, [])]
        k = 0
        while k < len(rows) < MOST_LANES:
            distance, _, lane = rows[k]
            for before in self.incoming.get(lane, []) if distance < reach else []:
                if before not in seen:
                    seen.add(before)
                    rows.append((distance + self.lanes[before].length, k, before))
            k += 1
        return rows[:MOST_LANES]
