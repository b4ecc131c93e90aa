"""RiLSA's times of a junction of two streams that cross at a known place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import toy_scenario
from trafficai.scenario.changes import phase_change_length
from trafficai.scenario.model import Connection, Edge, Junction, Lane, Network, Request
from trafficai.scenario.rilsa_times import RilsaTimes

SPEED_OF_70 = 70.0 / 3.6  # [m/s]


def lane(edge, shape, speed):
    return Lane(f"{edge}_0", edge, 0, 30.0, speed, None, shape)


def crossing_network(west_speed=13.9):
    """From w to e along the x-axis, 30 m over the junction; from n to s across it, 12 m behind the stop line of w.

    Position 0 leads from An to As, position 1 from Aw to Ae, as at a toy signal; n has 15 m to the place, too.
    """
    ways = {":A_0": ((12.0, 15.0), (12.0, -15.0)), ":A_1": ((0.0, 0.0), (30.0, 0.0))}
    inside = [Edge(name, "internal", None, None, (lane(name, shape, 13.9),)) for name, shape in ways.items()]
    speeds = {"An": 13.9, "Aw": west_speed, "As": 13.9, "Ae": 13.9}
    outside = [
        Edge(name, "normal", "x", "y", (lane(name, ((0.0, 0.0), (30.0, 0.0)), v),)) for name, v in speeds.items()
    ]
    requests = (Request(0, (False, True), (False, True), False), Request(1, (False, False), (True, False), False))
    junction = Junction("A", "traffic_light", 0.0, 0.0, ("An_0", "Aw_0"), (":A_0_0", ":A_1_0"), requests)
    connections = (
        Connection("An", "As", 0, 0, ":A_0_0", "A", 0, "s", "O"),
        Connection("Aw", "Ae", 0, 0, ":A_1_0", "A", 1, "s", "O"),
        Connection(":A_0", "As", 0, 0, None, None, -1, "s", "M"),
        Connection(":A_1", "Ae", 0, 0, None, None, -1, "s", "M"),
    )
    return Network((*inside, *outside), (junction,), connections)


def timed(network):
    return RilsaTimes(network).of(toy_scenario().signals[0])


def test_intergreens_of_both_orders():
    """W clears 12 m and 6 m at 10 m/s, n enters 15 m at 40 km/h: 3 + 1.8 - 1.35, widths up to 0.485: 4 s.

    n clears 15 m and 6 m, w enters 12 m: 3 + 2.1 - 1.08 = 4.02, and widths: 5 s.
    """
    signal = timed(crossing_network())
    assert signal.intergreen == ((0.0, 5.0), (4.0, 0.0))
    assert (phase_change_length(signal, 0, 1), phase_change_length(signal, 1, 0)) == (5.0, 4.0)


@pytest.mark.parametrize(("speed", "seconds"), [(50 / 3.6, 3.0), (60 / 3.6, 4.0), (SPEED_OF_70, 5.0)])
def test_yellow_goes_by_the_limit_of_each_approach(speed, seconds):
    signal = timed(crossing_network(west_speed=speed))
    assert signal.yellows == (3.0, seconds)
    assert (signal.yellow, signal.red_amber) == (seconds, 1.0)


def test_a_turn_that_is_green_with_its_through_movement_has_the_yellow_of_it():
    network = crossing_network(west_speed=SPEED_OF_70)
    turn = replace(network.connections[1], direction="r", link_index=0)
    signal = toy_scenario().signals[0]
    own = RilsaTimes(replace(network, connections=(turn, *network.connections[1:]))).of(signal)
    assert own.yellows == (3.0, 5.0)  # a signal of its own
    states = ("GG", "yy", "rr")
    together = replace(signal.program, phases=tuple(replace(signal.program.phases[0], state=s) for s in states))
    signal = replace(signal, program=together, green_phases=(0,))
    assert RilsaTimes(replace(network, connections=(turn, *network.connections[1:]))).of(signal).yellows == (5.0, 5.0)


def test_a_matrix_that_the_scenario_gives_stays():
    given = ((0.0, 9.0), (8.0, 0.0))
    signal = replace(toy_scenario().signals[0], intergreen=given)
    assert RilsaTimes(crossing_network()).of(signal).intergreen == given
