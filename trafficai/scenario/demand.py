"""Reads what travels: vType, route, vehicle, trip and flow of SUMO's route and additional files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from trafficai.datatypes.errors import InputError
from trafficai.scenario.departures import Departure, Journey, Place, StopRequest
from trafficai.scenario.detectors import DETECTOR_TAGS
from trafficai.scenario.draws import choose
from trafficai.scenario.flows import Flow, read_flow
from trafficai.scenario.notes import Notes
from trafficai.scenario.programs import Programs, add_program
from trafficai.scenario.stops import PlaceRequest, read_place_of_stops, read_stops
from trafficai.scenario.vehicle_types import TypeBook, check_weights, read_weights
from trafficai.scenario.words import words
from trafficai.scenario.xml import Element, read_elements, to_number, to_seconds

# Outputs and decoration: they change nothing that is simulated.
SILENT: Final = words(
    "instantInductionLoop edgeData laneData poly poi param location timedEvent vTypeProbe routeProbe interval tazs taz"
    " type"
)
UNSUPPORTED_ENDS: Final = tuple(
    sorted(words("fromTaz toTaz fromJunction toJunction viaJunctions fromXY toXY viaXY fromLonLat toLonLat viaLonLat"))
)
DEPART_WORDS: Final = frozenset(("triggered", "containerTriggered", "split", "now", "begin"))


@dataclass(slots=True)
class Demand:
    """Everything read from route and additional files, in file order."""

    notes: Notes
    programs: Programs
    types: TypeBook
    routes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    route_stops: dict[str, tuple[StopRequest, ...]] = field(default_factory=dict)
    places: dict[str, PlaceRequest] = field(default_factory=dict)  # bus stops and the like
    distributions: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)  # route probability, used in distributions
    travellers: list[Departure | Flow] = field(default_factory=list)
    detectors: list[Element] = field(default_factory=list)

    def journey(self, departure: Departure) -> Journey:
        """Return where a vehicle goes, its route drawn by its id if it names a distribution.

        Raises:
            InputError: it names an unknown route.
        """
        if isinstance(departure.journey, Journey):
            return departure.journey
        name = departure.journey
        if name in self.distributions:
            name = choose("route", departure.id, *self.distributions[name])
        if name not in self.routes:
            raise departure.element.error(f"unknown route '{name}'; define it or correct the name")
        return Journey(self.routes[name], is_complete=True, stops=self.route_stops[name])


def read_demand(files: tuple[Path, ...], programs: Programs, notes: Notes) -> Demand:
    """Read additional and route files, in this order.

    Args:
        files: the files.
        programs: the network's signal programs; those of the files are added.
        notes: gets what could not be modelled.

    Raises:
        InputError: a file is missing, malformed, or contradicts itself.
    """
    demand = Demand(notes, programs, TypeBook(notes))
    for path in files:
        elements = read_elements(path)
        next(elements)  # the root may have any name
        for element in elements:
            _READERS.get(element.tag, _skip)(element, demand)
    return demand


def _skip(element: Element, demand: Demand) -> None:
    if element.tag == "include":
        raise element.error("'include' is not supported; name the file in the .sumocfg")
    if element.tag not in SILENT:
        demand.notes.count(f"'{element.tag}' element(s) ignored: not modelled")


def _read_program(element: Element, demand: Demand) -> None:
    add_program(element, demand.programs, demand.notes)


def _read_type(element: Element, demand: Demand) -> None:
    demand.types.add_type(element)


def _read_type_distribution(element: Element, demand: Demand) -> None:
    demand.types.add_distribution(element)


def _read_place_of_stops(element: Element, demand: Demand) -> None:
    place = read_place_of_stops(element, demand.notes)
    if place.id in demand.places:
        raise element.error("is there twice; give every stopping place its own id")
    demand.places[place.id] = place


def _read_detector(element: Element, demand: Demand) -> None:
    demand.detectors.append(element)


def _read_route(element: Element, demand: Demand) -> None:
    _new_route(element, demand, element.text("id"))


def _new_route(element: Element, demand: Demand, name: str) -> str:
    if name in demand.routes or name in demand.distributions:
        raise element.error("is there twice; give every route and distribution its own id")
    demand.routes[name] = _edges(element, demand.notes)
    demand.route_stops[name] = read_stops(element, demand.notes)
    demand.weights[name] = element.number("probability", 1.0)
    return name


def _edges(element: Element, notes: Notes) -> tuple[str, ...]:
    edges = tuple(element.text("edges").replace(",", " ").split())
    if not edges:
        raise element.error("has no edges; name some")
    if "repeat" in element.attributes:
        notes.count("route(s) driven once, though they ask for repeats: not modelled")
    _note_children(element, notes)
    return edges


def _read_route_distribution(element: Element, demand: Demand) -> None:
    _new_route_distribution(element, demand, element.text("id"))


def _new_route_distribution(element: Element, demand: Demand, name: str) -> None:
    """Read a routeDistribution: routes by name, routes inside it, or both."""
    if name in demand.routes or name in demand.distributions:
        raise element.error("is there twice; give every route and distribution its own id")
    names = element.get("routes").replace(",", " ").split()
    weights = list(read_weights(element, [demand.weights.get(known, 1.0) for known in names]))
    for position, child in enumerate(child for child in element.children if child.tag == "route"):
        if "refId" in child.attributes:
            names.append(child.text("refId"))
        else:
            names.append(_new_route(child, demand, child.get("id") or f"{name}!{position}"))
        weights.append(child.number("probability", 1.0))
    demand.distributions[name] = (tuple(names), check_weights(element, tuple(weights)))


def _read_vehicle(element: Element, demand: Demand) -> None:
    depart = read_depart(element, demand.notes)
    name = element.identifier()
    if depart is not None:
        _note_children(element, demand.notes)
        _note_attributes(element, demand.notes)
        journey = read_journey(element, demand)
        kind = element.get("type", "DEFAULT_VEHTYPE")
        stops = read_stops(element, demand.notes)
        place = read_place(element, demand.notes)
        demand.travellers.append(Departure(name, depart, kind, journey, place, element, stops))


def _read_flow(element: Element, demand: Demand) -> None:
    _note_children(element, demand.notes)
    _note_attributes(element, demand.notes)
    kind = element.get("type", "DEFAULT_VEHTYPE")
    journey, place = read_journey(element, demand), read_place(element, demand.notes)
    stops = read_stops(element, demand.notes)
    member = Departure(element.identifier(), 0.0, kind, journey, place, element, stops)
    demand.travellers.append(read_flow(element, member))


def read_depart(element: Element, notes: Notes) -> float | None:
    """Return the departure time [s], None for one that depends on something not modelled (noted).

    Raises:
        InputError: it is no time.
    """
    text = element.text("depart")
    seconds = to_seconds(text)
    if seconds is None and text not in DEPART_WORDS:
        raise element.error(f"depart='{text}' is not a time; give seconds or HH:MM:SS")
    if seconds is None:
        notes.count(f"vehicle(s) with depart='{text}' left out: not modelled")
    return seconds


def read_journey(element: Element, demand: Demand) -> Journey | str:
    """Return where a vehicle, trip or flow goes: a route of its own, the name of one, or ends to be joined.

    Raises:
        InputError: none of them is given, or ends that are no edges.
    """
    for child in element.children:
        if child.tag == "route":
            return Journey(_edges(child, demand.notes), is_complete=True, stops=read_stops(child, demand.notes))
        if child.tag == "routeDistribution":
            name = f"!{element.text('id')}"
            _new_route_distribution(child, demand, name)
            return name
    if "route" in element.attributes:
        return element.text("route")
    for attribute in UNSUPPORTED_ENDS:
        if attribute in element.attributes:
            raise element.error(f"'{attribute}' is not supported; name edges with from and to")
    if "from" not in element.attributes or "to" not in element.attributes:
        raise element.error("has neither a route nor from and to edges; add one")
    via = element.get("via").replace(",", " ").split()
    return Journey((element.text("from"), *via, element.text("to")), is_complete=False)


_WORDS: Final = {
    "departLane": frozenset(("random", "free", "allowed", "best", "best_prob", "first")),
    "departPos": frozenset(("random", "free", "random_free", "base", "last", "stop")),
    "departSpeed": frozenset(("random", "max", "desired", "speedLimit", "last", "avg")),
    "arrivalPos": frozenset(("random", "max")),
}


def read_place(element: Element, notes: Notes) -> Place:
    """Return how a vehicle enters and leaves; what the file leaves open is as in SUMO 1.28.

    Raises:
        InputError: a value is neither a number nor one of SUMO's words.
    """
    values = [_word_or_number(element, name, default, notes) for name, default in zip(_WORDS, Place(), strict=True)]
    return Place(*values)


def _word_or_number(element: Element, name: str, default: str, notes: Notes) -> str:
    text = element.attributes.get(name)
    if text is None or text in _WORDS[name]:
        return text or default
    if text in ("stop", "splitFront", "center"):
        notes.count(f"vehicle(s) with {name}='{text}' taken as '{default}': not modelled")
        return default
    number = to_number(text)
    is_whole = number is not None and number == int(number)
    if (
        number is None
        or (name in ("departLane", "departSpeed") and number < 0)
        or (name == "departLane" and not is_whole)
    ):
        raise element.error(f"{name}='{text}' is neither a fitting number nor one of {', '.join(sorted(_WORDS[name]))}")
    return str(int(number)) if name == "departLane" else repr(number)


def _note_children(element: Element, notes: Notes) -> None:
    """Count what stands inside a vehicle or route and is not modelled."""
    for child in element.children:
        if child.tag == "param" and child.get("key").startswith(
            ("has.", "device.", "junctionModel.", "laneChangeModel.")
        ):
            notes.count(f"parameter(s) '{child.get('key')}' of vehicles ignored: not modelled")
        elif child.tag not in ("param", "route", "routeDistribution", "stop"):
            notes.count(f"'{child.tag}' element(s) inside vehicles or routes ignored: not modelled")


def _note_attributes(element: Element, notes: Notes) -> None:
    for name in (
        "speedFactor",
        "arrivalLane",
        "arrivalSpeed",
        "departEdge",
        "arrivalEdge",
        "insertionChecks",
        "reroute",
    ):
        if element.get(name, "current") not in ("current", "false", "all"):
            notes.count(f"vehicle(s) or flow(s) whose '{name}' is ignored: not modelled")


_READERS: Final[dict[str, Callable[[Element, Demand], None]]] = {
    "tlLogic": _read_program,
    "vType": _read_type,
    "vTypeDistribution": _read_type_distribution,
    "route": _read_route,
    "routeDistribution": _read_route_distribution,
    "vehicle": _read_vehicle,
    "trip": _read_vehicle,
    "flow": _read_flow,
    "busStop": _read_place_of_stops,
    "trainStop": _read_place_of_stops,
    "containerStop": _read_place_of_stops,
    **dict.fromkeys(DETECTOR_TAGS, _read_detector),
}


def departures(demand: Demand, end: float | None) -> Iterator[Departure]:
    """Yield every vehicle, flows spelt out up to ``end`` [s], in file order.

    Raises:
        InputError: an id is there twice, or a flow never ends.
    """
    seen: set[str] = set()
    for traveller in demand.travellers:
        for departure in [traveller] if isinstance(traveller, Departure) else traveller.departures(end):
            if departure.id in seen:
                raise InputError(
                    "is there twice; give every vehicle its own id",
                    file=departure.element.file,
                    element=f"{departure.element.tag} '{departure.id}'",
                )
            seen.add(departure.id)
            yield departure
