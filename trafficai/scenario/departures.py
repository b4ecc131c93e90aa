"""What a vehicle is between the file and the frozen route."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from trafficai.scenario.xml import Element


class Place(NamedTuple):
    """How a vehicle enters and leaves, in SUMO's words; the defaults are SUMO 1.28's."""

    depart_lane: str = "best_prob"
    depart_pos: str = "base"
    depart_speed: str = "avg"
    arrival_pos: str = "max"


class StopRequest(NamedTuple):
    """A stop as the file has it, before it is found on a network and on a route."""

    lane: str  # id, empty where a stopping place or an edge is named
    edge: str
    place: str
    start: float | None  # [m], negative from the end of the lane
    end: float | None
    duration: float  # [s], at least; 0 where only ``until`` counts
    until: float  # [s], -1 is any time
    is_parking: bool
    is_friendly: bool  # positions beyond the lane are moved onto it
    label: str  # for messages
    file: Path


class Journey(NamedTuple):
    """Where a vehicle goes: edges given one by one, or ends and edges between that a router has to join."""

    edges: tuple[str, ...]
    is_complete: bool  # False: route from each edge to the next
    stops: tuple[StopRequest, ...] = ()  # of the route; their ``until`` counts from the departure


class Departure(NamedTuple):
    """One vehicle before its route is frozen."""

    id: str
    depart: float  # [s]
    type: str  # vType or vTypeDistribution
    journey: Journey | str  # a str names a route or a routeDistribution
    place: Place
    element: Element
    stops: tuple[StopRequest, ...] = ()  # of its own, halted at after those of the route
    until_shift: float = 0.0  # [s], added to their ``until``: what a flow's vehicle departs after the first
