"""Green bands: which streams are to drive through on green, and the offsets that let most of them (MAXBAND)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.turning import Turn, edge_times
from trafficai.scenario.model import Scenario

LEAST_FLOW: Final = 36.0
"""Streams between two signals with less are left out [veh/h]: one in 100 s, no platoon."""

GAP: Final = 0.05
"""Offsets are good enough when none can be better by more than this share."""

NODE_LIMIT: Final = 300
"""Branches that are looked at before the best offsets so far are taken; a limit of time would give other offsets on
other machines."""


class Passage(NamedTuple):
    """One signal as a stream takes it."""

    signal: int  # index into scenario.signals
    turn: Turn


class Link(NamedTuple):
    """A stream from one signal to the next."""

    flow: float  # [veh/h]
    time: float  # [s], on empty roads
    start: Passage
    end: Passage


class Stop(NamedTuple):
    """A stop line that a band has to pass."""

    signal: int  # of those whose offsets are sought
    start: float  # [s], begin of green after the begin of the cycle
    length: float  # [s], of the green
    time: float  # [s], from the band's first stop line


class Band(NamedTuple):
    """What is to drive through."""

    weight: float
    stops: tuple[Stop, ...]


class Progression(NamedTuple):
    """The offsets found, and what they give."""

    offsets: tuple[float, ...]  # [s], of each signal
    widths: tuple[float, ...]  # [s], of each band


def links_of(scenario: Scenario) -> list[Link]:
    """Return the streams from one signal to the next, by the routes of the demand, heaviest first."""
    times = edge_times(scenario.network)
    signal_at = _signal_of_turns(scenario)
    counts: defaultdict[tuple[Passage, Passage], int] = defaultdict(int)
    taken: dict[tuple[Passage, Passage], float] = {}
    for vehicle in scenario.vehicles:
        before: Passage | None = None
        driven = 0.0
        for turn in zip(vehicle.route, vehicle.route[1:], strict=False):
            driven += times[turn[0]]
            if turn in signal_at:
                here = Passage(signal_at[turn], turn)
                if before is not None and before.signal != here.signal:
                    counts[before, here] += 1
                    taken[before, here] = driven
                before, driven = here, 0.0
    hours = scenario.duration / 3600.0
    links = [Link(count / hours, taken[pair], *pair) for pair, count in counts.items()]
    return sorted(
        (link for link in links if link.flow >= LEAST_FLOW), key=lambda link: (-link.flow, link.start, link.end)
    )


def _signal_of_turns(scenario: Scenario) -> dict[Turn, int]:
    """Return which signal each turn is under, of those that are under one."""
    index = {signal.id: i for i, signal in enumerate(scenario.signals)}
    return {
        (each.from_edge, each.to_edge): index[each.signal]
        for each in scenario.network.connections
        if each.signal is not None and each.signal in index
    }


def chains(links: Sequence[Link]) -> list[tuple[Link, ...]]:
    """Return the links joined to chains: each is followed by the heaviest that goes on, and by none twice."""
    following: dict[Passage, Link] = {}
    preceding: dict[Passage, Link] = {}
    for link in links:  # heaviest first
        if link.start not in following and link.end not in preceding:
            following[link.start], preceding[link.end] = link, link
    found: list[tuple[Link, ...]] = []
    taken: set[Link] = set()
    begins = [link for link in following.values() if link.start not in preceding]
    for link in (*begins, *following.values()):  # the latter for what runs in circles
        if link not in taken:
            found.append(_chain(link, following, taken))
            taken |= set(found[-1])
    return found


def _chain(link: Link, following: Mapping[Passage, Link], taken: Set[Link]) -> tuple[Link, ...]:
    """Return the chain that begins with a link; no signal is passed twice, no link taken twice."""
    chain, seen = [link], {link.start.signal, link.end.signal}
    while (after := following.get(chain[-1].end)) and after not in taken and after.end.signal not in seen:
        chain.append(after)
        seen.add(after.end.signal)
    return tuple(chain)


def best_offsets(num_signals: int, cycle: float, bands: Sequence[Band]) -> Progression:
    """Return the offsets that give the bands the greatest sum of weight x width, the first offset being 0.

    A band is as wide as the window of times at which one can start at its first stop line and find green at each: the
    mixed-integer program of Little (1966) and of MAXBAND (Little, Kelson and Gartner 1981, Transportation Research
    Record 795), for given cycle, splits, order of phases and travel times, and any set of bands. A band that can't have
    any width is given up.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    program = _Program(num_signals, cycle, bands)
    result = milp(
        program.costs,
        constraints=LinearConstraint(np.array(program.rows), -np.inf, np.array(program.limits)),
        integrality=program.is_integer,
        bounds=Bounds(program.low, program.high),
        options={"node_limit": NODE_LIMIT, "mip_rel_gap": GAP},
    )
    if result.x is None:
        return Progression((0.0,) * num_signals, (0.0,) * len(bands))
    offsets = tuple(round(float(each), 6) % cycle for each in result.x[:num_signals])
    widths = tuple(round(float(result.x[program.column(k)]), 6) for k in range(len(bands)))
    return Progression(offsets, widths)


