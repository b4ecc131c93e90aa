"""Where vehicles may turn instead: the ways that others take who depart on the same edge and are of the same class."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.scenario.model import Scenario, Vehicle

Indices = NDArray[np.int64]
Numbers = NDArray[np.float64]


class Way(NamedTuple):
    """A route with what belongs to it at both of its ends."""

    route: tuple[str, ...]
    depart_lane: str
    arrival_pos: str


class Ways:
    """The ways of a scenario's vehicles without stops, in groups between which nobody changes.

    Those of a group begin on the same edge and are driven by the same vehicle class, so that each lets all of them in.

    Attributes:
        of_vehicle: (num_vehicles,) the way of each vehicle, -1 where it has stops.
        shares: (num_ways,) what part of its group takes each way.
    """

    def __init__(self, scenario: Scenario) -> None:
        groups = _grouped(scenario)
        ways = [(way, members) for group in groups for way, members in group.items()]
        sizes = [len(group) for group in groups]
        self._ends = np.cumsum(sizes, dtype=np.int64)
        self._group = np.repeat(np.arange(len(groups)), sizes)
        self._model = np.array([members[0] for _, members in ways], dtype=np.int64)
        counts = np.array([len(members) for _, members in ways], dtype=np.float64)
        self.shares = self._of_groups(counts)
        self.of_vehicle: Indices = np.full(len(scenario.vehicles), -1, dtype=np.int64)
        for row, (_, members) in enumerate(ways):
            self.of_vehicle[members] = row
        self._turns, self._turning_ways = _turns([way.route for way, _ in ways])

    def draw(self, vehicles: Indices, sigma: float, generator: np.random.Generator) -> Indices:
        """Return for each of the vehicles the one whose way it takes, mostly itself.

        Every turn that is a choice gets a weight, ``exp(sigma z)`` with a standard normal ``z``; a way's share in its
        group is multiplied by the weights of its turns. As many vehicles keep their way as the new shares permit.
        """
        wanted = self._wanted(sigma, generator)
        own = self.of_vehicle[vehicles]
        keeps = np.minimum(1.0, wanted / self.shares)[own]
        is_moved = (own >= 0) & (generator.random(len(vehicles)) >= keeps)
        taken = vehicles.copy()
        taken[is_moved] = self._model[self._gaining(wanted, self._group[own[is_moved]], generator)]
        return taken

    def _wanted(self, sigma: float, generator: np.random.Generator) -> Numbers:
        """Return the new shares, (num_ways,)."""
        normal = generator.standard_normal(int(self._turns.max(initial=-1)) + 1)
        sums = np.bincount(self._turning_ways, weights=normal[self._turns], minlength=len(self.shares))
        return self._of_groups(self.shares * np.exp(sigma * sums))

    def _gaining(self, wanted: Numbers, groups: Indices, generator: np.random.Generator) -> Indices:
        """Return a way for each that leaves its own, drawn among those of its group whose share grows."""
        up_to = np.concatenate(([0.0], np.cumsum(np.maximum(wanted - self.shares, 0.0))))
        end, first = self._ends[groups], np.concatenate(([0], self._ends))[groups]
        threshold = up_to[first] + generator.random(len(groups)) * (up_to[end] - up_to[first])
        found = np.searchsorted(up_to, threshold, side="right") - 1
        return np.asarray(np.clip(found, first, end - 1), dtype=np.int64)

    def _of_groups(self, weights: Numbers) -> Numbers:
        """Return weights as parts of the sum of their group."""
        return np.asarray(weights / np.bincount(self._group, weights=weights)[self._group])


def _grouped(scenario: Scenario) -> list[dict[Way, list[int]]]:
    """Return the vehicles on each way, one dictionary for each first edge and vehicle class."""
    groups: dict[tuple[str, str], dict[Way, list[int]]] = {}
    for row, vehicle in enumerate(scenario.vehicles):
        if not vehicle.stops:
            key = (vehicle.route[0], scenario.vehicle_types[vehicle.type].vehicle_class)
            groups.setdefault(key, {}).setdefault(way_of(vehicle), []).append(row)
    return list(groups.values())


def way_of(vehicle: Vehicle) -> Way:
    """Return the way of a vehicle."""
    return Way(vehicle.route, vehicle.depart_lane, vehicle.arrival_pos)


def _turns(routes: list[tuple[str, ...]]) -> tuple[Indices, Indices]:
    """Return the turns of all routes by number, and which route makes each; no turn where all routes go on alike."""
    following: dict[str, set[str]] = {}
    for edge, after in itertools.chain.from_iterable(map(itertools.pairwise, routes)):
        following.setdefault(edge, set()).add(after)
    numbers: dict[tuple[str, str], int] = {}
    turns = [
        (numbers.setdefault(turn, len(numbers)), row)
        for row, route in enumerate(routes)
        for turn in itertools.pairwise(route)
        if len(following[turn[0]]) > 1
    ]
    table: NDArray[Any] = np.array(turns, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
