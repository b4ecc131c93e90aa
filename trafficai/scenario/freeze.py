"""Freezes the demand: every vehicle of the period gets one route and one type, once, for every run and both engines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from trafficai.datatypes.errors import InputError
from trafficai.scenario.demand import Demand, departures
from trafficai.scenario.departures import Departure, Journey, Place, StopRequest
from trafficai.scenario.model import Network, Stop, StoppingPlace, Vehicle, VehicleType
from trafficai.scenario.notes import Notes
from trafficai.scenario.routing import Router
from trafficai.scenario.stops import StopFinder
from trafficai.scenario.vehicle_classes import ROAD_CLASSES
from trafficai.scenario.xml import to_number

OnUnreachable = Literal["error", "drop"]
TAIL: Final = 3600  # how long a scenario without an end runs on after the last departure [s]


@dataclass(slots=True)
class Freezer:
    """Turns departures into vehicles; equal questions are answered once."""

    network: Network
    demand: Demand
    on_unreachable: OnUnreachable
    source: Path  # what the user named, for messages
    router: Router = field(init=False)
    finder: StopFinder = field(init=False)
    routes: dict[tuple[Journey, str, float], tuple[str, ...] | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.router = Router(self.network)
        self.finder = StopFinder(self.network, self.demand.places)

    def freeze(self, departure: Departure) -> _Frozen | None:
        """Return the departure with its type's id, its route and its stops, or None if it is left out (and noted).

        Raises:
            InputError: its type, route or edges are unknown, or it has no way and ``on_unreachable`` is 'error'.
        """
        kind = self.demand.types.types[self.demand.types.resolve(departure.type, departure.id, departure.element)]
        if kind.vehicle_class not in ROAD_CLASSES:
            self.demand.notes.count(
                f"vehicle(s) of class '{kind.vehicle_class}' left out: only road traffic is modelled"
            )
            return None
        journey = self.demand.journey(departure)
        requests = _timed(journey.stops, departure.depart) + _timed(departure.stops, departure.until_shift)
        if requests and not journey.is_complete:
            journey = self._by_stops(journey, requests)
        route = self._route(departure, journey, kind)
        if isinstance(route, tuple):
            stops = self._stops(departure, requests, route, kind)
            return departure._replace(place=self._placed(departure, route, kind, stops)), kind.id, route, stops
        if self.on_unreachable == "error":
            raise self._unreachable(departure, route)
        self.demand.notes.count("vehicle(s) without a way to their destination left out")
        return None

    def _by_stops(self, journey: Journey, stops: tuple[StopRequest, ...]) -> Journey:
        """Return the journey that comes by the stops, after the edges it must come by anyway."""
        edges = list(journey.edges[:-1])
        for edge in (*map(self.finder.edge_of, stops), journey.edges[-1]):
            if not edges or edge != edges[-1]:
                edges.append(edge)
        return journey._replace(edges=tuple(edges))

    def _stops(
        self, departure: Departure, requests: tuple[StopRequest, ...], route: tuple[str, ...], kind: VehicleType
    ) -> tuple[Stop, ...]:
        """Return the stops on the route; one that is not on it is an InputError, or left out and noted."""
        try:
            return tuple(self.finder.on_route(requests, route, kind.vehicle_class))
        except LookupError as error:
            if self.on_unreachable == "error":
                raise self._unreachable(departure, str(error.args[0])) from None
        self.demand.notes.count("vehicle(s) that drive without their stops, of which one is not on their route")
        return ()

    def _placed(
        self, departure: Departure, route: tuple[str, ...], kind: VehicleType, stops: tuple[Stop, ...]
    ) -> Place:
        """Return the vehicle's place with positions that lie on its first and last edge.

        Raises:
            InputError: its lane does not exist or does not let it in, or its speed is beyond its type.
        """
        place = departure.place
        if place == Place():
            return place
        first, last = (self.network.edges[self.network.edge_index[name]] for name in (route[0], route[-1]))
        lane, speed = to_number(place.depart_lane), to_number(place.depart_speed)
        if lane is not None and not any(
            each.index == lane and each.permits(kind.vehicle_class) for each in first.lanes
        ):
            raise departure.element.error(f"departLane='{lane:.0f}' is no lane of edge '{first.id}' that lets it in")
        if speed is not None and speed > kind.max_speed:
            raise departure.element.error(f"departSpeed='{speed:g}' is above the maxSpeed of its type; lower it")
        depart_pos = self._on_edge(place.depart_pos, first.length)
        if depart_pos == "stop" and not (stops and stops[0].position == 0):
            depart_pos = "base"
        return place._replace(depart_pos=depart_pos, arrival_pos=self._on_edge(place.arrival_pos, last.length))

    def _on_edge(self, position: str, length: float) -> str:
        """Return a position within the length [m] of its edge; others are moved to the nearer end and noted."""
        number = to_number(position)
        if number is None or -length <= number <= length:
            return position
        self.demand.notes.count("position(s) of departure or arrival beyond the edge moved to its end")
        return repr(length if number > 0.0 else 0.0)

    def _unreachable(self, departure: Departure, reason: str) -> InputError:
        return InputError(
            f"{reason}; correct it, or leave such vehicles out with --drop-unreachable",
            file=departure.element.file,
            element=f"{departure.element.tag} '{departure.id}' (line {departure.element.line})",
        )

    def _route(self, departure: Departure, journey: Journey, kind: VehicleType) -> tuple[str, ...] | str:
        """Return the route, or why there is none."""
        key = (journey, kind.vehicle_class, kind.max_speed)
        if key not in self.routes:
            self._check_edges(departure, journey)
            find = self._checked if journey.is_complete else self._joined
            self.routes[key] = find(journey.edges, kind)
        return self.routes[key]

    def _check_edges(self, departure: Departure, journey: Journey) -> None:
        for name in journey.edges:
            index = self.network.edge_index.get(name)
            if index is None or self.network.edges[index].function not in ("normal", "connector"):
                raise departure.element.error(f"unknown edge '{name}'; correct the route or the network")

    def _checked(self, edges: tuple[str, ...], kind: VehicleType) -> tuple[str, ...] | str:
        """Return a route that was given in full, or why it cannot be driven."""
        for name in edges:
            if not self.network.edges[self.network.edge_index[name]].permits(kind.vehicle_class):
                return f"no lane of edge '{name}' lets in the class '{kind.vehicle_class}'"
        for source, target in itertools.pairwise(edges):
            if not self.router.connects(source, target, kind.vehicle_class):
                return f"no connection leads from edge '{source}' to '{target}' for the class '{kind.vehicle_class}'"
        return edges

    def _joined(self, edges: tuple[str, ...], kind: VehicleType) -> tuple[str, ...] | str:
        """Return the fastest route over all the edges, or why there is none."""
        route = edges[:1]
        for source, target in itertools.pairwise(edges):
            piece = self.router.route(source, target, kind.vehicle_class, kind.max_speed)
            if piece is None:
                return f"no way leads from edge '{source}' to '{target}' for the class '{kind.vehicle_class}'"
            route += piece[1:]
        return route


_Frozen: TypeAlias = tuple[Departure, str, tuple[str, ...], tuple[Stop, ...]]
"""A departure, its type's id, its route and its stops."""


