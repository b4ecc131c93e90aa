"""Worlds of several scenarios in one batch: each is the single world of its seed, whatever runs beside it."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from trafficai.backends import simulation
from trafficai.backends.numba import NumbaBackend
from trafficai.backends.worlds import Worlds, make_kind
from trafficai.scenario import load_scenario

INTERVAL_S = 30
DECISIONS = 12
LITTLE_ROOM = 16


def same(snapshot, other):
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(snapshot, other, strict=True))


@pytest.mark.skipif(find_spec("sumo_rl") is None, reason="the RESCO maps come with sumo-rl")
@pytest.mark.parametrize("threads", [1, 2])
def test_worlds_of_several_scenarios_equal_single_ones(threads, monkeypatch):
    """In the batch there is too little room at first, so that worlds have to be given more on the way."""
    kinds = [make_kind(load_scenario(name)) for name in ("cologne1", "grid4x4")]
    order, seeds = [kinds[0], kinds[1], kinds[0]], [5, 6, 7]
    singles = [NumbaBackend(kind.scenario) for kind in order]
    monkeypatch.setattr(simulation, "FIRST_ROOM", LITTLE_ROOM)
    worlds = Worlds(order, threads)
    worlds.reset(seeds)
    for single, seed in zip(singles, seeds, strict=True):
        single.reset(seed)
    draws = np.random.default_rng(1)
    for _ in range(DECISIONS):
        requested = draws.integers(-1, 3, (3, 16)).astype(np.int32)
        worlds.advance(requested, INTERVAL_S)
        for w, (kind, single) in enumerate(zip(order, singles, strict=True)):
            alone = single.advance(requested[w, : kind.layout.signal], INTERVAL_S)
            assert same(kind.layout.snapshot(worlds.values[w, : kind.layout.size]), alone)
    assert min(len(each.world.items) for each in worlds.simulations) > 2 * LITTLE_ROOM
    worlds.close()


def test_rows_can_be_reset_one_by_one():
    kind = make_kind(load_scenario("junction"))
    worlds, fresh = Worlds([kind] * 2), Worlds([kind] * 2)
    requests = np.zeros((2, kind.layout.signal), dtype=np.int32)
    worlds.reset([1, 2])
    worlds.advance(requests, INTERVAL_S)
    before = worlds.values[0].copy()
    worlds.reset([3], rows=np.array([1]))
    fresh.reset([1, 3])
    assert np.array_equal(worlds.values[0], before)
    assert np.array_equal(worlds.values[1], fresh.values[1])


def test_worlds_stop_at_their_end():
    kind = make_kind(load_scenario("junction", end=45))
    worlds = Worlds([kind])
    worlds.reset([1])
    requests = np.zeros((1, kind.layout.signal), dtype=np.int32)
    times = []
    for _ in range(3):
        worlds.advance(requests, INTERVAL_S)
        times.append(float(kind.layout.snapshot(worlds.values[0]).time))
    assert times == [30.0, 45.0, 45.0]


def test_requests_and_seeds_of_another_number_are_refused():
    worlds = Worlds([make_kind(load_scenario("junction"))] * 2)
    with pytest.raises(ValueError, match="1 seeds for 2 worlds"):
        worlds.reset([1])
    worlds.reset([1, 2])
    with pytest.raises(ValueError, match="requests must be"):
        worlds.advance(np.zeros((1, 1), dtype=np.int32), 1)
