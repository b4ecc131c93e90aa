"""The signal monitor in both engines: it sees what is shown, and the clearance function gives it no cause."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.conformance.runs import follow_program, restless, round_robin, run
from trafficai.backends import BACKENDS, make_backend, worlds
from trafficai.backends.compile import compile_scenario
from trafficai.backends.numba import NumbaBackend
from trafficai.backends.sumo import SumoBackend


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("rule", [follow_program, round_robin, restless])
def test_every_second_is_watched_and_there_is_no_fault(scenario, name, rule):
    backend = make_backend(scenario, name)
    _, snapshots, _ = run(backend, rule)
    watch = backend.signal_watch()
    seconds = int(snapshots[-1].time) - scenario.begin
    assert (watch.signal_seconds, watch.faults, watch.first) == (seconds * len(scenario.signals), 0, None)
    assert not snapshots[-1].signal_fault.any()
    backend.reset(1)
    assert backend.signal_watch().signal_seconds == 0
    backend.close()


def cut_yellow(tables):
    """Make a clearance function's yellow one second too short."""
    return tables._replace(links=shortened(tables.links))


def shortened(links):
    short = links.copy()
    short["yellow"] -= 1000
    return short


def drive(backend, scenario):
    backend.reset(1)
    for second in range(60):
        snapshot = backend.advance(np.full(len(scenario.signals), second // 20 % 2, np.int32), 1)
    watch = backend.signal_watch()
    backend.close()
    return snapshot, watch


def test_the_core_tells_what_its_drivers_see(scenario, monkeypatch):
    compiled = compile_scenario(scenario)
    cut = compiled._replace(signals=cut_yellow(compiled.signals))
    monkeypatch.setattr(worlds, "compile_scenario", lambda _: cut)
    snapshot, watch = drive(NumbaBackend(scenario), scenario)
    assert watch.first.rule == "yellow too short"
    assert snapshot.signal_fault[0] == 3


def test_sumo_tells_what_it_showed_itself(scenario):
    backend = SumoBackend(scenario)
    backend._tables = cut_yellow(backend._tables)
    snapshot, watch = drive(backend, scenario)
    assert watch.first.rule == "yellow too short"
    assert snapshot.signal_fault[0] == 3


@pytest.mark.parametrize("name", BACKENDS)
def test_a_matrix_is_kept_in_every_engine(scenario, name):
    size = [len(signal.links) for signal in scenario.signals]
    slow = tuple(
        replace(signal, intergreen=tuple(tuple(9.0 for _ in range(n)) for _ in range(n)), max_red=400.0)
        for signal, n in zip(scenario.signals, size, strict=True)
    )
    backend = make_backend(replace(scenario, signals=slow), name)
    run(backend, restless)
    assert backend.signal_watch().faults == 0
    backend.close()
