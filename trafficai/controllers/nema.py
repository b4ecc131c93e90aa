"""Dual-ring actuated control (NEMA TS 2): two rings end their greens for themselves, and cross the barrier together."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.actuated import MAX_GREEN_S, Actuated
from trafficai.controllers.base import Designed
from trafficai.controllers.transit import DETECTION_M, EXTENSION_S
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario, Signal
from trafficai.scenario.movements import GO, Movement
from trafficai.scenario.ring_barrier import LEFTS, RINGS, DualRing, dual_rings, with_ring_barrier

Pair = tuple[str, str]
"""Movements of ring 1 and ring 2 that are green together, "" where a ring has none."""


class Nema(Actuated):
    """Fully actuated control of two rings: each left turn and each through movement has its own green.

    Movements have NEMA's numbers: 1 and 5 are the left turns and 2 and 6 the through movements of the street with more
    lanes, 3, 7, 4 and 8 those of the other. A movement is called while a vehicle is within 50 m of its stop line. Its
    green gaps out when there is none, and maxes out ``max_green`` after another movement was first called meanwhile.
    Then its ring goes on to the other movement of the same street, if that is called; else it waits at the barrier for
    the other ring, and both cross together. Left turns come first; a ring that nobody calls shows its through movement
    along with the other ring. Greens rest where nobody calls. NEMA TS 2 (2003), section 3; Koonce et al. (2008),
    "Traffic Signal Timing Manual", FHWA-HOP-08-024, chapters 4 and 5.

    With ``priority``, buses and trams are told apart from ``detection`` on. They call their movement, and hold its
    green while they can still reach the stop line within ``extension`` after the longest green. Where one waits for
    another movement, greens without a bus end at their least, unless they were cut the last time; as for ``actuated``.

    The phases are built from geometry and right of way; signals at junctions without four legs are ``actuated``.

    Args:
        max_green: longest green of a movement while another is called [s].
        priority: whether buses and trams have priority.
        detection: distance from the stop line at which they are seen [m].
        extension: by how much they may lengthen the longest green [s].
    """

    name = "nema"

    def __init__(
        self,
        max_green: float = MAX_GREEN_S,
        priority: bool = False,
        detection: float = DETECTION_M,
        extension: float = EXTENSION_S,
    ) -> None:
        super().__init__(max_green, 0.0, priority, detection, extension)
        self._designed = Designed()
        self._rings: dict[int, RingSignal] = {}

    def design(self, scenario: Scenario) -> Scenario:
        """Return the scenario with every pair of movements as a green phase of the signals that have rings."""
        return self._designed.once(scenario, _with_rings)

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario that ``design`` returned.

        Raises:
            InputError: where the scenario has no signal, or is another.
        """
        super().reset(scenario, seed)
        self._designed.require(scenario, self.name)
        rings = enumerate(zip(scenario.signals, dual_rings(scenario), strict=True))
        self._rings = {
            row: RingSignal(ring, signal, _detectors(scenario, signal, ring), self._max_green, self._extension)
            for row, (signal, ring) in rings
            if _has_choice(ring)
        }

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        requested = super().decide(snapshot)
        is_occupied = self.is_occupied(snapshot)
        times = self._transit.times(snapshot) if self._transit is not None else np.full(is_occupied.shape, np.inf)
        for row, rings in self._rings.items():
            is_green = bool(snapshot.signal_elapsed[row] > 0.0)
            requested[row] = rings.decide(int(snapshot.signal_phase[row]), is_green, is_occupied, times)
        return requested


