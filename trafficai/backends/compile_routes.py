"""Which lane leads how far along a route: for every position of every route, before the simulation starts.

SUMO works the same table out while it runs (``updateBestLanes``): looking at least four edges and 3000 m ahead, a
lane's length is what can be driven from it without a change, and its offset leads to the nearest lane that leads
furthest.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from trafficai.backends.links import LinkIndex, class_bit
from trafficai.core.records import NONE, OPTION, ROUTE, ROUTE_EDGE, RecordArray
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario, Vehicle

MIN_EDGES, MIN_LENGTH = 4, 3000.0
"""The look-ahead covers at least so many edges and, after them, so many metres."""

STOP_END_GAP = 0.2
"""A lane without the next stop counts as ending at least so far before the end of the stop's lane [m]."""


class _Goal(NamedTuple):
    """A stop that the look-ahead ends at: only its lane is of use on its edge."""

    position: int  # of its edge on the route
    lane: int
    start: float  # [m], as far as the other lanes of the edge lead


@dataclass(slots=True)
class _Option:
    """One lane of one edge on a route, as the look-ahead sees it."""

    lane: int
    own_length: float
    length: float
    leads_on: bool
    offset: int = 0
    link: int = NONE
    num_following: int = 0  # lanes that can be driven on behind this one
    last_lane: int = NONE  # the last of them; the lane itself where there is none
    priority: int = -1  # of the next link: 1 major or signalled, 0 minor, -1 none