class _Program:
    """The rows of the mixed-integer program: costs of, and limits on, offsets and what each band has.

    Columns: the offsets; then of each band its width, its start after the begin of the first green, whether it is
    there, and for every further stop line the cycle in which it comes there. A band of two stop lines can always be.
    """

    def __init__(self, num_signals: int, cycle: float, bands: Sequence[Band]) -> None:
        firsts = np.cumsum([num_signals, *(2 + len(band.stops) for band in bands)])
        self._firsts, size = firsts[:-1].tolist(), int(firsts[-1])
        self._cycle = cycle
        self.costs, self.is_integer = np.zeros(size), np.zeros(size)
        self.low, self.high = np.zeros(size), np.full(size, cycle)
        self.high[0] = 0.0
        self.rows: list[NDArray[np.float64]] = []
        self.limits: list[float] = []
        for band, first in zip(bands, self._firsts, strict=True):
            self._add(band, first)

    def column(self, band: int) -> int:
        """Return the column of a band's width."""
        return int(self._firsts[band])

    def _add(self, band: Band, width: int) -> None:
        """Add a band: it is inside the green at every stop line, or is not there."""
        start, is_there = width + 1, width + 2
        self.costs[width] = -band.weight
        self.is_integer[is_there], self.high[is_there] = 1.0, 1.0
        self.low[is_there] = 1.0 if len(band.stops) == 2 else 0.0
        origin = band.stops[0]
        self.high[start] = self.high[width] = origin.length
        self._row({width: 1.0, start: 1.0}, origin.length)
        self._row({width: 1.0, is_there: -origin.length}, 0.0)
        for k, stop in enumerate(band.stops[1:]):
            self._add_stop(origin, stop, width, width + 3 + k)

    def _add_stop(self, origin: Stop, stop: Stop, width: int, turn: int) -> None:
        """Add that a band comes to a stop line in green, in whichever cycle."""
        start, is_there, cycle = width + 1, width + 2, self._cycle
        shift = origin.start + stop.time - stop.start  # [s], from the signal's green to the band, both offsets being 0
        self.low[turn] = math.ceil((shift - cycle - stop.length) / cycle)
        self.high[turn] = math.floor((shift + cycle + origin.length) / cycle)
        self.is_integer[turn] = 1.0
        after = {origin.signal: 1.0, start: 1.0, stop.signal: -1.0, turn: -cycle}
        self._row({**{column: -value for column, value in after.items()}, is_there: cycle}, cycle + shift)
        self._row({**after, width: 1.0, is_there: cycle}, cycle + stop.length - shift)

    def _row(self, entries: Mapping[int, float], limit: float) -> None:
        """Add that the sum of the entries is at most the limit."""
        row = np.zeros(len(self.costs))
        for column, value in entries.items():
            row[column] += value
        self.rows.append(row)
        self.limits.append(limit)
