"""Reads SUMO's detectors (inductionLoop, laneAreaDetector, entryExitDetector) from additional files.

Attributes and defaults are SUMO's: https://sumo.dlr.de/docs/Simulation/Output/Induction_Loops_Detectors_%28E1%29.html
and the pages on E2 and E3 beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trafficai.datatypes.errors import InputError
from trafficai.scenario.model import (
    CrossSection,
    Detectors,
    EntryExitDetector,
    InductionLoop,
    Lane,
    LaneAreaDetector,
    Network,
)
from trafficai.scenario.notes import Notes
from trafficai.scenario.xml import Element

E1_TAGS: Final = ("inductionLoop", "e1Detector")
E2_TAGS: Final = ("laneAreaDetector", "e2Detector")
E3_TAGS: Final = ("entryExitDetector", "e3Detector")
DETECTOR_TAGS: Final = (*E1_TAGS, *E2_TAGS, *E3_TAGS)
UNREAD: Final = ("vTypes", "nextEdges", "detectPersons", "tl", "to")
LEAST_LENGTH: Final = 0.1
"""Shortest lane area [m] (SUMO's POSITION_EPS)."""


def read_detectors(elements: Iterable[Element], network: Network, notes: Notes) -> Detectors:
    """Return the detectors of the elements, each kind in their order.

    Raises:
        InputError: an id is there twice, a lane is unknown, or a position or time is wrong; it names the element.
    """
    reader = _Reader(network, notes)
    for element in elements:
        reader.read(element)
    return Detectors(tuple(reader.e1), tuple(reader.e2), tuple(reader.e3))


class _Reader:
    """The detectors read so far."""

    def __init__(self, network: Network, notes: Notes) -> None:
        self._network, self._notes = network, notes
        self._ids: set[str] = set()
        self._followers: dict[str, set[str]] = {}
        self.e1: list[InductionLoop] = []
        self.e2: list[LaneAreaDetector] = []
        self.e3: list[EntryExitDetector] = []

    def read(self, element: Element) -> None:
        """Add one detector."""
        name = element.identifier()
        if name in self._ids:
            raise element.error("is there twice; give every detector its own id")
        self._ids.add(name)
        for attribute in UNREAD:
            if element.get(attribute):
                self._notes.count(f"detector(s) whose '{attribute}' is ignored: not modelled")
        if element.tag in E1_TAGS:
            self.e1.append(self._loop(element))
        elif element.tag in E2_TAGS:
            self.e2.append(self._area(element))
        else:
            self.e3.append(self._zone(element))

    def _loop(self, element: Element) -> InductionLoop:
        lane = self._lane(element, element.text("lane"))
        length = element.number("length", 0.0, above=-LEAST_LENGTH)
        position = _position(element, "pos", lane, lane.length - length)
        return InductionLoop(element.text("id"), lane.id, position, _period(element), length)

    def _area(self, element: Element) -> LaneAreaDetector:
        lanes = self._lanes(element)
        start, end = self._stretch(element, lanes)
        thresholds = (*_thresholds(element), element.number("jamThreshold", 10.0))
        ids = tuple(lane.id for lane in lanes)
        return LaneAreaDetector(element.text("id"), ids, start, end, _period(element), *thresholds)

    def _zone(self, element: Element) -> EntryExitDetector:
        entries, exits = self._sections(element, "detEntry"), self._sections(element, "detExit")
        if not entries or not exits:
            raise element.error("needs at least one detEntry and one detExit; add them")
        return EntryExitDetector(element.text("id"), entries, exits, _period(element), *_thresholds(element))

    def _sections(self, element: Element, tag: str) -> tuple[CrossSection, ...]:
        return tuple(self._section(child) for child in element.children if child.tag == tag)

    def _section(self, element: Element) -> CrossSection:
        lane = self._lane(element, element.text("lane"))
        return CrossSection(lane.id, _position(element, "pos", lane, lane.length))

    def _lane(self, element: Element, name: str) -> Lane:
        if name not in self._network.lane_index:
            raise element.error(f"unknown lane '{name}'; correct it")
        return self._network.lanes[self._network.lane_index[name]]

    def _lanes(self, element: Element) -> tuple[Lane, ...]:
        """Return the lanes of an area, with the internal ones between them."""
        if not element.get("lanes"):
            return (self._lane(element, element.text("lane")),)
        named = [self._lane(element, name) for name in element.get("lanes").replace(",", " ").split()]
        lanes = named[:1]
        for lane in named[1:]:
            lanes += self._between(element, lanes[-1], lane)
        return tuple(lanes)

    def _between(self, element: Element, lane: Lane, target: Lane) -> list[Lane]:
        """Return the lanes behind ``lane`` up to and with ``target``."""
        ways = [[lane.id]]
        while ways:
            way = ways.pop(0)
            for name in sorted(self._after().get(way[-1], ())):
                if name == target.id:
                    return [self._lane(element, each) for each in (*way[1:], name)]
                if name.startswith(":") and name not in way:
                    ways.append([*way, name])
        raise element.error(f"lane '{target.id}' does not follow lane '{lane.id}'; name lanes one behind the other")

    def _after(self) -> dict[str, set[str]]:
        """Return the lanes that follow each lane, internal ones included."""
        if not self._followers:
            edges, index = self._network.edges, self._network.edge_index
            for connection in self._network.connections:
                source = edges[index[connection.from_edge]].lanes[connection.from_lane].id
                target = edges[index[connection.to_edge]].lanes[connection.to_lane].id
                self._followers.setdefault(source, set()).add(connection.via or target)
        return self._followers

    def _stretch(self, element: Element, lanes: tuple[Lane, ...]) -> tuple[float, float]:
        """Return start on the first and end on the last lane [m]; what is too long for its lane is cut and noted."""
        first, last = lanes[0], lanes[-1]
        has = {name: name in element.attributes for name in ("pos", "endPos", "length")}
        length = element.number("length", 0.0, above=-LEAST_LENGTH)
        if len(lanes) == 1 and has["length"] and sum(has.values()) == 3:
            raise element.error("gives pos, endPos and length; leave out one of them")
        start = _from_start(element.number("pos", 0.0), first)
        end = _from_start(element.number("endPos", last.length), last)
        if len(lanes) == 1 and has["length"]:
            start, end = (end - length, end) if has["endPos"] else (start, start + length)
        if start < 0.0 or end > last.length:
            if not (has["length"] or element.flag("friendlyPos", default=False)):
                raise element.error(f"lies from {start:g} to {end:g} m on lane '{first.id}' of {first.length:g} m")
            self._notes.count("lane area detector(s) cut at the end of their lane; name more lanes with 'lanes'")
        start, end = max(start, 0.0), min(end, last.length)
        if start >= first.length or end < LEAST_LENGTH or (len(lanes) == 1 and end - start < LEAST_LENGTH):
            raise element.error(f"from {start:g} to {end:g} m leaves nothing of lane '{first.id}'; correct it")
        return start, end


def _period(element: Element) -> int:
    """Return the period in whole seconds; 0 is the whole run."""
    name = "period" if "period" in element.attributes else "freq"
    if name not in element.attributes:
        return 0
    period = element.time(name)
    if period < 1.0 or period != int(period):
        raise element.error(f"attribute {name}='{element.get(name)}' is not a whole number of seconds; correct it")
    return int(period)


def _thresholds(element: Element) -> tuple[float, float]:
    """Return the times and speeds of standing [s] [m/s]."""
    return element.time("timeThreshold", 1.0), element.number("speedThreshold", 5.0 / 3.6)


def _position(element: Element, name: str, lane: Lane, last: float) -> float:
    """Return a position on a lane [m]; negative ones count from its end.

    Raises:
        InputError: it is beyond the lane and ``friendlyPos`` is not set.
    """
    position = _from_start(element.number(name), lane)
    if element.flag("friendlyPos", default=False):
        return min(max(position, 0.0), last)
    if not 0.0 <= position <= last:
        raise _beyond(element, name, lane)
    return position


def _from_start(position: float, lane: Lane) -> float:
    return position + lane.length if position < 0.0 else position


def _beyond(element: Element, name: str, lane: Lane) -> InputError:
    length = f"lane '{lane.id}' of {lane.length:g} m"
    return element.error(f"{name}='{element.get(name)}' is beyond {length}; correct it or set friendlyPos")
