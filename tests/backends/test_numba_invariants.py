"""What must hold in the core after every second, whatever the signals are asked to show."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.watch import Watched
from trafficai.scenario import load_scenario

WINDOWS = {"cologne1": (25200, 25440), "grid4x4": (0, 240), "junction": (0, 300), "arterial5": (0, 180)}


@pytest.fixture(scope="module", params=WINDOWS)
def window(request):
    """A few minutes of a real scenario."""
    begin, end = WINDOWS[request.param]
    return load_scenario(request.param, begin=begin, end=end)


def watch(scenario, requests, seed=1):
    watched = Watched(scenario, seed)
    for second in range(scenario.duration):
        watched.step(requests(second))
    return watched


def follow(scenario):
    return lambda _second: np.full(len(scenario.signals), -1)


def restless(scenario):
    """A new wish for every signal every other second, legal or not."""
    draws = np.random.default_rng(5)
    wishes = draws.integers(-2, 9, size=(scenario.duration // 2 + 1, len(scenario.signals)))
    return lambda second: wishes[second // 2]


@pytest.mark.parametrize("rule", [follow, restless])
def test_everything_that_must_hold_holds_every_second(window, rule):
    watched = watch(window, rule(window))
    assert watched.world.clock[0].num_inserted > 50
    assert watched.world.clock[0].emergency_stops == 0


@pytest.mark.parametrize("rule", [follow, restless])
def test_nobody_overlaps(window, rule):
    """On a lane, no front is beyond the back of the vehicle ahead."""
    watched = watch(window, rule(window), seed=2)
    assert not watched.overlaps
    assert watched.world.clock[0].overlaps == 0


@cache
def ninety_seconds():
    return load_scenario("junction", begin=0, end=90)


@given(data=st.data())
@settings(max_examples=8)
def test_junction_under_any_control(data):
    """Whatever is asked for in whatever rhythm, from whatever seed."""
    scenario = ninety_seconds()
    rhythm = data.draw(st.lists(st.tuples(st.integers(-2, 6), st.integers(1, 25)), min_size=1, max_size=12))
    seed = data.draw(st.integers(0, 2**32 - 1))
    wishes = [phase for phase, seconds in rhythm for _ in range(seconds)]
    watched = watch(scenario, lambda second: np.array([wishes[second % len(wishes)]]), seed)
    assert not watched.overlaps
