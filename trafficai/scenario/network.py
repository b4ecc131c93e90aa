"""Reads SUMO's ``.net.xml[.gz]`` into a :class:`Network`, and checks that it hangs together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from trafficai.datatypes.errors import InputError
from trafficai.scenario.model import Connection, Edge, Junction, Lane, Network, Program, Request
from trafficai.scenario.notes import Notes
from trafficai.scenario.programs import add_program
from trafficai.scenario.vehicle_classes import parse_permissions
from trafficai.scenario.xml import Element, read_elements

EDGE_FUNCTIONS: Final = frozenset(("normal", "internal", "connector", "crossing", "walkingarea"))
LINK_STATES: Final = frozenset("-MmOoSswWZz=GgrRyYuN")  # a net file should hold only the first ten; SUMO reads all


@dataclass(slots=True)
class NetworkFile:
    """What a network file holds: the network, and the signal programs in the order in which they stand in it."""

    network: Network
    programs: dict[str, dict[str, Program]]  # signal id -> program id -> program, the last one is in force


@dataclass(slots=True)
class _Draft:
    """The parts of a network while its file is being read."""

    path: Path
    notes: Notes
    edges: dict[str, Edge] = field(default_factory=dict)
    lanes: dict[str, Lane] = field(default_factory=dict)
    junctions: dict[str, Junction] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)
    programs: dict[str, dict[str, Program]] = field(default_factory=dict)
    sources: list[tuple[Element, Connection]] = field(default_factory=list)


def read_network(path: Path, notes: Notes) -> NetworkFile:
    """Read a network file.

    Args:
        path: a ``.net.xml`` or ``.net.xml.gz``.
        notes: gets what could not be modelled.

    Raises:
        InputError: the file is missing, malformed, or contradicts itself.
    """
    elements = read_elements(path)
    root = next(elements)
    if root.tag != "net":
        raise root.error("is not a SUMO network, whose root element is 'net'; give a .net.xml")
    draft = _Draft(path, notes)
    for element in elements:
        _READERS.get(element.tag, _skip)(element, draft)
    _check(draft)
    network = Network(tuple(draft.edges.values()), tuple(draft.junctions.values()), tuple(draft.connections))
    return NetworkFile(network, draft.programs)


def _skip(element: Element, draft: _Draft) -> None:
    if element.tag not in ("location", "type", "roundabout", "prohibition", "param", "district", "taz"):
        draft.notes.count(f"'{element.tag}' element(s) of the network ignored: not modelled")


def _read_edge(element: Element, draft: _Draft) -> None:
    name = element.text("id")
    function = element.get("function", "normal")
    if name in draft.edges:
        raise element.error("is there twice; give every edge its own id")
    if function not in EDGE_FUNCTIONS:
        raise element.error(f"unknown edge function '{function}'; use one of {', '.join(sorted(EDGE_FUNCTIONS))}")
    children = [child for child in element.children if child.tag == "lane"]
    lanes = tuple(_read_lane(child, name, row, function) for row, child in enumerate(children))
    _check_lanes(element, lanes, draft.lanes)
    draft.lanes.update((lane.id, lane) for lane in lanes)
    draft.edges[name] = Edge(
        id=name,
        function=function,
        from_junction=element.get("from") or None,
        to_junction=element.get("to") or None,
        lanes=lanes,
        priority=int(element.number("priority", -1.0)),
    )


def _read_lane(element: Element, edge: str, row: int, function: str) -> Lane:
    """Return a lane; netconvert numbers those behind an internal junction all 0, though they are used in order."""
    return Lane(
        id=element.text("id"),
        edge=edge,
        index=row if function == "internal" else element.integer("index"),
        length=element.number("length", above=0.0),
        speed=element.number("speed", above=0.0),
        allow=parse_permissions(element),
        shape=element.shape(),
        width=element.number("width", 3.2, above=0.0),
    )


def _check_lanes(edge: Element, lanes: tuple[Lane, ...], known: dict[str, Lane]) -> None:
    """Check that an edge's lanes are numbered from the right and new."""
    if not lanes:
        raise edge.error("has no lane; every edge needs one")
    if [lane.index for lane in lanes] != list(range(len(lanes))):
        raise edge.error("its lanes are not numbered 0, 1, 2 ... in order; renumber them")
    ids = [lane.id for lane in lanes]
    twice = next((name for i, name in enumerate(ids) if name in known or name in ids[:i]), None)
    if twice is not None:
        raise edge.error(f"lane '{twice}' is there twice; give every lane its own id")


