"""Lanes shorter than a second's way: who drives over their end is counted in both engines."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from tests.backends.micro import make_net, make_scenario, vehicle
from tests.backends.nets import edge, node
from trafficai.backends import BACKENDS, make_backend
from trafficai.backends.leaps import following_lanes, leap_table


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    """A road of 200 m, two stubs of less than a metre in a row, and a road of 100 m, as maps have them."""
    folder = tmp_path_factory.mktemp("leaps")
    nodes = node("a", 0, 0) + node("b", 200, 0) + node("c", 200.8, 0) + node("d", 201.4, 0) + node("e", 300, 0)
    net = make_net(folder, nodes, "".join(edge(name, 2) for name in ("ab", "bc", "cd", "de")))
    cars = "".join(vehicle(i, 4.0 * i, "ab bc cd de", lane=str(i % 2)) for i in range(6))
    return make_scenario(folder, net, cars, end=80)


@pytest.mark.parametrize("backend", BACKENDS)
def test_everybody_is_counted_at_the_end_of_every_lane(scenario, backend):
    with contextlib.closing(make_backend(scenario, backend)) as engine:
        engine.reset(1)
        left = sum(engine.advance(np.zeros(0, dtype=np.int32), 10).lane_left_in_interval for _ in range(8))
    counted = dict(zip([lane.id for lane in scenario.network.normal_lanes], left.tolist(), strict=True))
    assert min(lane.length for lane in scenario.network.normal_lanes) < 1.0
    for name in ("ab", "bc", "cd"):
        assert counted[f"{name}_0"] + counted[f"{name}_1"] == 6, counted


def test_what_is_passed_lies_on_the_way(scenario):
    network = scenario.network
    index, shown = network.lane_index, network.normal_lane_index
    leaps, bounds = leap_table(network)
    own = leaps[bounds[index["ab_0"]] : bounds[index["ab_0"] + 1]]
    passed = {(int(leap.target), int(leap.passed)) for leap in own}
    assert {(index["de_0"], shown["bc_0"]), (index["de_0"], shown["cd_0"]), (index["cd_0"], shown["bc_0"])} <= passed
    assert (index["bc_0"], shown["bc_0"]) not in passed
    assert shown["de_0"] not in {lane for _, lane in passed}
    assert len(bounds) == len(network.lanes) + 1 == len(following_lanes(network)) + 1
