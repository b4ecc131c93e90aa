"""Signal groups: the positions of a signal's state string that a planner gives one row of the timing plan."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from trafficai.plans.timetable import Green, greens_at
from trafficai.scenario.kinds import KINDS, kind_of, links_of
from trafficai.scenario.model import Network, Program

LETTERS: Final = dict(zip(KINDS, "KBRFX", strict=True))
"""What names of groups begin with, as in German plans: Kfz, Bus und Bahn, Rad, Fuss."""


class SignalGroup(NamedTuple):
    """Positions that always show the same."""

    signal: str  # id
    name: str  # unique within the signal
    kind: str  # of KINDS
    positions: tuple[int, ...]  # of the state string


def groups_of(program: Program, network: Network) -> tuple[SignalGroup, ...]:
    """Return the groups of a program: positions of one approach and one kind that always show the same.

    Raises:
        InputError: green times can't tell what the program shows.
    """
    size = len(program.phases[0].state)
    links = links_of(network, program.signal, size)
    found: dict[tuple[str, tuple[str, ...], tuple[Green, ...]], list[int]] = {}
    for position in range(size):
        approaches = tuple(sorted({link.from_edge for link in links[position]}))
        key = (kind_of(network, links[position]), approaches, greens_at(program, position))
        found.setdefault(key, []).append(position)
    counts: Counter[str] = Counter()
    groups = []
    for (kind, _, _), positions in found.items():
        counts[kind] += 1
        groups.append(SignalGroup(program.signal, f"{LETTERS[kind]}{counts[kind]}", kind, tuple(positions)))
    return tuple(groups)
