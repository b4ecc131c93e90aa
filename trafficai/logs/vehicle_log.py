"""Every vehicle's place second by second (SUMO's FCD output), and its trip as a whole (tripinfo).

https://sumo.dlr.de/docs/Simulation/Output/FCDOutput.html and https://sumo.dlr.de/docs/Simulation/Output/TripInfo.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sighting import Sighting
from trafficai.core.records import RecordArray
from trafficai.core.trails import STAYS
from trafficai.datatypes import Trips
from trafficai.logs.tables import element
from trafficai.scenario.lane_line import LaneLine
from trafficai.scenario.model import Scenario

MILLIGRAMS = 1000.0
_DTYPES = dict.fromkeys(("id", "departLane", "arrivalLane", "vType"), object)


class FloatingCarLog:
    """Watches a run and keeps where everybody was."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._lines = [LaneLine(lane.shape or ((0.0, 0.0),), lane.length) for lane in scenario.network.lanes]
        self._lengths = np.array([scenario.vehicle_types[vehicle.type].length for vehicle in scenario.vehicles])
        self._lane_lengths = np.array([lane.length for lane in scenario.network.lanes])
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._seconds: list[tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []

    def book(self, now: int, sighting: Sighting, moves: RecordArray) -> None:
        """Watch the second that ends at ``now`` [s]."""
        backs = self._backs(sighting, moves)
        places = np.empty((len(sighting.vehicles), 5))  # x, y [m], angle [degrees], speed [m/s], position [m]
        rows = zip(sighting.lanes.tolist(), sighting.positions.tolist(), backs, strict=True)
        for row, (lane, position, (back_lane, back)) in enumerate(rows):
            front, rear = self._lines[lane].at(position), self._lines[back_lane].at(back)
            places[row, :2] = front
            places[row, 2] = np.degrees(np.arctan2(*(front - rear))) % 360.0
        places[:, 3], places[:, 4] = sighting.speeds, sighting.positions
        vehicles, lanes = sighting.vehicles.astype(np.int64), sighting.lanes.astype(np.int64)
        self._seconds.append((now - 1, vehicles, lanes, places))

    def lines(self) -> Iterator[str]:
        """Yield the seconds as SUMO writes them; a second has the time at which it begins."""
        vehicles, types, lanes = self._scenario.vehicles, self._scenario.vehicle_types, self._scenario.network.lanes
        for time, who, where, places in self._seconds:
            yield element("timestep", {"time": float(time)}, ">\n")
            for v, lane, (x, y, angle, speed, position) in zip(who.tolist(), where, places.tolist(), strict=True):
                place = {"id": vehicles[v].id, "x": x, "y": y, "angle": angle, "type": types[vehicles[v].type].id}
                yield element(
                    "vehicle", {**place, "speed": speed, "pos": position, "lane": lanes[lane].id, "slope": 0.0}, "/>\n"
                )
            yield "</timestep>\n"

    def table(self) -> dict[str, NDArray[Any]]:
        """Return all seconds as one table."""
        ids = np.array([vehicle.id for vehicle in self._scenario.vehicles], dtype=object)
        lanes = np.array([lane.id for lane in self._scenario.network.lanes], dtype=object)
        times = [np.full(len(who), time, dtype=np.int64) for time, who, _, _ in self._seconds]
        who = np.concatenate([second[1] for second in self._seconds])
        where = np.concatenate([second[2] for second in self._seconds])
        places = np.concatenate([second[3] for second in self._seconds])
        names = ("x", "y", "angle", "speed", "pos")
        return {
            "time": np.concatenate(times),
            "id": ids[who],
            "lane": lanes[where],
            **{name: places[:, k].copy() for k, name in enumerate(names)},
        }

    def _backs(self, sighting: Sighting, moves: RecordArray) -> list[tuple[int, float]]:
        """Return lane and position [m] of each vehicle's back; before its lane where it is on none other."""
        own = (sighting.positions - self._lengths[sighting.vehicles]).tolist()
        back = moves.new - moves.length
        is_there = (back >= 0.0) & (back <= self._lane_lengths[moves.lane]) & (moves.ends == STAYS)
        found = {
            int(v): (int(lane), float(position))
            for v, lane, position in zip(moves.vehicle[is_there], moves.lane[is_there], back[is_there], strict=True)
        }
        rows = zip(sighting.vehicles.tolist(), sighting.lanes.tolist(), own, strict=True)
        return [(lane, position) if position >= 0.0 else found.get(v, (lane, position)) for v, lane, position in rows]


class TripLog:
    """Watches a run and keeps how each trip began and ended; SUMO does not show a vehicle's last second."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        num = len(self._scenario.vehicles)
        self._first = np.full((num, 3), -1.0)  # lane, position [m], speed [m/s]
        self._last = np.full((num, 3), -1.0)
        self._factors = np.ones(num)

    def book(self, now: int, sighting: Sighting, moves: RecordArray) -> None:
        """Watch the second that ends at ``now`` [s]."""
        del now, moves
        seen = np.stack([sighting.lanes, sighting.positions, sighting.speeds], axis=1)
        is_new = self._first[sighting.vehicles, 0] < 0.0
        self._first[sighting.vehicles[is_new]] = seen[is_new]
        self._last[sighting.vehicles] = seen
        self._factors[sighting.vehicles] = sighting.factors

    def lines(self, trips: Trips) -> Iterator[str]:
        """Yield the trips as SUMO writes them with ``write-unfinished``, in order of departure."""
        for row in self._rows(trips):
            inside = {f"{name}_abs": row.pop(name) for name in ("CO2", "fuel", "NOx", "PMx", "electricity")}
            yield element("tripinfo", row, ">") + element("emissions", inside) + "</tripinfo>\n"

    def table(self, trips: Trips) -> dict[str, NDArray[Any]]:
        """Return the trips as a table."""
        rows = list(self._rows(trips))
        names = list(rows[0]) if rows else ["id"]
        return {name: np.array([row[name] for row in rows], dtype=_DTYPES.get(name)) for name in names}

    def _rows(self, trips: Trips) -> Iterator[dict[str, Any]]:
        """Yield a row per vehicle that got in, named and defined as in tripinfo."""
        lanes = self._scenario.network.lanes
        for v in np.flatnonzero(~np.isnan(trips.inserted)).tolist():
            vehicle = self._scenario.vehicles[v]
            first, last, has_arrived = self._first[v].tolist(), self._last[v].tolist(), not np.isnan(trips.arrived[v])
            yield {
                "id": vehicle.id,
                "depart": float(trips.inserted[v]),
                "departLane": lanes[int(first[0])].id if first[0] >= 0.0 else "",
                "departPos": first[1],
                "departSpeed": first[2],
                "departDelay": float(trips.depart_delay[v]),
                "arrival": float(trips.arrived[v]) if has_arrived else -1.0,
                "arrivalLane": lanes[int(last[0])].id if has_arrived and last[0] >= 0.0 else "",
                "arrivalSpeed": last[2] if has_arrived else -1.0,
                "duration": float(trips.duration[v]),
                "routeLength": float(trips.route_length[v]),
                "waitingTime": float(trips.waiting_time[v]),
                "waitingCount": int(trips.stops[v]),
                "timeLoss": float(trips.time_loss[v]),
                "vType": self._scenario.vehicle_types[vehicle.type].id,
                "speedFactor": float(self._factors[v]),
                "CO2": float(trips.co2[v]) * MILLIGRAMS,
                "fuel": float(trips.fuel[v]) * MILLIGRAMS,
                "NOx": float(trips.nox[v]) * MILLIGRAMS,
                "PMx": float(trips.pmx[v]) * MILLIGRAMS,
                "electricity": float(trips.electricity[v]),
            }