def _read_junction(element: Element, draft: _Draft) -> None:
    name = element.text("id")
    if name in draft.junctions:
        raise element.error("is there twice; give every junction its own id")
    rows = [child for child in element.children if child.tag == "request"]
    requests = tuple(_read_request(child, len(rows)) for child in rows)
    if sorted(request.index for request in requests) != list(range(len(rows))):
        raise element.error("its requests are not numbered 0, 1, 2 ...; rebuild the network with netconvert")
    draft.junctions[name] = Junction(
        id=name,
        type=element.get("type", "priority"),
        x=element.number("x", 0.0),
        y=element.number("y", 0.0),
        incoming_lanes=tuple(element.get("incLanes").split()),
        internal_lanes=tuple(element.get("intLanes").split()),
        requests=tuple(sorted(requests, key=lambda request: request.index)),
        shape=element.shape(),
    )


def _read_request(element: Element, number: int) -> Request:
    return Request(
        index=element.integer("index"),
        response=_read_bits(element, "response", number),
        foes=_read_bits(element, "foes", number),
        cont=element.flag("cont", False),
    )


def _read_bits(element: Element, name: str, number: int) -> tuple[bool, ...]:
    """Return a bit string turned round: files have link 0 at the right end."""
    bits = element.text(name)
    if len(bits) != number or not set(bits) <= {"0", "1"}:
        raise element.error(f"{name}='{bits}' is not {number} times 0 or 1; rebuild the network with netconvert")
    return tuple(bit == "1" for bit in reversed(bits))


def _read_connection(element: Element, draft: _Draft) -> None:
    signal = element.get("tl") or None
    connection = Connection(
        from_edge=element.text("from"),
        to_edge=element.text("to"),
        from_lane=element.integer("fromLane"),
        to_lane=element.integer("toLane"),
        via=element.get("via") or None,
        signal=signal,
        link_index=int(element.number("linkIndex", -1.0)) if signal is not None else -1,
        direction=element.get("dir", "s"),
        state=element.get("state", "M"),
        keep_clear=element.flag("keepClear", True),
        contact_position=element.number("contPos") if "contPos" in element.attributes else None,
        visibility=element.number("visibility", 100.0 if element.get("state") == "Z" else 4.5),
        allow=parse_permissions(element),
    )
    draft.connections.append(connection)
    draft.sources.append((element, connection))


def _read_program(element: Element, draft: _Draft) -> None:
    add_program(element, draft.programs, draft.notes)


_READERS: Final[dict[str, Callable[[Element, _Draft], None]]] = {
    "edge": _read_edge,
    "junction": _read_junction,
    "connection": _read_connection,
    "tlLogic": _read_program,
}


def _check(draft: _Draft) -> None:
    """Check that every id that is named exists."""
    if not any(edge.function == "normal" for edge in draft.edges.values()):
        raise InputError("the network has no edge; give one that has", file=draft.path)
    for edge in draft.edges.values():
        _check_ends(edge, draft)
    for junction in draft.junctions.values():
        _check_junction(junction, draft)
    for element, connection in draft.sources:
        _check_connection(element, connection, draft)


def _check_ends(edge: Edge, draft: _Draft) -> None:
    for end in (edge.from_junction, edge.to_junction):
        if end is None and edge.function in ("normal", "connector"):
            raise InputError(
                "has no 'from' or no 'to'; name the junctions", file=draft.path, element=f"edge '{edge.id}'"
            )
        if end is not None and end not in draft.junctions:
            raise InputError(f"unknown junction '{end}'; add it", file=draft.path, element=f"edge '{edge.id}'")


def _check_junction(junction: Junction, draft: _Draft) -> None:
    lanes: Iterable[str] = (*junction.incoming_lanes, *junction.internal_lanes)
    unknown = next((lane for lane in lanes if lane not in draft.lanes), None)
    if unknown is not None:
        raise InputError(f"unknown lane '{unknown}'; add it", file=draft.path, element=f"junction '{junction.id}'")


def _check_connection(element: Element, connection: Connection, draft: _Draft) -> None:
    """Check that a connection leads from lane to lane, over a lane, under a signal that has a place for it."""
    ends = ((connection.from_edge, connection.from_lane), (connection.to_edge, connection.to_lane))
    for name, index in ends:
        if name not in draft.edges:
            raise element.error(f"unknown edge '{name}'; add it")
        if index >= len(draft.edges[name].lanes):
            raise element.error(f"edge '{name}' has no lane {index}; correct the connection")
    if connection.via is not None and connection.via not in draft.lanes:
        raise element.error(f"unknown lane '{connection.via}' in via; add it")
    if connection.state not in LINK_STATES or len(connection.state) != 1:
        raise element.error(f"unknown link state '{connection.state}'; rebuild the network with netconvert")
