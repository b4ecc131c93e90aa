"""Where internal lanes of a junction cross, merge and part: the conflict areas drivers keep free of each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from trafficai.backends.geometry import (
    angle_at,
    angle_between,
    crossings,
    distance,
    divergence,
    length,
    point_to_shape,
)
from trafficai.backends.links import LinkIndex
from trafficai.core.parameters import DIVERGENCE_WIDTH, NO_INTERSECTION
from trafficai.core.records import NONE
from trafficai.scenario.model import Scenario

CENTIMETRE_EPS = 1e-6
"""Shapes are given in centimetres; what two of them are apart is not, in binary [m]."""


@dataclass
class _Conflict:
    """One lane that conflicts with the internal lane before a link."""

    foe_lane: int
    behind: float  # [m], from the crossing to the end of the own lane
    width: float  # [m]
    crosses: bool = True
    follows: bool = False  # drivers from one lane follow each other through the junction
    waits: bool = False  # drivers of the own lane wait before all of it, at the internal junction
    partner: _Conflict | None = None


@dataclass
class Conflicts:
    """All conflicts, link after link."""

    rows: list[tuple[float | int, ...]] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)


class ConflictFinder:
    """Computes the conflict areas of a network's internal lanes."""

    def __init__(self, scenario: Scenario, index: LinkIndex) -> None:
        """Prepare for a scenario's network."""
        self.index = index
        self.lanes = scenario.network.lanes

    def find(self, foe_lanes: list[list[int]], is_checked: list[bool]) -> Conflicts:
        """Return the conflicts of every link; ``foe_lanes`` are those the junctions name, link by link."""
        found = [self._of_link(link, foe_lanes[link], is_checked[link]) for link in range(len(foe_lanes))]
        by_lane = {self._lane_before(link): link for link, own in enumerate(found) if own or is_checked[link]}
        self._pair(found, by_lane)
        result = Conflicts()
        for link, own in enumerate(found):
            result.runs.append((len(result.rows), len(own)))
            result.rows += [self._row(link, conflict) for conflict in own]
        return result

    def _lane_before(self, link: int) -> int:
        """Return the internal lane before a link, NONE before an entry link."""
        lane = int(self.index.from_lane[link])
        return lane if self.index.is_internal[lane] else NONE

    def _of_link(self, link: int, foe_lanes: list[int], is_checked: bool) -> list[_Conflict]:
        """Return the conflicts of the internal lane before a link."""
        lane = self._lane_before(link)
        if lane == NONE or not is_checked:
            return []
        named = {foe: self._with(link, lane, foe) for foe in dict.fromkeys(foe_lanes) if foe != lane}
        first = self._first_part(lane)
        for foe in self._siblings(first):
            if self._start_together(first, foe):
                named.update(self._from_one_lane(lane, first, foe))
        return list(named.values())

    def _first_part(self, lane: int) -> int:
        """Return the internal lane with which a movement enters the junction."""
        before = self._before(lane)
        return before if self.index.is_internal[before] else lane

    def _second_part(self, lane: int) -> int:
        """Return the internal lane behind the internal junction at the end of another, NONE where it has none."""
        return int(self.index.via_lane[self.index.exit_of(lane)])

    def _from_one_lane(self, lane: int, first: int, foe: int) -> dict[int, _Conflict]:
        """Return the conflicts of ``lane`` with a movement that starts where its own starts, with ``foe``.

        Measured in SUMO: also the first lane of one and the second of another conflict, where that second one starts
        so near the first that the two share their space.
        """
        conflicts = {foe: self._parting(lane, foe)} if lane == first else {}
        second = self._second_part(foe)
        if lane != first and self._starts_beside(lane, foe):
            partner = _Conflict(lane, 0.0, 0.0)
            conflicts[foe] = _Conflict(foe, self._behind(foe, lane), 0.0, follows=True, partner=partner)
        elif lane == first and second != NONE and self._starts_beside(second, lane):
            partner = _Conflict(lane, self._behind(lane, second), 0.0)
            conflicts[second] = _Conflict(second, 0.0, 0.0, follows=True, partner=partner)
        return conflicts

    def _starts_beside(self, second: int, first: int) -> bool:
        """Return whether the second lane of a movement starts in the space of another movement's first lane."""
        return point_to_shape(self.lanes[second].shape[0], self.lanes[first].shape) < self._width(second, first)

    def _behind(self, first: int, second: int) -> float:
        """Return how much of a second lane lies further from the common start than another movement's first lane ends.

        In metres; negative if that first lane is the longer way.
        """
        own = self.lanes[second].length
        return min(own, self.lanes[self._before(second)].length + own - self.lanes[first].length)

    def _siblings(self, lane: int) -> list[int]:
        """Return the other internal lanes that start where this one does."""
        source = self._before(lane)
        vias = [int(self.index.via_lane[link]) for link in self.index.links_of(source)]
        return [via for via in vias if via not in (NONE, lane)]

    def _width(self, lane: int, foe: int) -> float:
        """Return the distance up to which two lanes share their space [m]."""
        return min(DIVERGENCE_WIDTH, 0.5 * (self.lanes[lane].width + self.lanes[foe].width))

    def _start_together(self, lane: int, foe: int) -> bool:
        """Return whether two lanes from the same one start at the same point."""
        return distance(self.lanes[lane].shape[0], self.lanes[foe].shape[0]) < self._width(lane, foe)

    def _parting(self, lane: int, foe: int) -> _Conflict:
        """Return the conflict with a lane that starts at the same point."""
        own, other = self.lanes[lane], self.lanes[foe]
        shared = divergence(own.shape, other.shape, (own.length, other.length), self._width(lane, foe))
        if own.length == other.length and own.edge == other.edge:
            return _Conflict(foe, own.length - shared, other.width)
        return _Conflict(foe, max(0.0, own.length - self._to_lane(lane, shared)), other.width)

    def _to_lane(self, lane: int, position: float) -> float:
        """Return a position along the shape as one along the lane's stated length [m]."""
        shape = length(self.lanes[lane].shape)
        return position * self.lanes[lane].length / shape if shape > 0.0 else position

    def _with(self, link: int, lane: int, foe: int) -> _Conflict:
        """Return the conflict with a lane that merges or crosses."""
        foe_exit = self.index.exit_of(foe)
        ends_junction = self.index.via_lane[link] == NONE
        same_target = foe_exit != NONE and self.index.to_lane[link] == self.index.to_lane[foe_exit]
        foe_continues = foe_exit != NONE and self.index.via_lane[foe_exit] != NONE
        own, other = self.lanes[lane].shape, self.lanes[foe].shape
        if same_target and ends_junction and not (foe_continues and crossings(own, other)):
            return self._merging(lane, foe)
        return self._crossing(lane, foe)

    def _merging(self, lane: int, foe: int) -> _Conflict:
        """Return the conflict with a lane that ends where this one does."""
        own, other = self.lanes[lane], self.lanes[foe]
        width = self._width(lane, foe)
        if distance(own.shape[-1], other.shape[-1]) >= width:
            return _Conflict(foe, 0.0, other.width)
        shared = divergence(own.shape[::-1], other.shape[::-1], (own.length, other.length), width)
        return _Conflict(foe, self._to_lane(lane, shared), other.width)

    def _crossing(self, lane: int, foe: int) -> _Conflict:
        """Return the conflict with a lane that crosses this one, wider the flatter they cross."""
        own, other = self.lanes[lane], self.lanes[foe]
        at = crossings(own.shape, other.shape)
        if not at:
            return _Conflict(foe, -NO_INTERSECTION, other.width, crosses=False)
        other_at = crossings(other.shape, own.shape)
        angle = angle_between(angle_at(own.shape, at[-1]), angle_at(other.shape, other_at[-1]))
        width = min(other.width * (2.0 / max(math.sin(angle), 0.2) - 1.0), own.length)
        start = self._to_lane(lane, max(0.0, at[-1] - 0.5 * width))
        if self.index.is_internal[self._before(lane)]:
            return _Conflict(foe, own.length - start, width, waits=True)
        return _Conflict(foe, own.length - start, width)

    def _pair(self, found: list[list[_Conflict]], by_lane: dict[int, int]) -> None:
        """Let each conflict know its counterpart on the foe lane; make one where the junction names only one side."""
        for link, own in enumerate(found):
            lane = self._lane_before(link)
            for conflict in list(own):
                foe_link = by_lane.get(conflict.foe_lane)
                if foe_link is None or conflict.follows:
                    continue
                partner = next((c for c in found[foe_link] if c.foe_lane == lane), None)
                conflict.partner = partner or (self._mirrored(lane, conflict) if conflict.crosses else None)

    def _mirrored(self, lane: int, conflict: _Conflict) -> _Conflict | None:
        """Return the counterpart of a crossing that the junction names for one side only."""
        own, other = self.lanes[lane], self.lanes[conflict.foe_lane]
        at = crossings(other.shape, own.shape)
        if not at:
            return None
        width = own.width * conflict.width / other.width
        return _Conflict(lane, other.length - max(0.0, at[-1] - 0.5 * width), width)

    def _row(self, link: int, conflict: _Conflict) -> tuple[float | int, ...]:
        """Return the CONFLICT row."""
        lane = self._lane_before(link)
        foe_exit = self.index.exit_of(conflict.foe_lane)
        foe_continues = bool(self.index.via_lane[foe_exit] != NONE)
        is_inner = bool(self.index.via_lane[link] != NONE)
        after_inner = bool(self.index.is_internal[self._before(lane)])
        same_target = bool(self.index.to_lane[link] == self.index.to_lane[foe_exit]) and not (is_inner or foe_continues)
        same_source = conflict.follows or self._before(lane) == self._before(conflict.foe_lane)
        together = same_target or same_source
        partner = conflict.partner
        foe_behind = partner.behind if partner is not None else -NO_INTERSECTION
        behind = self.lanes[lane].length if conflict.waits else conflict.behind
        foe_width = partner.width if partner is not None and not together else 0.0
        waits = foe_continues and not is_inner and not after_inner and self._reaches(conflict, lane)
        width = 0.0 if together else conflict.width
        flags = (conflict.foe_lane, foe_exit, int(same_target), int(same_source), int(waits))
        return (behind, width, foe_behind, foe_width, conflict.behind, *flags)

    def _reaches(self, conflict: _Conflict, lane: int) -> bool:
        """Return whether who waits at the end of a conflicting lane is in the way of ``lane``.

        Of lanes side by side it is the one nearest to where the others wait. To half the lane's width, as measured in
        SUMO 1.28 by moving that end in steps of a centimetre.
        """
        own, end = self.lanes[lane], self.lanes[conflict.foe_lane].shape[-1]
        return conflict.crosses or point_to_shape(end, own.shape) <= 0.5 * own.width + CENTIMETRE_EPS

    def _before(self, lane: int) -> int:
        """Return the lane that leads onto an internal lane."""
        return int(self.index.from_lane[self.index.incoming[self.index.first_incoming[lane]]])
