"""Green phases that no program shows, asked for at random: both engines show them, and the monitor has no objection."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.random_scenarios import SHAPES, Recipe, make
from trafficai.backends import BACKENDS, make_backend
from trafficai.backends.signals import with_max_red
from trafficai.scenario import load_scenario
from trafficai.scenario.ring_barrier import with_ring_barrier

SECONDS = 600
MAPS = {"cologne8": 25200, "ingolstadt21": 57600, "grid4x4": 0}  # [s], when they begin


@cache
def load(name):
    return with_max_red(with_ring_barrier(load_scenario(name, end=MAPS[name] + SECONDS)), 200.0)


def run_at_random(scenario, engine):
    """Return the phases shown after each decision, and what the monitor saw."""
    num_phases = np.array([signal.num_phases for signal in scenario.signals])
    backend, random = make_backend(scenario, engine), np.random.default_rng(1)
    backend.reset(1)
    shown = []
    for _ in range(scenario.duration // 5):
        snapshot = backend.advance(random.integers(0, num_phases).astype(np.int32), 5)
        shown.append(snapshot.signal_phase)
    watch = backend.signal_watch()
    backend.close()
    return shown, watch


@pytest.mark.parametrize("engine", BACKENDS)
@pytest.mark.parametrize("name", MAPS)
def test_random_phases_of_the_rings_are_no_fault(name, engine):
    scenario = load(name)
    shown, watch = run_at_random(scenario, engine)
    assert (watch.signal_seconds, watch.faults) == (SECONDS * len(scenario.signals), 0)
    assert (np.max(shown, axis=0) >= [len(signal.green_phases) for signal in scenario.signals]).sum() == sum(
        bool(signal.built_greens) for signal in scenario.signals
    )


@pytest.mark.parametrize("lanes", [1, 2, 3])
@pytest.mark.parametrize("shape", SHAPES)
def test_random_phases_are_no_fault_on_random_networks(shape, lanes):
    scenario = with_max_red(with_ring_barrier(make(Recipe(shape, "traffic_light", lanes, 1, 60, 7, 300))), 200.0)
    assert run_at_random(scenario, "numba")[1].faults == 0


def test_both_engines_show_the_same_colours_of_built_greens():
    scenario = load("cologne8")
    views = []
    for name in BACKENDS:
        backend, random = make_backend(scenario, name), np.random.default_rng(2)
        backend.reset(1)
        for _ in range(60):
            snapshot = backend.advance(random.integers(0, 6, len(scenario.signals)).astype(np.int32), 5)
            views.append((snapshot.signal_phase.tolist(), snapshot.signal_elapsed.tolist()))
        backend.close()
    assert views[:60] == views[60:]
