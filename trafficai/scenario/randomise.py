"""Varies a scenario from episode to episode: how many vehicles depart, when, where they turn, how unlike they drive.

What is drawn follows from the scenario, the ranges and a seed. Each kind of variation has random numbers of its own, so
that one can be switched off without a change of the others. Vehicles with planned stops keep to their timetable: they
are neither left out nor doubled, and keep departure and route.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario, Vehicle, VehicleType
from trafficai.scenario.turning import Ways

COPIES_WITHIN_S: Final = 60
"""A vehicle added to a demand departs so near to the one it is a copy of, where ``arrivals`` gives no bins [s]."""

MOST_TURNING: Final = 2.0
"""Largest deviation of the logarithm of a turn's weight: 95 % of weights then lie between 1/50 and 50 [-]."""

_SCALE, _VEHICLES, _DEPARTURES, _SPREAD, _TURNS = range(5)

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Randomisation:
    """What varies from episode to episode, each kind off unless given; docs/environments.md has the formulas.

    Raises:
        InputError: a value is out of its range.
    """

    demand_scale: Range = (1.0, 1.0)  # [-], least and largest factor on the number of vehicles, above 0
    arrivals: int = 0  # [s], width of the bins in which departures are drawn anew; 0 leaves them where they are
    turning_shares: float = 0.0  # [-], deviation of the logarithm of each turn's weight, 0 to MOST_TURNING
    speed_spread: Range = (1.0, 1.0)  # [-], least and largest factor on the deviation of the vehicles' speed factors
    sensor_noise: float = 0.0  # [-], deviation of each measured number over the number
    detector_dropout: float = 0.0  # [-], probability that a lane's detectors are dead for an episode

    def __post_init__(self) -> None:
        _require("demand_scale", _is_range(self.demand_scale) and self.demand_scale[0] > 0.0, "two factors above 0")
        _require("speed_spread", _is_range(self.speed_spread), "two factors of at least 0")
        _require("arrivals", _is_whole(self.arrivals), "a whole number of seconds, 0 for departures as they are")
        _require("turning_shares", _is_within(self.turning_shares, MOST_TURNING), f"between 0 and {MOST_TURNING:g}")
        _require("sensor_noise", _is_within(self.sensor_noise, 1.0), "between 0 and 1")
        _require("detector_dropout", _is_within(self.detector_dropout, 1.0), "between 0 and 1")

    @property
    def varies_demand(self) -> bool:
        """Whether anything varies that an engine simulates."""
        return self != Randomisation(sensor_noise=self.sensor_noise, detector_dropout=self.detector_dropout)

    @property
    def varies_sensors(self) -> bool:
        """Whether anything varies in how a simulation is seen."""
        return self.sensor_noise > 0.0 or self.detector_dropout > 0.0


def read_randomisation(given: Randomisation | Mapping[str, Any] | None) -> Randomisation:
    """Return a randomisation given as such, by its names, or not at all.

    Raises:
        InputError: a name is unknown, or a value is out of its range.
    """
    if isinstance(given, Randomisation):
        return given
    known = [field.name for field in fields(Randomisation)]
    for name in given or {}:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1) or known
            raise InputError(f"nothing that can be randomised is called {name!r}; try {', '.join(near)}")
    values: dict[str, Any] = {}
    for name, value in (given or {}).items():
        values[name] = tuple(value) if isinstance(value, list) else value
    return Randomisation(**values)


def _require(name: str, is_right: bool, rule: str) -> None:
    if not is_right:
        raise InputError(f"randomise: {name} must be {rule}; correct it")


def _is_within(value: Any, most: float) -> bool:
    return isinstance(value, int | float) and 0.0 <= value <= most


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_range(pair: Any) -> bool:
    """Return whether it is two finite numbers of at least 0, the smaller one first."""
    if not isinstance(pair, tuple) or len(pair) != 2:
        return False
    return all(_is_within(value, math.inf) and math.isfinite(value) for value in pair) and pair[0] <= pair[1]


class Draw(NamedTuple):
    """The demand of one episode: one row per vehicle, in order of departure.

    ``source`` and ``way`` are positions in ``scenario.vehicles``.
    """

    source: NDArray[np.int64]  # (num_vehicles,) whom each is a copy of, in all but what follows
    depart: NDArray[np.float64]  # (num_vehicles,) [s]
    way: NDArray[np.int64]  # (num_vehicles,) whose route, departure lane and arrival position each takes
    demand_scale: float  # [-], vehicles over those of the scenario, both without those that have stops
    speed_spread: float  # [-], factor on the deviation of speed factors