class RingSignal:
    """The two rings of one signal, second by second.

    Args:
        ring: its movements and pairs.
        signal: with every pair among its green phases.
        lanes: the lanes that call each movement, as indices of normal lanes.
        max_green: longest green of a movement while another is called [s].
        extension: by how much buses and trams may lengthen it [s].
    """

    def __init__(
        self,
        ring: DualRing,
        signal: Signal,
        lanes: Mapping[str, NDArray[np.intp]],
        max_green: float,
        extension: float = 0.0,
    ) -> None:
        states = [signal.green_state(phase) for phase in range(signal.num_phases)]
        self._phases = {_pair(each.name): states.index(each.state) for each in ring.pairs}
        self._pairs = {phase: pair for pair, phase in reversed(self._phases.items())}
        self._served: dict[int, set[str]] = {phase: set() for phase in self._pairs}
        for pair, phase in self._phases.items():  # pairs of the same colours serve each other's movements
            self._served[phase] |= set(pair)
        self._lanes, self._max_green, self._extension = lanes, max_green, extension
        self._transit: dict[str, float] = {}  # [s], until the first bus or tram of a movement is at its stop line
        self._is_awaited = False  # whether one comes that has no green
        self._pair: Pair = ("", "")  # on show
        self._cut: set[str] = set()  # movements whose last green was ended early, though they were called
        self._cutting: set[str] = set()  # movements on show that are being ended so
        self._waited_for = dict.fromkeys(ring.movements, 0)  # [s], of green while another was called

    def decide(self, shown: int, is_green: bool, is_occupied: NDArray[np.bool_], transit: NDArray[np.float64]) -> int:
        """Return the phase to ask for.

        Args:
            shown: the phase on show.
            is_green: whether it is green yet.
            is_occupied: which normal lanes are occupied.
            transit: time until the first bus or tram of each normal lane is at its end [s].
        """
        self._transit = {movement: float(transit[lanes].min(initial=np.inf)) for movement, lanes in self._lanes.items()}
        present = {movement for movement, lanes in self._lanes.items() if is_occupied[lanes].any()}
        calls = present | {movement for movement, time in self._transit.items() if time < np.inf}
        if shown not in self._pairs:
            return self._phases[_entry(list(self._phases), calls)]
        pair, held_back = self._pairs[shown], calls - self._served[shown]
        self._count(pair, is_green and bool(held_back))
        self._is_awaited = any(self._transit[movement] < np.inf for movement in held_back)
        self._note_cuts(pair, present)
        return self._following(shown, calls, held_back) if is_green and held_back else shown

    def _count(self, pair: Pair, is_called: bool) -> None:
        """Count the seconds of green of each movement since another was first called."""
        for movement, waited in self._waited_for.items():
            self._waited_for[movement] = waited + (is_called or waited > 0) if movement in pair else 0

    def _note_cuts(self, pair: Pair, present: Collection[str]) -> None:
        """Remember which greens end, or ended, early for a bus or tram although somebody was there to use them."""
        ended, self._pair = set(self._pair) - set(pair), pair
        self._cut = (self._cut - ended) | (self._cutting & ended)
        self._cutting = {movement for movement in pair if movement in present and self._is_cut(movement)}

    def _is_cut(self, movement: str) -> bool:
        """Return whether a movement's green is to end for a bus or tram of another."""
        return self._is_awaited and self._transit[movement] == np.inf and movement not in self._cut

    def _is_over(self, movement: str, calls: Collection[str]) -> bool:
        """Return whether a movement has gapped out, maxed out or is cut; a ring that shows none is over."""
        if not movement or movement not in calls or self._is_cut(movement):
            return True
        left = self._max_green - self._waited_for[movement]
        return left <= 0.0 and self._transit[movement] > left + self._extension

    def _following(self, shown: int, calls: set[str], held_back: set[str]) -> int:
        """Return the phase to be shown next, which may be the same."""
        pair = self._pairs[shown]
        side = _side(pair)
        across = {movement for ring in RINGS[1 - side] for movement in ring} & calls
        wanted = [self._next_in_ring(side, number, pair[number], calls, is_last=bool(across)) for number in (0, 1)]
        for target in ((wanted[0], wanted[1]), (wanted[0], pair[1]), (pair[0], wanted[1])):
            if self._phases.get(target, shown) != shown:
                return self._phases[target]
        if not all(self._is_over(movement, calls) for movement in pair):
            return shown
        there = [other for other in self._phases if _side(other) != side] if across else []
        sought = there or [other for other in self._phases if set(other) & held_back]
        return self._phases[_entry(sought, calls)] if sought else shown

    def _next_in_ring(self, side: int, number: int, movement: str, calls: Collection[str], *, is_last: bool) -> str:
        """Return what a ring goes on to on this side of the barrier, or what it shows; no way back if ``is_last``."""
        if not self._is_over(movement, calls):
            return movement
        order = RINGS[side][number]
        later = order[order.index(movement) + 1 :] if movement and is_last else order
        return next((other for other in later if other != movement and other in calls), movement)


def _entry(pairs: Collection[Pair], calls: Collection[str]) -> Pair:
    """Return the pair with most movements that are called; of those, called left turns and then through movements."""
    through = {ring[1] for side in RINGS for ring in side}

    def rank(pair: Pair) -> tuple[int, int, int]:
        called = [movement for movement in pair if movement in calls]
        return len(called), sum(m not in through for m in called), sum(m in through for m in pair)

    return max(pairs, key=rank)


def _side(pair: Pair) -> int:
    """Return on which side of the barrier a pair is."""
    return next(side for side, rings in enumerate(RINGS) if any(set(pair) & set(ring) for ring in rings))


def _pair(name: str) -> Pair:
    """Return the movements of a pair by its name, such as 2+6 or 7, ring by ring."""
    numbers = name.split("+")
    first, second = (next((n for n in numbers if any(n in side[r] for side in RINGS)), "") for r in (0, 1))
    return first, second


def _with_rings(scenario: Scenario) -> Scenario:
    """Return the scenario with the pairs of every signal that has rings among its green phases."""
    built, rings = with_ring_barrier(scenario).signals, dual_rings(scenario)
    each = zip(scenario.signals, built, rings, strict=True)
    signals = tuple(new if _has_choice(ring) else own for own, new, ring in each)
    mark = hashlib.sha256(f"{scenario.sha256} dual rings".encode()).hexdigest()
    return replace(scenario, signals=signals, sha256=mark)


def _has_choice(ring: DualRing) -> bool:
    """Return whether there are two rings, and something to choose."""
    return len({pair.state for pair in ring.pairs}) >= 2


def _detectors(scenario: Scenario, signal: Signal, ring: DualRing) -> dict[str, NDArray[np.intp]]:
    """Return the normal lanes that call each movement: those it has to itself, if it has any.

    A left turn without a lane of its own that may go with its through movement is not called: nobody could tell who
    waits for it.
    """
    index = scenario.network.normal_lane_index
    found = {}
    for number, each in ring.movements.items():
        sources = {source for position in each.keys for source, _ in signal.links[position] if source in index}
        through = next((n for n, left in LEFTS.items() if left == number and n in ring.movements), "")
        if through:
            beside = ring.movements[through].keys
            shared = {source for position in beside for source, _ in signal.links[position]}
            own = sources - shared
            sources = own if own or _goes_along(ring, each, through) else sources
        found[number] = np.array(sorted(index[source] for source in sources), dtype=np.intp)
    return found


def _goes_along(ring: DualRing, left: Movement, through: str) -> bool:
    """Return whether a left turn has some green wherever a through movement has."""
    states = [pair.state for pair in ring.pairs if through in pair.name.split("+")]
    return all(state[position] in GO for state in states for position in left.keys)
