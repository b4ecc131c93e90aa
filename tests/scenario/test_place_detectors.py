"""The usual detectors lie before every signal, where they fit, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import cut_approach, toy_scenario
from trafficai.scenario.model import Detectors, InductionLoop, Network
from trafficai.scenario.place_detectors import with_standard_detectors


def shortened(scenario, length):
    """Return the scenario with all lanes of that length [m]."""
    edges = [
        replace(edge, lanes=tuple(replace(lane, length=length) for lane in edge.lanes))
        for edge in scenario.network.edges
    ]
    return replace(scenario, network=Network(tuple(edges), (), scenario.network.connections))


def test_every_lane_to_a_signal_gets_two_loops_and_an_area():
    placed = with_standard_detectors(toy_scenario("AB")).detectors
    assert [loop.lane for loop in placed.e1] == ["An_0", "An_0", "Aw_0", "Aw_0", "Bn_0", "Bn_0", "Bw_0", "Bw_0"]
    assert [(loop.id, loop.position, loop.end) for loop in placed.e1[:2]] == [
        ("advance_An_0", 108.0, 110.0),
        ("stop_An_0", 147.0, 149.0),
    ]
    assert [(area.lanes, area.start, area.end) for area in placed.e2[:2]] == [
        (("An_0",), 50.0, 150.0),
        (("Aw_0",), 50.0, 150.0),
    ]
    assert not placed.e3


FITTING = [(60.0, 2, 1), (42.0, 1, 1), (20.0, 1, 1), (3.5, 1, 0), (2.0, 0, 0)]
"""Length of a lane [m], loops, areas."""


@pytest.mark.parametrize(("length", "loops", "areas"), FITTING)
def test_a_short_lane_gets_what_fits(length, loops, areas):
    placed = with_standard_detectors(shortened(toy_scenario("A"), length)).detectors
    assert (len(placed.e1), len(placed.e2)) == (2 * loops, 2 * areas)
    assert all(0.0 < loop.position < loop.end < length for loop in placed.e1)
    assert all(area.start == 0.0 and area.end == length for area in placed.e2)


def test_where_no_car_has_room_before_the_stop_line_the_lanes_before_get_them():
    placed = with_standard_detectors(cut_approach()).detectors  # 200 m of c lead over half a metre of b into 0.9 m of w
    assert [loop.id for loop in placed.e1] == ["advance_An_0", "stop_An_0", "advance_Ac_0", "stop_Ac_0"]
    assert [(area.lanes, area.start, area.end) for area in placed.e2[1:]] == [(("Ac_0",), 100.0, 200.0)]


def test_detectors_of_its_own_stay():
    own = replace(toy_scenario("A"), detectors=Detectors(e1=(InductionLoop("mine", "An_0", 10.0, 60),)))
    assert with_standard_detectors(own) is own


def test_the_fingerprint_tells_the_scenario_with_them_from_that_without():
    plain = toy_scenario("A")
    assert with_standard_detectors(plain).sha256 == with_standard_detectors(plain).sha256 != plain.sha256
