"""Signals in the engines: the same colours for the same requests, and nobody drives through red."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conformance.runs import follow_program, restless, round_robin, run
from tests.conformance.watch import WatchedSumo, controlled_moves
from trafficai.backends import BACKENDS, make_backend

RULES = pytest.mark.parametrize("rule", [follow_program, round_robin, restless])


@RULES
def test_phases_are_the_same_in_every_engine(scenario, rule):
    views = []
    for name in BACKENDS:
        backend = make_backend(scenario, name)
        first, snapshots, _ = run(backend, rule)
        views.append([(s.signal_phase.tolist(), s.signal_elapsed.tolist()) for s in (first, *snapshots)])
        backend.close()
    assert views[0] == views[1]


def test_lasting_request_is_shown_and_kept(backend):
    backend.reset(1)
    for phase in (2, 0, 3, 1):
        requested = np.full(len(backend.scenario.signals), phase, np.int32)
        snapshot = backend.advance(requested, 60)
        assert (snapshot.signal_phase == phase).all()
        elapsed = snapshot.signal_elapsed.copy()
        assert (elapsed > 0).all()
        later = backend.advance(np.full_like(requested, -1), 10)
        assert (later.signal_phase == phase).all()
        assert (later.signal_elapsed == elapsed + 10).all()


def test_green_of_one_approach_starves_the_others(backend):
    """A request is more than a number in a snapshot: it decides who drives."""
    kept = run(backend, lambda _decision: 0)
    shared = run(backend, round_robin)
    assert kept.snapshots[-1].total_arrived < 0.8 * shared.snapshots[-1].total_arrived


@pytest.mark.parametrize("rule", [follow_program, restless])
def test_nobody_drives_through_red_in_sumo(scenario, monkeypatch, rule):
    watched, moves, lanes = WatchedSumo(scenario, monkeypatch), controlled_moves(scenario), scenario.network.lanes
    watched.backend.reset(1)
    before, crossings = {}, 0
    for second in range(300):
        now, colours = watched.step(np.full(len(scenario.signals), rule(second), np.int32))
        for vehicle, lane in now.items():
            links = moves.get((lanes[before.get(vehicle, lane)].id, lanes[lane].edge), [])
            crossings += bool(links)
            assert not links or any(colours[signal][link] in "yGg" for signal, link in links)
        before = now
    assert crossings > 50
    watched.backend.close()
