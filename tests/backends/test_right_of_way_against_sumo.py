"""Who has to stop and who may depart where ways cross, in the core and in SUMO."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.micro import EXACT, assert_same_ways, program, vehicle, ways_in_core
from trafficai.backends.numba import NumbaBackend

RED, ARROW = "r" * 12, "rrrrrrrrrsGr"  # right turns from the west by an arrow, straight on with green


@pytest.mark.parametrize(("first", "stands_again"), [(2.0, False), (3.1, False), (3.2, True), (5.0, True)])
def test_who_stood_within_sight_of_an_arrow_need_not_stand_at_the_line(micro_scenario, tmp_path, first, stands_again):
    """Foes are seen from 4.5 m on: it stood there behind 3.1 m, 1 m before the line, with 0.3 m between."""
    rows = f'<vType id="first" length="{first}" minGap="0.3" {EXACT}/><vType id="own" length="4" minGap="0.3" {EXACT}/>'
    rows += vehicle("first", 0, "ab bc", "first", pos=240) + vehicle("own", 1, "ab bs", "own", pos=220)
    scenario = micro_scenario("light", rows, 70, program("b", (30, RED), (60, ARROW)))
    folder = tmp_path / "sumo"
    folder.mkdir()
    assert_same_ways(scenario, folder)
    way = ways_in_core(scenario)["own"]
    before = [k for k, lane in enumerate(way.lanes) if lane == "ab_0"]
    assert (way.speeds[before[-1]] == 0.0) == stands_again


@pytest.mark.parametrize("depart", [2, 4, 6, 8])
def test_who_departs_before_a_junction_minds_who_crosses_it(micro_scenario, tmp_path, depart):
    """On the major street: at full speed unless somebody from the side road is inside."""
    crossing = vehicle("crossing", 0, "sb bn", pos=270, speed="0")
    own = vehicle("own", depart, "ab bc", pos=265)
    assert_same_ways(micro_scenario("priority", crossing + own, 30), tmp_path)


def test_lanes_with_vehicles_are_listed_once(micro_scenario):
    """Forwards and backwards; a lane that somebody has just come onto or left may be wrong until the next second."""
    rows = "".join(
        vehicle(k, k, f"{source}b b{target}", lane="best")
        for k, (source, target) in enumerate(zip("acnsacnsacns", "cansnsacscna", strict=True))
        if source != target
    )
    backend = NumbaBackend(micro_scenario("light_wide", rows, 60))
    backend.reset(1)
    world = backend._simulation.world
    follow = np.full(1, -1, np.int32)
    for _ in range(60):
        backend.advance(follow, 1)
        forwards, backwards = [], []
        lane = world.clock[0].first_active
        while lane >= 0:
            forwards.append(int(lane))
            lane = world.lanes[lane].after
        lane = world.clock[0].last_active
        while lane >= 0:
            backwards.append(int(lane))
            lane = world.lanes[lane].before
        assert forwards == backwards[::-1]
        assert sorted(forwards) == [k for k in range(len(world.lanes)) if world.lanes[k].is_active]
