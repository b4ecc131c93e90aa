"""Every phase that two rings with barriers allow (NEMA TS 2), also those that a signal's own program lacks.

A four-legged junction has the phases of NEMA: through movements 2, 4, 6 and 8 clockwise, each left turn with the number
of its ring that precedes the opposing through movement. One movement of each ring is green at a time, both of the same
side of the barrier: 1 or 2 with 5 or 6, 3 or 4 with 7 or 8. Any other junction has every largest set of movements that
do not conflict. What conflicts, and who yields, stands in the right-of-way matrix of the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice, product
from typing import Final, NamedTuple

from trafficai.scenario.foes import find_foes, find_yields
from trafficai.scenario.model import Connection, Scenario, Signal
from trafficai.scenario.movements import GO, Approach, Movement, approaches_of

THROUGHS: Final = ("2", "4", "6", "8")  # of the approaches, clockwise
LEFTS: Final = {"2": "5", "4": "7", "6": "1", "8": "3"}  # left turn of each approach, by its through movement
RINGS: Final = ((("1", "2"), ("5", "6")), (("3", "4"), ("7", "8")))  # of each side of the barrier, both rings

MOST_SETS: Final = 32
"""A signal with more sets of movements, such as one over several junctions, keeps the phases of its program: each phase
more lengthens the longest red that can be kept."""

Pairs = set[tuple[int, int]]


class RingPair(NamedTuple):
    """Movements that are green together."""

    name: str  # such as "2+6", or the edges they come from
    state: str


class DualRing(NamedTuple):
    """What two rings have at one signal; nothing where it is no four-legged junction."""

    movements: dict[str, Movement]  # by NEMA's number
    pairs: tuple[RingPair, ...]  # each combination of numbers, some of the same colours


class _Matrix(NamedTuple):
    """Right of way among the positions of a signal."""

    foes: Pairs  # both ways round
    yields: Pairs  # the first yields to the second

    def is_free(self, some: Iterable[int], others: Iterable[int]) -> bool:
        """Return whether no position of some conflicts with one of the others."""
        others = tuple(others)
        return not any((a, b) in self.foes for a in some for b in others)

    def gives_way(self, position: int, other: int) -> bool:
        """Return whether the position yields wherever it conflicts with the other."""
        return (position, other) not in self.foes or (position, other) in self.yields


def with_ring_barrier(scenario: Scenario) -> Scenario:
    """Return the scenario with every pair of ``ring_pairs`` as a green phase, behind those of the program."""
    signals = (_with_pairs(s, pairs) for s, pairs in zip(scenario.signals, ring_pairs(scenario), strict=True))
    return replace(scenario, signals=tuple(signals))


def _with_pairs(signal: Signal, pairs: tuple[RingPair, ...]) -> Signal:
    own = {signal.program.phases[row].state for row in signal.green_phases}
    return replace(signal, built_greens=tuple(pair.state for pair in pairs if pair.state not in own))


def ring_pairs(scenario: Scenario) -> tuple[tuple[RingPair, ...], ...]:
    """Return the movements that may be green together at each signal, no colours twice; none if there are too many."""
    return tuple(
        _pairs_of(signal, approaches, matrix)
        for signal, (approaches, matrix) in zip(scenario.signals, _layouts(scenario), strict=True)
    )


def dual_rings(scenario: Scenario) -> tuple[DualRing, ...]:
    """Return the two rings of each signal."""
    found = []
    for signal, (approaches, matrix) in zip(scenario.signals, _layouts(scenario), strict=True):
        movements = _numbered(approaches, matrix)
        named = _of_rings(movements, matrix) if movements else ()
        found.append(DualRing(movements, tuple(_ring_pair(signal, *each, matrix) for each in named)))
    return tuple(found)


def _layouts(scenario: Scenario) -> Iterator[tuple[list[Approach], _Matrix]]:
    """Yield the approaches and the right of way of each signal."""
    foes, yields = find_foes(scenario.network), find_yields(scenario.network)
    connections: dict[str, list[Connection]] = {signal.id: [] for signal in scenario.signals}
    for connection in scenario.network.connections:
        if connection.signal in connections:
            connections[connection.signal].append(connection)
    for signal in scenario.signals:
        matrix = _Matrix(_contested(signal, foes.get(signal.id, set())), yields.get(signal.id, set()))
        yield approaches_of(signal, connections[signal.id], scenario.network), matrix


def _contested(signal: Signal, foes: Pairs) -> Pairs:
    """Return the conflicts, without those of positions that the program gives the right of way at the same time."""
    states = [phase.state for phase in signal.program.phases]
    return {(a, b) for a, b in foes if not any(state[a] == state[b] == "G" for state in states)}


def _pairs_of(signal: Signal, approaches: list[Approach], matrix: _Matrix) -> tuple[RingPair, ...]:
    numbered = _numbered(approaches, matrix)
    found = tuple(islice(_of_rings(numbered, matrix) if numbered else _largest_sets(approaches, matrix), MOST_SETS + 1))
    if len(found) > MOST_SETS:
        return ()
    by_state: dict[str, RingPair] = {}
    for name, movements in found:
        pair = _ring_pair(signal, name, movements, matrix)
        by_state.setdefault(pair.state, pair)
    return tuple(by_state.values())


def _ring_pair(signal: Signal, name: str, movements: Sequence[Movement], matrix: _Matrix) -> RingPair:
    """Return movements that go together with the colours that are shown then."""
    keys = frozenset[int]().union(*(movement.keys for movement in movements))
    return RingPair(name, _in_program(signal, _state(signal, keys, movements, matrix), keys))


def _in_program(signal: Signal, state: str, keys: frozenset[int]) -> str:
    """Return the first green of the program that lets all of a state go, its keys with right of way, else the state."""
    own = [signal.program.phases[row].state for row in signal.green_phases]
    go = {position for position, letter in enumerate(state) if letter in GO}
    covering = (o for o in own if all(o[p] == state[p] for p in keys) and all(o[p] in GO for p in go))
    return state if state in own else next(covering, state)


def _numbered(approaches: list[Approach], matrix: _Matrix) -> dict[str, Movement]:
    """Return the movements of a four-legged junction by NEMA's numbers; none where it is another junction.

    Where a left turn can't go without the others of its edge, they all stand by both their numbers, such as 2+5.
    """
    if len(approaches) != 4:
        return {}
    clockwise = sorted(approaches, key=lambda approach: -approach.heading)
    if not all(matrix.is_free(a.through.keys, b.through.keys) for a, b in zip(clockwise, clockwise[2:], strict=False)):
        return {}
    first = _first_of_main_street(approaches, clockwise)
    movements: dict[str, Movement] = {}
    for number, approach in zip(THROUGHS, clockwise[first:] + clockwise[:first], strict=True):
        movements[number] = approach.through
        if approach.left is not None:
            movements[LEFTS[number]] = approach.left
        if approach.whole is not None:
            movements["+".join(sorted((number, LEFTS[number])))] = approach.whole
    return movements


def _first_of_main_street(approaches: list[Approach], clockwise: list[Approach]) -> int:
    """Return which approach, clockwise, has the number 2: of the street with more lanes the one that comes first.

    Where both streets have as many, it is the one that comes first of all.
    """
    lanes = [clockwise[k].num_lanes + clockwise[(k + 2) % 4].num_lanes for k in range(4)]
    return min(range(4), key=lambda k: (-lanes[k], approaches.index(clockwise[k])))


def _of_rings(movements: dict[str, Movement], matrix: _Matrix) -> Iterator[tuple[str, list[Movement]]]:
    """Yield the pairs of one movement of each ring, and each movement by itself that has no partner."""
    for first_ring, second_ring in RINGS:
        paired = set()
        for one, two in product(first_ring, second_ring):
            name = f"{one}+{two}"
            pair = [movements[n] for n in ((name,) if name in movements else (one, two)) if n in movements]
            if name in movements or (len(pair) == 2 and matrix.is_free(pair[0].keys, pair[1].keys)):
                paired |= {one, two}
                yield name, pair
        for number in (*first_ring, *second_ring):
            if number in movements and number not in paired:
                yield number, [movements[number]]


def _largest_sets(approaches: list[Approach], matrix: _Matrix) -> Iterator[tuple[str, list[Movement]]]:
    """Yield every set of movements without conflict to which no other can be added."""
    movements = [m for a in approaches for m in (a.through, a.left, a.whole) if m is not None]
    free = {i: set[int]() for i in range(len(movements))}
    for i, j in combinations(range(len(movements)), 2):
        one, two = movements[i].keys, movements[j].keys
        if one.isdisjoint(two) and matrix.is_free(one, two):
            free[i].add(j)
            free[j].add(i)
    for chosen in _cliques(free, [], set(free), set()):
        yield "+".join(movements[i].name for i in chosen), [movements[i] for i in chosen]


def _cliques(free: dict[int, set[int]], chosen: list[int], left: set[int], done: set[int]) -> Iterator[list[int]]:
    """Yield the largest sets of nodes that are all joined (Bron and Kerbosch 1973), each in order."""
    if not left and not done and chosen:
        yield sorted(chosen)
    for node in sorted(left):
        yield from _cliques(free, [*chosen, node], left & free[node], done & free[node])
        left, done = left - {node}, done | {node}


def _state(signal: Signal, keys: frozenset[int], movements: Sequence[Movement], matrix: _Matrix) -> str:
    """Return the colours of a phase of these movements.

    What goes along, goes where it yields to every movement that it conflicts with. So does what shows nothing to road
    vehicles, such as a crossing, where the program also has it green together with each that is.
    """
    green = set(keys)
    riders = sorted(frozenset[int]().union(*(movement.riders for movement in movements)) - keys)
    crossings = [position for position, links in enumerate(signal.links) if not links]
    for position in (*riders, *crossings):
        is_allowed = position in riders or all(_go_together(signal, position, other) for other in green)
        if is_allowed and all(_may_join(position, other, other in keys, matrix) for other in green):
            green.add(position)
    return "".join(_letter(signal, position, green, matrix) for position in range(len(signal.links)))


def _may_join(position: int, other: int, is_key: bool, matrix: _Matrix) -> bool:
    return matrix.gives_way(position, other) or (not is_key and matrix.gives_way(other, position))


def _go_together(signal: Signal, position: int, other: int) -> bool:
    """Return whether the program ever has both positions green."""
    return any({phase.state[position], phase.state[other]} <= GO for phase in signal.program.phases)


def _letter(signal: Signal, position: int, green: set[int], matrix: _Matrix) -> str:
    """Return the colour of a position where these are green: yielding where it must, red as the program shows it."""
    if position in green:
        rivals = ((position, other) for other in green if (position, other) in matrix.foes)
        return "g" if any(rival in matrix.yields for rival in rivals) else "G"
    shown = {phase.state[position] for phase in signal.program.phases}
    return "s" if "s" in shown and "r" not in shown else "r"
