"""A stop line at the end of a lane of a metre: rules see past it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.controllers.test_rules import ready, state
from tests.fakes import cut_approach, toy_scenario
from trafficai.controllers import Actuated, DelayActuated, MaxPressure, MaxWave, Sotl
from trafficai.controllers.reach import Reach


@pytest.mark.parametrize(
    ("scenario", "seen"),
    [
        (cut_approach(), 10 + 100 + 1000),  # neither w nor b has room for a car
        (cut_approach(before=50.0), 10 + 100),
        (cut_approach(length=7.5), 10),
        (cut_approach(signal="B"), 10),  # what waits for another signal does not call this one
        (toy_scenario(), 10),
    ],
)
def test_lanes_are_followed_upstream_until_a_car_has_room(scenario, seen):
    values = np.array([0, 10, 0, 0, 100, 1000][: len(scenario.network.normal_lanes)], dtype=np.int32)
    assert Reach(scenario)(values)[1] == seen
    assert values[1] == 10  # what was given stays
    assert Reach(scenario)(np.stack([values, 2 * values]))[:, 1].tolist() == [seen, 2 * seen]


@pytest.mark.parametrize("rule", [MaxWave, MaxPressure, Actuated, DelayActuated])
def test_rules_serve_who_stands_before_a_lane_that_is_too_short(rule):
    standing = state(count=(0, 0, 0, 0, 0, 3), near=(0, 0, 0, 0, 0, 3))
    assert ready(rule(), cut_approach()).decide(standing).tolist() == [1]
    assert ready(rule(), cut_approach(length=20.0)).decide(standing).tolist() == [0]


def test_sotl_collects_who_stands_before_a_lane_that_is_too_short():
    rule = ready(Sotl(), cut_approach())
    standing = state(near=(0, 0, 0, 0, 0, 0), seen=(0, 0, 0, 0, 0, 10))
    asked = [rule.decide(standing).tolist() for _ in range(20)]
    assert asked[0] == [0]
    assert asked[-1] == [1]
