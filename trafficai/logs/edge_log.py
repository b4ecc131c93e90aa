"""Traffic on each edge, interval by interval, as SUMO's edgeData (meandata) output defines it.

https://sumo.dlr.de/docs/Simulation/Output/Lane-_or_Edge-based_Traffic_Measures.html. A vehicle counts on an edge while
any part of it is there, whatever its front is on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sighting import Sighting
from trafficai.core._compile import entry, kernel
from trafficai.core.records import RecordArray
from trafficai.core.trails import BY_ARRIVAL, BY_CHANGE, BY_DEPARTURE, BY_JUNCTION, BY_MAGIC
from trafficai.datatypes.snapshot import HALTING_SPEED_M_S
from trafficai.logs.tables import element
from trafficai.scenario.model import Edge, Scenario

USE = np.dtype(
    [
        ("samples", np.float64),  # [s]
        ("distance", np.float64),  # [m]
        ("front_samples", np.float64),  # [s], of fronts
        ("front_distance", np.float64),  # [m], of fronts
        ("lengths", np.float64),  # [m s], of vehicles times their time
        ("covered", np.float64),  # [m s], length of lane covered
        ("waiting", np.float64),  # [s]
        ("loss", np.float64),  # [s]
        ("shortest", np.float64),  # [m], vehicle; inf without one
        ("departed", np.int64),
        ("arrived", np.int64),
        ("entered", np.int64),
        ("left", np.int64),
        ("changed_from", np.int64),
        ("changed_to", np.int64),
    ],
    align=True,
)
"""One row per edge: sums over an interval."""

FLOW: Final = (
    *("traveltime", "overlapTraveltime", "density", "overlapDensity", "laneDensity", "occupancy", "waitingTime"),
    *("timeLoss", "speed", "speedRelative", "flow", "distance"),
)
"""Attributes that an edge has only where somebody was on it."""

METRES_PER_KM: Final = 1000.0
SECONDS_PER_HOUR: Final = 3600.0
MAX_TRAVEL_TIME: Final = 100_000.0
"""Longest travel time that is written [s] (SUMO's default of ``maxTraveltime``)."""


class EdgeLog:
    """Watches a run and keeps the use of every edge, in intervals of ``period`` [s]."""

    def __init__(self, scenario: Scenario, period: int) -> None:
        network = scenario.network
        self._scenario, self._period = scenario, period
        self._lane_edges = np.array([network.edge_index[lane.edge] for lane in network.lanes], dtype=np.int64)
        self._lane_lengths = np.array([lane.length for lane in network.lanes])
        self._use = np.zeros(len(network.edges), dtype=USE).view(np.recarray)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._begin = self._scenario.begin
        self._intervals: list[tuple[int, int, NDArray[Any]]] = []
        self._forget()

    def book(self, now: int, sighting: Sighting, moves: RecordArray) -> None:
        """Watch the second that ends at ``now`` [s]."""
        del sighting
        use_edges(self._use, moves, self._lane_edges, self._lane_lengths)
        if now - self._begin == self._period or now == self._scenario.end:
            self._intervals.append((self._begin, now, self._use.copy()))
            self._begin = now
            self._forget()

    def lines(self) -> Iterator[str]:
        """Yield the intervals as SUMO writes them."""
        for begin, end, _ in self._intervals:
            yield element("interval", {"begin": float(begin), "end": float(end), "id": "edges"}, ">\n")
            for row in self._rows(begin):
                said = {name: value for name, value in row.items() if value is not None}
                del said["begin"], said["end"]
                yield element("edge", said, "/>\n")
            yield "</interval>\n"

    def table(self) -> dict[str, NDArray[Any]]:
        """Return all intervals as one table; NaN where there is no value."""
        rows = [row for begin, _, _ in self._intervals for row in self._rows(begin)]
        names = list(rows[0]) if rows else ["begin", "end", "id"]
        columns = {}
        for name in names:
            values = [np.nan if row[name] is None else row[name] for row in rows]
            columns[name] = np.array(values, dtype=object if name == "id" else None)
        return columns

    def _forget(self) -> None:
        self._use[:] = np.zeros((), dtype=USE)
        self._use.shortest[:] = np.inf

    def _rows(self, begin: int) -> Iterator[dict[str, Any]]:
        """Yield what is said of every used edge in the interval that begins then."""
        start, end, use = next(each for each in self._intervals if each[0] == begin)
        for edge, row in zip(self._scenario.network.edges, use, strict=True):
            is_used = row["samples"] > 0.0 or row["departed"] + row["arrived"] + row["entered"] + row["left"] > 0
            if edge.function == "normal" and is_used:
                yield {"begin": float(start), "end": float(end), "id": edge.id, **_measures(row, edge, end - start)}


def _measures(row: Any, edge: Edge, seconds: int) -> dict[str, Any]:
    """Return the attributes of an edge, None where nobody was on it."""
    use = {name: row[name].item() for name in USE.names or ()}
    flow = _flow(use, edge, seconds) if use["samples"] > 0.0 else dict.fromkeys(FLOW)
    counts = {name: use[name] for name in ("departed", "arrived", "entered", "left")}
    changes = {"laneChangedFrom": use["changed_from"], "laneChangedTo": use["changed_to"]}
    return {"sampledSeconds": use["samples"], **flow, **counts, **changes}


def _flow(use: dict[str, Any], edge: Edge, seconds: int) -> dict[str, float | None]:
    """Return the attributes of an edge that somebody was on; no travel time where no front was."""
    length, lanes, samples, driven = edge.length, len(edge.lanes), use["samples"], use["distance"]
    travel_time = length * use["front_samples"] / use["front_distance"] if use["front_distance"] > 1e-3 else None
    overlap = (length + use["lengths"] / samples) * samples / driven if driven > 0.0 else MAX_TRAVEL_TIME
    densest = METRES_PER_KM * lanes / use["shortest"]
    density = min(use["front_samples"] / seconds * METRES_PER_KM / length, densest)
    values = (
        None if travel_time is None else min(MAX_TRAVEL_TIME, travel_time),
        min(MAX_TRAVEL_TIME, overlap),
        density,
        min(samples / seconds * METRES_PER_KM / length, densest),
        density / lanes,
        use["covered"] / seconds / length / lanes * 100.0,
        use["waiting"],
        use["loss"],
        driven / samples,
        driven / samples / edge.speed,
        use["front_distance"] / length / seconds * SECONDS_PER_HOUR,
        use["front_distance"],
    )
    return dict(zip(FLOW, values, strict=True))


@kernel
def area_below(x: float, length: float) -> float:
    """Return the integral from 0 to ``x`` of what of a line of ``length`` [m] lies behind a point."""
    if x <= 0.0:
        return 0.0
    return x * x / 2.0 if x <= length else length * length / 2.0 + length * (x - length)


@kernel
def mean_behind(start: float, speed: float, length: float) -> float:
    """Return the mean over a second of the part of a lane behind a point that moves on from ``start`` [m]."""
    if speed <= 0.0:
        return min(max(start, 0.0), length)
    return (area_below(start + speed, length) - area_below(start, length)) / speed


@kernel
def time_between(begin: float, end: float, position: float, speed: float) -> float:
    """Return the part of a second in which a point that starts at ``position`` is between two others [m]."""
    if speed <= 0.0:
        return 1.0 if begin <= position <= end else 0.0
    first, last = max(0.0, (begin - position) / speed), min(1.0, (end - position) / speed)
    return max(0.0, last - first)


@kernel
def add_drive(use: RecordArray, move: RecordArray, length: float) -> None:
    """Add how a vehicle drove along a lane."""
    seconds = time_between(0.0, length + move.length, move.old, move.speed)
    front = time_between(0.0, length, move.old, move.speed)
    back = move.old - move.length
    use.samples += seconds
    use.distance += seconds * move.speed
    use.front_samples += front
    use.front_distance += front * move.speed
    use.lengths += move.length * seconds
    use.covered += mean_behind(move.old, move.speed, length) - mean_behind(back, move.speed, length)
    use.loss += seconds * max(0.0, (move.limit - move.speed) / move.limit)
    if move.speed < HALTING_SPEED_M_S:
        use.waiting += seconds
    if seconds > 0.0:
        use.shortest = min(use.shortest, move.length)


@entry
def use_edges(
    uses: RecordArray, moves: RecordArray, lane_edges: NDArray[np.int64], lane_lengths: NDArray[np.float64]
) -> None:
    """Add the moves of a second to the use of their edges."""
    for i in range(len(moves)):
        move = moves[i]
        use = uses[lane_edges[move.lane]]
        if move.moves == 1:
            add_drive(use, move, lane_lengths[move.lane])
        use.departed += move.enters == BY_DEPARTURE
        use.entered += move.enters in (BY_JUNCTION, BY_MAGIC)
        use.changed_to += move.enters == BY_CHANGE
        use.left += move.leaves == BY_JUNCTION
        if move.is_front == 1:
            use.arrived += move.ends == BY_ARRIVAL
            use.changed_from += move.ends == BY_CHANGE
            use.left += move.ends == BY_MAGIC
