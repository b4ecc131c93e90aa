"""How the conformance tests run an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from trafficai.backends import Backend
from trafficai.datatypes import Snapshot, Trips

Rule = Callable[[int], int]
"""The request at each decision, by the decision's number."""


class Run(NamedTuple):
    """One run: the first snapshot, one snapshot per decision, and the trips."""

    first: Snapshot
    snapshots: list[Snapshot]
    trips: Trips


def follow_program(_decision: int) -> int:
    """Ask for nothing."""
    return -1


def round_robin(decision: int) -> int:
    """Ask for the next of four phases every third decision."""
    return decision // 3 % 4


def restless(decision: int) -> int:
    """Change one's mind at every decision, sometimes for a phase that does not exist."""
    return (-1, 2, 0, 9, 3, 1, 1, -5, 0)[decision % 9]


def run(backend: Backend, rule: Rule = follow_program, seed: int = 1, decision_interval: int = 5) -> Run:
    """Run the backend's scenario to its end."""
    first = backend.reset(seed)
    num_decisions = -(-backend.scenario.duration // decision_interval)
    num_signals = len(backend.scenario.signals)
    requests = (np.full(num_signals, rule(decision), np.int32) for decision in range(num_decisions))
    snapshots = [backend.advance(requested, decision_interval) for requested in requests]
    return Run(first, snapshots, backend.trips())
