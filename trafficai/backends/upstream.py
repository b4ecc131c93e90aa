"""From where vehicles come onto a lane: what SUMO looks through for the follower of a vehicle near the lane's start.

Found by experiment in SUMO 1.28: all lanes that lead to the lane count, wherever their drivers head for. Where internal
lanes from different edges end in one lane, the lanes before the junction are left out: who comes from there has to
mind the junction first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.links import LinkIndex
from trafficai.core.parameters import DEFAULT_DECEL, LONGEST_BRAKING
from trafficai.core.records import UPSTREAM, RecordArray
from trafficai.scenario.model import Scenario

FASTEST_FACTOR = 1.5
"""Drivers this many times as fast as the limit are expected; SUMO looks as far back as the fastest one brakes."""


class Upstream(NamedTuple):
    """Where to look for followers, lane by lane."""

    rows: RecordArray  # (num_rows,) UPSTREAM
    first: NDArray[np.int64]  # (num_lanes,) first row of each lane
    num: NDArray[np.int64]  # (num_lanes,)


def upstream_table(scenario: Scenario, index: LinkIndex) -> Upstream:
    """Return the lanes behind each lane, nearest junctions first."""
    search = _Search(scenario, index)
    rows = [search.behind(lane) for lane in range(len(scenario.network.lanes))]
    num = np.array([len(found) for found in rows], dtype=np.int64)
    table = np.array([row for found in rows for row in found], dtype=UPSTREAM).view(np.recarray)
    return Upstream(table, np.cumsum(num) - num, num)


class _Search:
    """Looks back from lanes."""

    def __init__(self, scenario: Scenario, index: LinkIndex) -> None:
        self.lanes = scenario.network.lanes
        self.index = index
        self.rows_of: dict[str, list[int]] = {}
        for row, lane in enumerate(self.lanes):
            self.rows_of.setdefault(lane.edge, []).append(row)
        decel = min([DEFAULT_DECEL, *(kind.decel for kind in scenario.vehicle_types)])
        self.seconds = FASTEST_FACTOR**2 / (2.0 * decel)  # braking distance by squared speed limit
        self.merges = [self._is_merge(lane) for lane in range(len(self.lanes))]

    def _incoming(self, lane: int) -> list[int]:
        """Return the lanes that lead onto a lane, in the order of the net."""
        first = int(self.index.first_incoming[lane])
        links = self.index.incoming[first : first + int(self.index.num_incoming[lane])]
        return [int(self.index.from_lane[link]) for link in links]

    def _is_merge(self, lane: int) -> bool:
        """Return whether internal lanes from different edges end in a normal lane."""
        inner = [before for before in self._incoming(lane) if self.index.is_internal[before]]
        entries = (self.index.entry_link[self.index.exit_of(before)] for before in inner)
        return len({self.lanes[int(self.index.from_lane[entry])].edge for entry in entries}) > 1

    def _is_hidden(self, before: int, lane: int) -> bool:
        """Return whether ``before`` leads into a junction in which its drivers merge with others."""
        if self.index.is_internal[before] or not self.index.is_internal[lane]:
            return False
        return self.merges[int(self.index.to_lane[self.index.exit_of(lane)])]

    def behind(self, start: int) -> list[tuple[float, float, float, int]]:
        """Return the UPSTREAM rows of a lane."""
        seen = set(self.rows_of[self.lanes[start].edge])
        rows: list[tuple[float, float, float, int]] = []
        speed = self.lanes[start].speed
        level = [(before, self.lanes[before].length, -np.inf, speed) for before in self._incoming(start)]
        while level:
            further = []
            for lane, distance, downstream, limit in level:
                rows.append((distance, downstream, limit, lane))
                fastest = max(limit, self.lanes[lane].speed)
                if distance >= min(fastest * fastest * self.seconds, LONGEST_BRAKING):
                    continue
                for before in self._incoming(lane):
                    if before not in seen and not self._is_hidden(before, lane):
                        seen.add(before)
                        further.append((before, distance + self.lanes[before].length, distance, fastest))
            level = further
        return rows