class _Lookahead:
    """Works out lane options along edge sequences; remembers those it has seen."""

    def __init__(self, scenario: Scenario, index: LinkIndex) -> None:
        network = scenario.network
        self.index = index
        self.network = network
        ends = np.cumsum([0, *(len(edge.lanes) for edge in network.edges)]).tolist()
        self._lanes = [range(first, end) for first, end in itertools.pairwise(ends)]
        self.to_lane: list[int] = index.to_lane.tolist()
        self._links: dict[tuple[int, int, int], list[int]] = {}
        self.lengths = [lane.length for lane in network.lanes]
        self.priorities = [_priority(c.state, c.signal) for c in index.connections]
        self.seen: dict[tuple[object, ...], list[tuple[float, int, int, int, int]]] = {}

    def lanes(self, edge: int) -> range:
        """Return the lanes of an edge, from right to left."""
        return self._lanes[edge]

    def window(self, route: tuple[int, ...], start: int) -> int:
        """Return the position behind the last edge that the look-ahead from ``start`` covers."""
        length = 0.0
        for seen, position in enumerate(range(start, len(route)), start=1):
            length += self.lengths[self._lanes[route[position]][0]]
            if seen > MIN_EDGES and length >= MIN_LENGTH:
                return position + 1
        return len(route)

    def options(
        self, route: tuple[int, ...], start: int, bit: int, goal: _Goal | None = None
    ) -> list[tuple[float, int, int, int, int]]:
        """Return (length, offset, link, lanes that follow, leads on) for each lane at a position of a route."""
        end = self.window(route, start)
        following = route[end : end + 1]
        if goal is not None and start <= goal.position < end:
            end, following = goal.position + 1, ()
        else:
            goal = None
        key = (bit, bool(following), route[start:end] + following, goal and goal[1:])
        if key not in self.seen:
            best = self._look(route[start:end], following, bit, goal)
            self.seen[key] = [(o.length, o.offset, o.link, o.num_following, self._leads_on(o)) for o in best]
        return self.seen[key]

    def _leads_on(self, option: _Option) -> int:
        return int(self.index.num_links[option.last_lane] > 0)

    def _links_to(self, lane: int, edge: int, bit: int) -> list[int]:
        """Return the links from a lane to an edge that the vehicle class may use."""
        key = (lane, edge, bit)
        if key not in self._links:
            self._links[key] = self._find_links(lane, edge, bit)
        return self._links[key]

    def _find_links(self, lane: int, edge: int, bit: int) -> list[int]:
        lanes = self.lanes(edge)
        allowed = self.index.allowed
        return [
            link
            for link in self.index.links_of(lane)
            if self.to_lane[link] in lanes
            and int(allowed[self.to_lane[link]]) & bit
            and int(allowed[self.index.next_lane[link]]) & bit
        ]

    def _start(self, edge: int, following: tuple[int, ...], bit: int) -> list[_Option]:
        """Return the options of one edge before anything behind it is looked at."""
        options = []
        for lane in self.lanes(edge):
            permitted = bool(int(self.index.allowed[lane]) & bit)
            length = self.lengths[lane] if permitted else 0.0
            leads_on = not following or (permitted and bool(self._links_to(lane, following[0], bit)))
            options.append(_Option(lane, length, length, leads_on, last_lane=lane))
        return options

    def _look(self, edges: tuple[int, ...], following: tuple[int, ...], bit: int, goal: _Goal | None) -> list[_Option]:
        """Return the options of the first edge of a stretch of route, which ends at the goal if there is one."""
        after = self._start(edges[-1], following, bit)
        if goal is not None:
            self._shorten(after, goal)
        self._set_offsets_last(after, bit)
        for position in range(len(edges) - 2, -1, -1):
            current = self._start(edges[position], edges[position + 1 : position + 2], bit)
            self._extend(current, after, edges[position + 1], bit)
            after = current
        return after

    def _shorten(self, options: list[_Option], goal: _Goal) -> None:
        """Let every lane but that of the stop end where the stop begins."""
        for option in options:
            if option.lane != goal.lane:
                option.length = option.own_length = max(0.1, min(goal.start, self.lengths[goal.lane] - STOP_END_GAP))

    def _set_offsets_last(self, options: list[_Option], bit: int) -> None:
        """Set the offsets on the last edge looked at: towards the nearest of the longest lanes."""
        longest = max(option.length for option in options)
        best = [k for k, option in enumerate(options) if option.length == longest]
        self._point_to(options, (best[0], best[-1]), [option.length < longest for option in options], bit)

    def _extend(self, current: list[_Option], after: list[_Option], next_edge: int, bit: int) -> None:
        """Add what lies behind each lane, and point the other lanes to the best ones."""
        first = self.lanes(next_edge)[0]
        reachable = {self.to_lane[k] for o in current for k in self._links_to(o.lane, next_edge, bit)}
        best_connected = max((o.length for o in after if o.lane in reachable), default=-1.0)
        best_length = max(option.length for option in after)
        for option in current:
            links = self._links_to(option.lane, next_edge, bit) if option.leads_on else []
            if not links:
                option.leads_on = False
                continue
            targets = {link: after[self.to_lane[link] - first] for link in links}
            link = min(links, key=lambda k: (-targets[k].length, abs(targets[k].offset)))
            target = targets[link]
            direct = target.length == best_connected and abs(target.offset) < 2
            option.length += best_length if direct else target.length
            option.offset, option.link = target.offset, link
            option.priority = self.priorities[link]
            option.num_following, option.last_lane = target.num_following + 1, target.last_lane
        self._set_offsets(current, bit)

    def _set_offsets(self, options: list[_Option], bit: int) -> None:
        """Point every lane to the nearest of the best ones: longest, then least offset, then priority."""

        def rank(option: _Option) -> tuple[float, int, int]:
            return (option.length, -abs(option.offset), option.priority)

        top = max(rank(option) for option in options)
        best = [k for k, option in enumerate(options) if rank(option) == top]
        lower = [option.priority < top[2] for option in options]
        self._point_to(options, (best[0], best[-1]), [rank(option) != top for option in options], bit)
        for option, is_lower in zip(options, lower, strict=True):
            if is_lower:
                option.length = option.own_length

    def _point_to(self, options: list[_Option], best: tuple[int, int], worse: list[bool], bit: int) -> None:
        """Set the offset of worse lanes to the nearer end of the best ones (first, last), 0 on the others."""
        low, high = best
        blocked_right, blocked_left = False, -1
        for k, option in enumerate(options):
            if not worse[k]:
                option.offset = 0
                continue
            option.offset = low - k if abs(low - k) < abs(high - k) else high - k
            side = k + (1 if option.offset > 0 else -1)
            side_open = 0 <= side < len(options) and bool(int(self.index.allowed[options[side].lane]) & bit)
            if option.offset < 0 and (not side_open or blocked_right):
                blocked_right = True
                self._close(option)
            elif option.offset > 0 and not side_open:
                blocked_left = k
        for option in options[: blocked_left + 1]:
            self._close(option)

    @staticmethod
    def _close(option: _Option) -> None:
        """Mark a lane from which the best ones can't be reached."""
        if option.length == option.own_length:
            option.length = 0.0


