"""What a vehicle is between the file and the frozen route."""

from __future__ import annotations

from typing import NamedTuple

from trafficai.scenario.xml import Element


class Place(NamedTuple):
    """How a vehicle enters and leaves, in SUMO's words; the defaults are SUMO 1.28's."""

    depart_lane: str = "best_prob"
    depart_pos: str = "base"
    depart_speed: str = "avg"
    arrival_pos: str = "max"


class Journey(NamedTuple):
    """Where a vehicle goes: edges given one by one, or ends and edges between that a router has to join."""

    edges: tuple[str, ...]
    is_complete: bool  # False: route from each edge to the next


class Departure(NamedTuple):
    """One vehicle before its route is frozen."""

    id: str
    depart: float  # [s]
    type: str  # vType or vTypeDistribution
    journey: Journey | str  # a str names a route or a routeDistribution
    place: Place
    element: Element