class Randomiser:
    """Draws the demand of an episode of one scenario.

    Args:
        scenario: whose demand varies.
        randomisation: how much.
    """

    def __init__(self, scenario: Scenario, randomisation: Randomisation) -> None:
        self._ranges = randomisation
        self._begin, self._end = scenario.begin, scenario.end
        self._depart = np.array([vehicle.depart for vehicle in scenario.vehicles], dtype=np.float64)
        self._is_free = np.array([not vehicle.stops for vehicle in scenario.vehicles], dtype=np.bool_)
        turns = randomisation.turning_shares > 0.0 and self._is_free.any()
        self._ways = Ways(scenario) if turns else None

    def draw(self, seed: int) -> Draw:
        """Return the demand that belongs to a seed."""
        source = self._sources(seed)
        depart = self._departures(source, _generator(seed, _DEPARTURES))
        order = np.argsort(depart, kind="stable")
        source, depart = source[order], depart[order]
        way = source
        if self._ways is not None:
            way = self._ways.draw(source, self._ranges.turning_shares, _generator(seed, _TURNS))
        num_free = max(int(self._is_free.sum()), 1)
        scale = float(self._is_free[source].sum() / num_free)
        return Draw(source, depart, way, scale, float(_generator(seed, _SPREAD).uniform(*self._ranges.speed_spread)))

    def _sources(self, seed: int) -> NDArray[np.int64]:
        """Return whom each vehicle is a copy of, in order of the scenario: the drawn part of those without stops.

        Everybody is there as often as the whole of the factor says; who comes once more is drawn.
        """
        free = np.flatnonzero(self._is_free)
        factor = _generator(seed, _SCALE).uniform(*self._ranges.demand_scale)
        wanted = max(round(len(free) * factor), 1)
        whole, rest = divmod(wanted, max(len(free), 1))
        copies = np.ones(len(self._depart), dtype=np.int64)
        copies[free] = whole
        copies[_generator(seed, _VEHICLES).permutation(free)[:rest]] += 1
        return np.repeat(np.arange(len(copies)), copies)

    def _departures(self, source: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.float64]:
        """Return when each departs [s]: drawn anew, in whole seconds of the bin it is in, or as in the scenario.

        So each bin keeps its number of departures on every edge, and within it they are a Poisson process of that
        number. Copies, which would depart together with their source, are drawn in any case.
        """
        depart = self._depart[source]
        width = self._ranges.arrivals or COPIES_WITHIN_S
        is_copy = np.concatenate(([False], source[1:] == source[:-1]))
        is_drawn = self._is_free[source] & (is_copy | (self._ranges.arrivals > 0))
        first = self._begin + (depart - self._begin).astype(np.int64) // width * width
        drawn = generator.integers(first, np.minimum(first + width, self._end))
        return np.where(is_drawn, drawn, depart)


def _generator(seed: int, purpose: int) -> np.random.Generator:
    """Return the random numbers of a seed for one purpose."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose,)))


def apply(scenario: Scenario, draw: Draw) -> Scenario:
    """Return the scenario with the demand of a draw: one like any other, for either engine."""
    rows = zip(
        names_of(scenario, draw.source), draw.source.tolist(), draw.depart.tolist(), draw.way.tolist(), strict=True
    )
    return replace(
        scenario,
        vehicles=tuple(_vehicle(scenario, *row) for row in rows),
        vehicle_types=tuple(_spread(kind, draw.speed_spread) for kind in scenario.vehicle_types),
        sha256=_fingerprint(scenario, draw),
    )


def _vehicle(scenario: Scenario, name: str, source: int, depart: float, way: int) -> Vehicle:
    """Return a copy of one vehicle that takes the way of another."""
    taken = scenario.vehicles[way]
    return replace(
        scenario.vehicles[source],
        id=name,
        depart=depart,
        route=taken.route,
        depart_lane=taken.depart_lane,
        arrival_pos=taken.arrival_pos,
    )


def names_of(scenario: Scenario, source: NDArray[np.int64]) -> list[str]:
    """Return an id of its own for every vehicle; of copies the first to depart keeps that of the scenario."""
    taken = {vehicle.id for vehicle in scenario.vehicles}
    seen = [0] * len(scenario.vehicles)
    names = []
    for row in source.tolist():
        seen[row] += 1
        name = scenario.vehicles[row].id
        if seen[row] > 1:
            name = f"{name}#{seen[row]}"
            while name in taken:
                name += "#"
            taken.add(name)
        names.append(name)
    return names


def _spread(kind: VehicleType, factor: float) -> VehicleType:
    """Return a vehicle type whose speed factors deviate by ``factor`` as much, within the same bounds."""
    mean, deviation, low, high = kind.speed_factor
    return replace(kind, speed_factor=(mean, deviation * factor, low, high))


def _fingerprint(scenario: Scenario, draw: Draw) -> str:
    """Return the SHA-256 over the scenario's and everything that was drawn."""
    digest = hashlib.sha256(f"{scenario.sha256} {draw.speed_spread!r} ".encode())
    for column, kind in ((draw.source, "<i8"), (draw.depart, "<f8"), (draw.way, "<i8")):
        digest.update(column.astype(kind).tobytes())
    return digest.hexdigest()
