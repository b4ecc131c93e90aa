"""Lanes so short that a vehicle may come and go within one second, so that SUMO never shows it there."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.links import connected_lanes
from trafficai.core.signals import RecordArray
from trafficai.scenario.model import Network

LEAP = np.dtype([("target", np.int32), ("passed", np.int32)], align=True)
"""The lane on which a vehicle is seen next, and a lane that it passed on its way there, by its row in a Snapshot."""

FASTEST = 1.5
"""How many times the highest limit of the network a driver may go."""


def following_lanes(network: Network) -> list[list[int]]:
    """Return the lanes that follow each lane, those inside junctions included."""
    found: list[list[int]] = [[] for _ in network.lanes]
    for source, follower in connected_lanes(network):
        if follower not in found[source]:
            found[source].append(follower)
    return found


def leap_table(network: Network) -> tuple[RecordArray, NDArray[np.int64]]:
    """Return what is passed from every lane, and where that of each lane begins and ends.

    All ways are followed for as far as one can drive in a second. Where several lead to the same lane, the one over the
    fewest lanes counts.

    Returns:
        The LEAP table, lane by lane, and its bounds, (num_lanes + 1,).
    """
    following = following_lanes(network)
    lengths = [lane.length for lane in network.lanes]
    shown = [network.normal_lane_index.get(lane.id, -1) for lane in network.lanes]
    reach = FASTEST * max((lane.speed for lane in network.lanes), default=0.0)
    rows: list[tuple[int, int]] = []
    bounds = [0]
    for start in range(len(lengths)):
        found = {start}
        waiting: deque[tuple[int, float, tuple[int, ...]]] = deque((lane, 0.0, ()) for lane in following[start])
        while waiting:
            lane, driven, passed = waiting.popleft()
            if lane in found:
                continue
            found.add(lane)
            rows += [(lane, one) for one in passed]
            if driven + lengths[lane] < reach:
                behind = passed if shown[lane] < 0 else (*passed, shown[lane])
                waiting += ((after, driven + lengths[lane], behind) for after in following[lane])
        bounds.append(len(rows))
    return np.array(rows, dtype=LEAP).view(np.recarray), np.array(bounds)
