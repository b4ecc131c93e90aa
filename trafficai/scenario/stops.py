"""Reads planned stops and the places they are at, and finds them on a vehicle's route (SUMO's stop and busStop).

Attributes and defaults are SUMO's: https://sumo.dlr.de/docs/Definition_of_Vehicles%2C_Vehicle_Types%2C_and_Routes.html,
section Stops, and https://sumo.dlr.de/docs/Simulation/Public_Transport.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from trafficai.datatypes.errors import InputError
from trafficai.scenario.departures import StopRequest
from trafficai.scenario.model import Lane, Network, Stop, StoppingPlace
from trafficai.scenario.notes import Notes
from trafficai.scenario.words import words
from trafficai.scenario.xml import Element

LEAST_LENGTH: Final = 0.2
"""Length of a stop of which only the end is given [m]."""

PLACES: Final = ("busStop", "trainStop", "containerStop")
OTHER_PLACES: Final = ("parkingArea", "chargingStation", "overheadWireSegment")
WAITS_FOR_OTHERS: Final = ("triggered", "containerTriggered", "joinTriggered", "onDemand")
UNREAD: Final = words("jump split join extension index posLat permitted expected expectedContainers collision")


class PlaceRequest(NamedTuple):
    """A bus stop or the like as the file has it."""

    id: str
    kind: str
    lane: str
    start: float
    end: float | None
    is_friendly: bool
    label: str
    file: Path


def read_place_of_stops(element: Element, notes: Notes) -> PlaceRequest:
    """Return a bus stop, train stop or container stop.

    Raises:
        InputError: it has no id or no lane, or a position is no number.
    """
    if "parkingLength" in element.attributes:
        notes.count("bus stop(s) whose 'parkingLength' is ignored: not modelled")
    return PlaceRequest(
        id=element.identifier(),
        kind="containerStop" if element.tag == "containerStop" else "busStop",
        lane=element.text("lane"),
        start=element.number("startPos", 0.0),
        end=element.number("endPos") if "endPos" in element.attributes else None,
        is_friendly=element.flag("friendlyPos", default=False),
        label=element.label,
        file=element.file,
    )


def read_stops(element: Element, notes: Notes) -> tuple[StopRequest, ...]:
    """Return the stops inside a vehicle, trip, flow or route; those that can't be modelled are noted and left out.

    Raises:
        InputError: a stop names no place, or a number or time is none.
    """
    found = (_read_stop(child, notes) for child in element.children if child.tag == "stop")
    return tuple(stop for stop in found if stop is not None)


def _read_stop(element: Element, notes: Notes) -> StopRequest | None:
    left_out = _why_left_out(element)
    if left_out:
        notes.count(f"stop(s) left out {left_out}: not modelled")
        return None
    for name in UNREAD:
        if name in element.attributes:
            notes.count(f"stop(s) whose '{name}' is ignored: not modelled")
    duration = element.time("duration", 0.0)
    if duration < 0.0:
        raise element.error(f"duration='{element.get('duration')}' is negative; correct it")
    place = next((element.get(name) for name in PLACES if element.get(name)), "")
    if place and ("startPos" in element.attributes or "endPos" in element.attributes):
        notes.count("stop(s) whose own positions inside a stopping place are ignored: not modelled")
    lane, edge = element.get("lane"), element.get("edge")
    if not (place or lane or edge):
        raise element.error("names neither a busStop nor a lane; add one")
    return StopRequest(
        lane=lane,
        edge=edge,
        place=place,
        start=element.number("startPos") if "startPos" in element.attributes else None,
        end=element.number("endPos") if "endPos" in element.attributes else None,
        duration=duration,
        until=element.time("until", -1.0),
        is_parking=_is_parking(element, notes),
        is_friendly=element.flag("friendlyPos", default=False),
        label=element.label,
        file=element.file,
    )


def _why_left_out(element: Element) -> str:
    """Return what makes a stop impossible to model, empty where nothing does."""
    for name in OTHER_PLACES:
        if element.get(name):
            return f"at a '{name}'"
    if any(element.flag(name, default=False) for name in WAITS_FOR_OTHERS):
        return "that wait for persons, containers or other vehicles"
    if element.number("speed", 0.0) > 0.0:
        return "that are waypoints ('speed')"
    if "duration" not in element.attributes and "until" not in element.attributes:
        return "that wait for persons, containers or other vehicles"
    return ""


def _is_parking(element: Element, notes: Notes) -> bool:
    if element.get("parking") == "opportunistic":
        notes.count("stop(s) with parking='opportunistic' taken as 'false': not modelled")
        return False
    return element.flag("parking", default=False)


@dataclass(frozen=True, slots=True)
class StopFinder:
    """Finds stops on the network and on routes."""

    network: Network
    places: dict[str, PlaceRequest]

    def edge_of(self, stop: StopRequest) -> str:
        """Return the edge that a stop is on.

        Raises:
            InputError: its place, lane or edge does not exist.
        """
        if stop.edge and not (stop.place or stop.lane):
            if stop.edge not in self.network.edge_index:
                raise _error(stop, f"unknown edge '{stop.edge}'")
            return stop.edge
        return self._lane(stop, self._place(stop).lane if stop.place else stop.lane).edge

    def place(self, name: str) -> StoppingPlace:
        """Return a stopping place with its positions on the lane."""
        place = self.places[name]
        start, end = self._stretch(place, self._lane(place, place.lane), place.start, place.end)
        return StoppingPlace(place.id, place.kind, place.lane, start, end)

    def on_route(self, stops: tuple[StopRequest, ...], route: tuple[str, ...], vehicle_class: str) -> Iterator[Stop]:
        """Yield the stops in the order of the route, each behind the one before.

        Raises:
            InputError: a stop does not exist.
            LookupError: the route does not come by a stop, or its lane does not let the vehicle in.
        """
        position, reached = 0, -1.0
        for request in stops:
            lane, start, end = self._where(request, vehicle_class)
            if not lane.permits(vehicle_class):
                raise LookupError(f"{request.label} is on lane '{lane.id}', which does not let the vehicle in")
            if lane.edge == route[position] and end < reached:
                position += 1
            try:
                position = route.index(lane.edge, position)
            except ValueError:
                raise LookupError(f"{request.label} on lane '{lane.id}' is not on the way that is left") from None
            reached = end
            times = (request.duration, request.until)
            yield Stop(position, lane.id, start, end, *times, request.is_parking, request.place)

    def _where(self, stop: StopRequest, vehicle_class: str) -> tuple[Lane, float, float]:
        """Return the lane of a stop and its stretch there [m]."""
        if stop.place:
            place = self.place(self._place(stop).id)
            return self._lane(stop, place.lane), place.start, place.end
        if stop.lane:
            lane = self._lane(stop, stop.lane)
        else:
            lanes = self.network.edges[self.network.edge_index[self.edge_of(stop)]].lanes
            lane = next((lane for lane in lanes if lane.permits(vehicle_class)), lanes[0])
        return (lane, *self._stretch(stop, lane, stop.start, stop.end))

    def _place(self, stop: StopRequest) -> PlaceRequest:
        if stop.place not in self.places:
            raise _error(stop, f"unknown stopping place '{stop.place}'")
        return self.places[stop.place]

    def _lane(self, stop: StopRequest | PlaceRequest, name: str) -> Lane:
        if name not in self.network.normal_lane_index:
            raise _error(stop, f"unknown lane '{name}'")
        return self.network.normal_lanes[self.network.normal_lane_index[name]]

    def _stretch(
        self, stop: StopRequest | PlaceRequest, lane: Lane, start: float | None, end: float | None
    ) -> tuple[float, float]:
        """Return start and end on the lane [m]; negative positions count from its end."""
        last = _from_start(lane.length if end is None else end, lane)
        first = max(0.0, last - LEAST_LENGTH) if start is None else _from_start(start, lane)
        if stop.is_friendly:
            last = min(max(last, LEAST_LENGTH), lane.length)
            first = min(max(first, 0.0), last - LEAST_LENGTH)
        if not 0.0 <= first < last <= lane.length:
            raise _error(stop, f"lies from {first:g} to {last:g} m on lane '{lane.id}' of {lane.length:g} m")
        return first, last


def _from_start(position: float, lane: Lane) -> float:
    """Return a position [m] of which a negative one counts from the end of the lane."""
    return position + lane.length if position < 0.0 else position


def _error(stop: StopRequest | PlaceRequest, what: str) -> InputError:
    return InputError(f"{what}; correct it", file=stop.file, element=stop.label)
