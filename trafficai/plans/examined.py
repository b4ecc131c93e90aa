"""A program laid out for examination: signal groups, their greens, their ways over the junction, who conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

from trafficai.plans.groups import groups_of
from trafficai.plans.timetable import Green, greens_at
from trafficai.scenario.foes import Foes, find_foes, find_yields
from trafficai.scenario.kinds import UNUSED, links_of
from trafficai.scenario.model import Network, Program
from trafficai.scenario.ways import Way, Ways

GO = "Gg"
TOLERANCE = 1e-6
"""[s]"""


class Joined(NamedTuple):
    """A green of a group, yielding and not yielding taken together."""

    start: float  # [s], in the cycle
    end: float  # [s]; may lie in the next cycle
    red_amber: float  # [s], before it
    yellow: float  # [s], behind it

    @property
    def length(self) -> float:
        """How long it is green [s]."""
        return self.end - self.start


class Group(NamedTuple):
    """A signal group that controls something."""

    name: str
    kind: str  # of KINDS in kinds
    greens: tuple[Joined, ...]
    ways: tuple[tuple[int, Way], ...]  # position and way of each movement


class Junction(NamedTuple):
    """A program under examination."""

    program: Program  # its phases follow one another
    groups: tuple[Group, ...]
    foes: frozenset[tuple[int, int]]  # positions that conflict, both ways round
    responses: frozenset[tuple[int, int]]  # the first yields to the second
    intergreen: tuple[tuple[float, ...], ...]  # [s], of the scenario, by position; or empty

    @property
    def signal(self) -> str:
        """Id of the signal."""
        return self.program.signal

    def rivals(self) -> Iterator[tuple[Group, Group]]:
        """Yield the ordered pairs of groups that conflict and are never green together."""
        for one, other in permutations(self.groups, 2):
            if self._conflict(one, other) and one.greens and other.greens and not self._together(one, other):
                yield one, other

    def _conflict(self, one: Group, other: Group) -> bool:
        pairs = {(k, j) for k, _ in one.ways for j, _ in other.ways}
        return not pairs.isdisjoint(self.foes)

    def _together(self, one: Group, other: Group) -> bool:
        """Return whether two groups are ever green at the same time."""
        cycle = self.program.cycle
        return any(
            (second.start - first.start) % cycle < first.length - TOLERANCE
            for a, b in ((one, other), (other, one))
            for first in a.greens
            for second in b.greens
        )


class Examiner:
    """Lays out the programs of one network."""

    def __init__(self, network: Network) -> None:
        self._network, self._ways = network, Ways(network)
        self._foes: Foes = find_foes(network)
        self._responses: Foes = find_yields(network)

    def lay_out(self, program: Program, intergreen: tuple[tuple[float, ...], ...]) -> Junction:
        """Return a program laid out.

        Raises:
            InputError: green times can't tell what it shows.
        """
        links = links_of(self._network, program.signal, len(program.phases[0].state))
        groups = []
        for group in groups_of(program, self._network):
            if group.kind != UNUSED:
                found = ((k, self._ways.of(link)) for k in group.positions for link in links[k])
                ways = tuple((k, way) for k, way in found if way is not None)
                greens = joined(greens_at(program, group.positions[0]), program.cycle)
                groups.append(Group(group.name, group.kind, greens, ways))
        foes = self._foes.get(program.signal, set())
        responses = self._responses.get(program.signal, set())
        return Junction(program, tuple(groups), frozenset(foes), frozenset(responses), intergreen)


def joined(greens: tuple[Green, ...], cycle: float) -> tuple[Joined, ...]:
    """Return the greens with those that follow on one another, yielding or not, as one."""
    found: list[Joined] = []
    for green in (green for green in greens if green.colour in GO):
        last = found[-1] if found else None
        if last is not None and last.yellow == 0.0 and abs(last.end - green.start) < TOLERANCE:
            found[-1] = Joined(last.start, green.end, last.red_amber, green.yellow)
        else:
            found.append(Joined(green.start, green.end, green.red_amber, green.yellow))
    if len(found) > 1 and found[-1].yellow == 0.0 and abs(found[-1].end - cycle - found[0].start) < TOLERANCE:
        first, last = found[0], found.pop()
        found[0] = Joined(last.start, first.end + cycle, last.red_amber, first.yellow)
    return tuple(found)