def _timed(stops: tuple[StopRequest, ...], shift: float) -> tuple[StopRequest, ...]:
    """Return stops whose ``until`` is ``shift`` [s] later."""
    return tuple(stop._replace(until=stop.until + shift) if stop.until >= 0.0 else stop for stop in stops)


@dataclass(frozen=True, slots=True)
class FrozenDemand:
    """The vehicles of a period, their types, where they halt, and the period's end."""

    types: tuple[VehicleType, ...]
    vehicles: tuple[Vehicle, ...]
    end: int  # [s]
    places: tuple[StoppingPlace, ...]


def freeze_demand(freezer: Freezer, begin: int, end: int | None) -> FrozenDemand:
    """Return every vehicle that departs in [begin, end), in order of departure.

    Args:
        freezer: makes the vehicles.
        begin: start of the period [s].
        end: end of the period [s]; None is one hour after the last departure.

    Raises:
        InputError: a vehicle is wrong in itself, or none is left.
    """
    kept = _in_period(departures(freezer.demand, end), begin, end, freezer.demand.notes)
    frozen = [item for departure in kept if (item := freezer.freeze(departure)) is not None]
    if not frozen:
        span = f"between {begin} s and {end} s" if end is not None else f"from {begin} s on"
        raise InputError(f"no vehicle departs {span}; check the period and the route files", file=freezer.source)
    frozen.sort(key=lambda item: item[0].depart)
    used = {name for _, name, _, _ in frozen}
    types = tuple(kind for name, kind in freezer.demand.types.types.items() if name in used)
    index = {kind.id: i for i, kind in enumerate(types)}
    vehicles = tuple(
        Vehicle(departure.id, index[name], departure.depart, route, *departure.place, stops)
        for departure, name, route, stops in frozen
    )
    halted_at = sorted({stop.place for _, _, _, stops in frozen for stop in stops if stop.place})
    if end is None:
        end = math.ceil(vehicles[-1].depart) + TAIL
        freezer.demand.notes.say("no end given: the period ends 1 h after the last departure")
    return FrozenDemand(types, vehicles, end, tuple(map(freezer.finder.place, halted_at)))


def _in_period(all_of_them: Iterable[Departure], begin: int, end: int | None, notes: Notes) -> Iterator[Departure]:
    """Yield the departures in [begin, end) and note the others."""
    for departure in all_of_them:
        if departure.depart < begin:
            notes.count(f"vehicle(s) left out that depart before the period begins at {begin} s")
        elif end is not None and departure.depart >= end:
            notes.count(f"vehicle(s) left out that depart at or after the period's end at {end} s")
        else:
            yield departure