def _priority(state: str, signal: str | None) -> int:
    """Return 1 for links with priority or under a signal, 0 for those that yield."""
    return int(signal is not None or state.isupper())


class RouteTables(NamedTuple):
    """Every route, and which of them each vehicle takes."""

    routes: RecordArray  # ROUTE
    edges: RecordArray  # ROUTE_EDGE
    options: RecordArray  # OPTION
    of_vehicles: list[list[int]]  # route row by vehicle: up to its first stop, up to the next, ... to its destination


@dataclass
class _Rows:
    """The rows of the route tables so far."""

    lookahead: _Lookahead
    known: dict[tuple[object, ...], int] = field(default_factory=dict)
    routes: list[tuple[int, int]] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    options: list[tuple[float, int, int, int, int, int, int]] = field(default_factory=list)

    def route(self, ids: tuple[str, ...], bit: int, goal: _Goal | None) -> int:
        """Return the row of a route, made when it is asked for first; LookupError names a gap in it."""
        key = (ids, bit, goal)
        if key not in self.known:
            self.known[key] = len(self.routes)
            path = tuple(self.lookahead.network.edge_index[edge] for edge in ids)
            self.routes.append((len(self.edges), len(path)))
            self._add(path, bit, goal)
        return self.known[key]

    def _add(self, path: tuple[int, ...], bit: int, goal: _Goal | None) -> None:
        """Append a route's rows to those of edges and options."""
        lookahead = self.lookahead
        names = lookahead.network.edges
        for position, edge in enumerate(path):
            first = len(self.options)
            self.edges.append((edge, first))
            after = first + len(lookahead.lanes(edge))
            found = lookahead.options(path, position, bit, goal)
            is_end = position + 1 == len(path) or (goal is not None and position == goal.position)
            if not is_end and all(option[2] == NONE for option in found):
                raise LookupError(
                    f"from edge {names[edge].id!r} to edge {names[path[position + 1]].id!r} for its class"
                )
            for length, offset, link, num_following, leads_on in found:
                lane = target = NONE
                if link != NONE:
                    lane = lookahead.to_lane[link]
                    target = after + lane - lookahead.lanes(path[position + 1])[0]
                self.options.append((length, link, lane, target, num_following, offset, leads_on))


def route_tables(scenario: Scenario, index: LinkIndex) -> RouteTables:
    """Return the ROUTE, ROUTE_EDGE and OPTION tables and each vehicle's route rows.

    Raises:
        InputError: where two edges of a route are not connected for the vehicle's class.
    """
    rows = _Rows(_Lookahead(scenario, index))
    of_vehicles = []
    for vehicle in scenario.vehicles:
        bit = class_bit(scenario.vehicle_types[vehicle.type].vehicle_class)
        try:
            of_vehicles.append([rows.route(vehicle.route, bit, goal) for goal in _goals(vehicle, scenario)])
        except LookupError as gap:
            raise InputError(f"no lane leads {gap.args[0]}", element=f"vehicle {vehicle.id!r}") from None
    return RouteTables(
        routes=np.array(rows.routes, dtype=ROUTE).view(np.recarray),
        edges=np.array(rows.edges, dtype=ROUTE_EDGE).view(np.recarray),
        options=np.array(rows.options, dtype=OPTION).view(np.recarray),
        of_vehicles=of_vehicles,
    )


def _goals(vehicle: Vehicle, scenario: Scenario) -> list[_Goal | None]:
    """Return what the vehicle looks ahead to: its stops one after the other, and at last none."""
    lanes = scenario.network.lane_index
    return [*(_Goal(stop.position, lanes[stop.lane], stop.start) for stop in vehicle.stops), None]
