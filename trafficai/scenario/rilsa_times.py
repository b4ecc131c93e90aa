"""Gives signals the times of RiLSA: yellow by speed, red-amber, and an intergreen for every two that conflict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from trafficai.scenario.changes import GO
from trafficai.scenario.foes import find_foes
from trafficai.scenario.kinds import PEDESTRIANS, kind_of, links_of
from trafficai.scenario.model import Connection, Network, Signal
from trafficai.scenario.programs import LEAST_YELLOW
from trafficai.scenario.rilsa import rilsa_intergreen, rilsa_yellow
from trafficai.scenario.ways import Way, Ways

RED_AMBER_S: Final = 1.0
"""Before green [s] (VwV-StVO on § 37)."""

LEAST_INTERGREEN_S: Final = 1.0
"""Between two that conflict [s]: also where who enters takes longer than who clears."""

Matrix = tuple[tuple[float, ...], ...]


class RilsaTimes:
    """The times of the signals of one network."""

    def __init__(self, network: Network) -> None:
        self._network, self._ways, self._foes = network, Ways(network), find_foes(network)

    def of(self, signal: Signal) -> Signal:
        """Return the signal with RiLSA's times; an intergreen matrix that the scenario gives stays."""
        links = links_of(self._network, signal.id, len(signal.links))
        ways = [self._ways_of(each) for each in links]
        yellows = self._yellows(signal, links, ways)
        intergreen = signal.intergreen or self._intergreens(signal, yellows, ways)
        return replace(
            signal, yellow=max(yellows), yellows=yellows, red_amber=RED_AMBER_S, intergreen=intergreen, all_red=0.0
        )

    def crossing_length(self, signal: Signal, phase: int) -> float:
        """Return the longest pedestrian crossing that is green in a green phase [m]; 0 where none is."""
        links, state = links_of(self._network, signal.id, len(signal.links)), signal.green_state(phase)
        ways = [way for each, letter in zip(links, state, strict=True) if letter in GO for way in self._ways_of(each)]
        return max((way.length for way in ways if way.kind == PEDESTRIANS), default=0.0)

    def _ways_of(self, links: Sequence[Connection]) -> list[Way]:
        return [way for way in map(self._ways.of, links) if way is not None]

    def _yellows(
        self, signal: Signal, links: Sequence[tuple[Connection, ...]], ways: Sequence[Sequence[Way]]
    ) -> tuple[float, ...]:
        """Return the yellow of each position [s]: of those of an edge that are green together, the longest.

        Pedestrians have none.
        """
        states = [signal.green_state(phase) for phase in range(signal.num_phases)]
        together: defaultdict[tuple[str, ...], list[float]] = defaultdict(lambda: [LEAST_YELLOW])
        keys = []
        for position, (own, along) in enumerate(zip(links, ways, strict=True)):
            greens = "".join("G" if state[position] in GO else "r" for state in states)
            keys.append((*sorted({link.from_edge for link in own}), greens))
            together[keys[-1]] += map(rilsa_yellow, along)
        kinds = [kind_of(self._network, own) for own in links]
        return tuple(0.0 if kind == PEDESTRIANS else max(together[key]) for key, kind in zip(keys, kinds, strict=True))

    def _intergreens(self, signal: Signal, yellows: Sequence[float], ways: Sequence[Sequence[Way]]) -> Matrix:
        """Return the intergreens [s], [i][j] from the end of green of i to green of j; 0 where none is needed."""
        foes = self._foes.get(signal.id, set())
        size = range(len(ways))
        return tuple(
            tuple(_intergreen(ways[i], ways[j], yellows[i]) if (i, j) in foes else 0.0 for j in size) for i in size
        )


def _intergreen(ending: Sequence[Way], starting: Sequence[Way], yellow: float) -> float:
    """Return the longest intergreen of any two ways [s]; the yellow where the matrix alone says that they conflict."""
    needed = (rilsa_intergreen(one, other) for one in ending for other in starting)
    return max(LEAST_INTERGREEN_S, max((time for time in needed if time is not None), default=yellow))
