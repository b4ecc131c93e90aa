"""Which signals share a cycle: those that send each other traffic over a short way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from trafficai.controllers.bands import links_of
from trafficai.scenario.model import Scenario

FARTHEST_S: Final = 58.0
"""Signals further apart than this are not coordinated [s of driving]: 800 m at 50 km/h (MUTCD 2009, section 4D.01)."""


def areas_of(scenario: Scenario, signals: Collection[int]) -> tuple[tuple[int, ...], ...]:
    """Return some of the scenario's signals, parted into areas that are worth coordinating, each in order.

    Two signals are of one area where a stream drives from one to the other within FARTHEST_S, or where both are of one
    area with a third.
    """
    links = links_of(scenario)
    near = {(link.start.signal, link.end.signal) for link in links if link.time <= FARTHEST_S}
    return _joined(sorted(signals), (pair for pair in near if set(pair) <= set(signals)))


def _joined(signals: Iterable[int], pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Return the signals, parted so that both of every pair are together."""
    part = {signal: {signal} for signal in signals}
    for one, other in pairs:
        if part[one] is not part[other]:
            part[one] |= part[other]
            for signal in part[other]:
                part[signal] = part[one]
    return tuple(sorted({tuple(sorted(members)) for members in part.values()}))
