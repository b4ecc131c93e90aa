"""Webster's plan, and what it is made of, by arithmetic."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.fakes import toy_scenario, toy_signal
from trafficai.controllers import Webster, designed
from trafficai.controllers.capacity import (
    LEAST_EFFECT,
    Design,
    Need,
    blocked_share,
    gap_flow,
    least_shares,
    needs,
    worth,
)
from trafficai.controllers.cyclic import Ring
from trafficai.controllers.delay import control_delay
from trafficai.controllers.turning import Stream, signal_streams, turning_counts
from trafficai.controllers.webster import needed_phases, webster_cycle
from trafficai.datatypes import FOLLOW_PROGRAM, InputError
from trafficai.scenario import load_scenario
from trafficai.scenario.export import write_sumo_inputs
from trafficai.scenario.model import Connection, Vehicle
from trafficai.scenario.plans import plan_of


def with_demand(scenario, **counts):
    """Return the scenario with so many vehicles from a side to its opposite, evenly over its period."""
    opposite = {"n": "s", "w": "e"}
    vehicles = [
        Vehicle(f"{side}{i}", 0, scenario.duration * i / count * 0.98, (f"A{side}", f"A{opposite[side]}"))
        for side, count in counts.items()
        for i in range(count)
    ]
    return replace(scenario, vehicles=tuple(sorted(vehicles, key=lambda vehicle: vehicle.depart)))


def test_the_formula():
    """L = 10 s and Y = 0.6: (15 + 5) / 0.4."""
    assert webster_cycle(10.0, 0.6) == pytest.approx(50.0)
    assert webster_cycle(10.0, 1.0) == float("inf")


def test_cycle_and_greens_of_a_junction_of_two_streams():
    """608 and 304 veh/h on lanes of 1900: y = 0.32 and 0.16, L = 8 s, C = 17 / 0.52 = 32.7 s; 25 s of green, 2 to 1."""
    scenario = with_demand(toy_scenario(duration=900), n=152, w=76)
    plan = plan_of(designed(Webster(), scenario).signals[0])
    assert plan.cycle == 33.0
    assert [tuple(green) for green in plan.greens] == [(0, 0.0, 17.0), (1, 21.0, 8.0)]


def test_control_delay_by_hand():
    """C 90 s, g 36 s, s 1800, q 600 veh/h: X = 0.833, d1 = 24.3 s and d2 = 10.9 s (HCM 2000)."""
    assert control_delay(90.0, 0.4, 1800.0, 600.0) == pytest.approx(35.2, abs=0.05)
    assert control_delay(90.0, 0.4, 1800.0, 1e-9) == pytest.approx(0.5 * 90 * 0.36)
    assert control_delay(90.0, 0.4, 1800.0, 900.0) > 120.0  # X = 1.25, for a quarter of an hour


def test_the_cycle_of_least_delay_is_the_least_of_a_search():
    scenario = with_demand(toy_scenario(duration=900), n=152, w=76)
    plan = plan_of(designed(Webster(by_delay=True), scenario).signals[0])
    flows = {0: 608.0, 1: 304.0}

    def total(cycle):
        greens = Ring(scenario.signals[0]).greens(np.array([2.0, 1.0]), cycle)
        return sum(q * control_delay(cycle, g / cycle, 1900.0, q) for q, g in zip(flows.values(), greens, strict=True))

    assert plan.cycle == min(range(30, 121), key=total)


@pytest.mark.parametrize(("counts", "cycle"), [({"n": 1, "w": 1}, 40.0), ({"n": 400, "w": 400}, 90.0)])
def test_the_cycle_keeps_its_bounds(counts, cycle):
    scenario = with_demand(toy_scenario(duration=900), **counts)
    assert plan_of(designed(Webster(40.0, 90.0), scenario).signals[0]).cycle == cycle


def test_a_least_green_that_is_more_than_needed_counts_as_lost():
    """Y = 0.4 and next to nothing: L = 8 + 5 s, C = (19.5 + 5) / 0.6 = 40.8 s."""
    scenario = with_demand(toy_scenario(duration=900), n=190, w=1)
    plan = plan_of(designed(Webster(), scenario).signals[0])
    assert plan.cycle == 41.0
    assert [green.length for green in plan.greens] == [28.0, 5.0]


def test_every_phase_gets_its_least_green():
    scenario = with_demand(toy_scenario(duration=900), n=200, w=1)
    assert min(green.length for green in plan_of(designed(Webster(), scenario).signals[0]).greens) == 5.0


def test_flows_are_those_of_the_busiest_quarter():
    """Sixty vehicles in the second quarter of an hour, ten in the first; a route takes 150 m / 13.9 m/s to the line."""
    scenario = toy_scenario(duration=1900)
    times = [*range(10), *range(900, 960)]
    vehicles = tuple(Vehicle(f"v{i}", 0, float(t), ("An", "As")) for i, t in enumerate(times))
    scenario = replace(scenario, vehicles=vehicles)
    counts = turning_counts(scenario)
    assert counts["An", "As"].tolist() == [10.0, 60.0]
    flows = {stream.lane: stream.flow for stream in signal_streams(scenario, scenario.signals[0], counts)}
    assert flows == {"An_0": pytest.approx(240.0), "Aw_0": 0.0}


def test_a_turn_with_a_lane_of_its_own_leaves_the_shared_one():
    """Two lanes: straight on both, left on the left one only. 30 left and 90 straight: 60 on each lane."""
    scenario = toy_scenario(duration=900)
    edge = scenario.network.edges[0]
    wide = replace(edge, lanes=(edge.lanes[0], replace(edge.lanes[0], id="An_1", index=1)))
    links = ((("An_0", "As_0"),), (("An_1", "As_0"),), (("An_1", "Ae_0"),))
    connections = tuple(
        Connection("An", target, lane, 0, None, "A", i, direction, "O")
        for i, (target, lane, direction) in enumerate((("As", 0, "s"), ("As", 1, "s"), ("Ae", 1, "l")))
    )
    network = replace(scenario.network, edges=(wide, *scenario.network.edges[1:]), connections=connections)
    signal = replace(toy_signal("A", ("GGG", "rrr")), links=links, green_phases=(0,))
    counts = {("An", "As"): np.array([90.0]), ("An", "Ae"): np.array([30.0])}
    streams = signal_streams(replace(scenario, network=network), signal, counts)
    assert [round(stream.flow / 4) for stream in streams] == [60, 30, 30]


def test_gaps_of_an_opposing_stream():
    """600 exp(-0.75) / (1 - exp(-0.41667)) = 831.7 (HCM 2010); no opposing stream: 3600 / 2.5."""
    assert gap_flow(600.0) == pytest.approx(831.7, abs=0.1)
    assert gap_flow(0.0) == pytest.approx(1440.0)


def test_a_queue_blocks_a_part_of_the_green():
    """Y = 0.3, green half of the cycle: 0.3 x 0.5 / (0.5 x 0.7)."""
    assert blocked_share(0.3, 0.5) == pytest.approx(3 / 7)
    assert blocked_share(0.3, 0.2) == 1.0


def design(states, streams, foes=(), shares=None):
    phases = tuple(range(len(states)))
    signal = replace(toy_signal("A", states), green_phases=phases)
    evenly = np.full(len(states), 1.0 / len(states)) if shares is None else np.array(shares)
    return Design(signal, streams, frozenset(foes), phases, evenly, 90.0)


def test_a_turn_that_yields_uses_the_gaps_that_the_queue_leaves():
    """600 veh/h oppose, y = 0.3158; half the cycle green: 0.4615 of it blocked; 0.5385 x 831.7 / 1805."""
    streams = [Stream("An_0", 0, 100.0, "l"), Stream("Aw_0", 1, 600.0, "s")]
    made = design(("gG", "Gr"), streams, {(0, 1), (1, 0)})
    assert worth(made, streams[0], 0) == pytest.approx(0.2481, abs=1e-4)
    assert worth(made, streams[0], 1) == 1.0
    assert worth(made, streams[1], 1) == 0.0
    assert worth(design(("gG", "Gr"), streams), streams[0], 0) == 1.0  # nobody opposes
    crowded = [streams[0], Stream("Aw_0", 1, 1800.0, "s")]
    assert worth(design(("gG", "Gr"), crowded, {(0, 1), (1, 0)}), crowded[0], 0) == LEAST_EFFECT


def test_two_turns_that_yield_go_at_the_end_of_each_green():
    """Two per cycle of 90 s are 80 veh/h; what is left of 175.2 veh/h is 95.2, over 1805 = 0.0527."""
    streams = [Stream("An_0", 0, 175.2, "l"), Stream("Aw_0", 1, 600.0, "s")]
    found = needs(design(("gG", "rr"), streams, {(0, 1), (1, 0)}))
    assert [need.ratio for need in found] == [pytest.approx(95.2 / 1805), pytest.approx(600 / 1900)]


def test_streams_of_a_lane_share_its_green():
    streams = [Stream("An_0", 0, 190.0, "s"), Stream("An_0", 1, 361.0, "l")]
    assert needs(design(("GG", "rr"), streams)) == [Need(pytest.approx(0.3), (1.0, 0.0))]
    apart = needs(design(("Gr", "rG"), streams))
    assert sorted(need.ratio for need in apart) == [pytest.approx(0.1), pytest.approx(0.2)]


def test_least_shares_are_the_critical_ratios():
    assert least_shares([Need(0.2, (1, 0)), Need(0.3, (1, 0)), Need(0.1, (0, 1))], 2).tolist() == [0.3, 0.1]


def test_a_stream_that_goes_in_two_phases_needs_their_sum():
    shares = least_shares([Need(0.5, (1, 1, 0)), Need(0.2, (1, 0, 0)), Need(0.1, (0, 0, 1))], 3)
    assert shares.sum() == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("states", "shares", "kept"),
    [
        (("GG", "Gr", "rG"), (0.3, 0.0, 0.2), (0, 2)),
        (("Gr", "rG"), (0.3, 0.0), (0, 1)),  # the second would have no green at all
        (("Gg", "rG"), (0.3, 0.0), (0, 1)),  # nor a protected one
        (("GG", "Gr", "rG"), (0.0, 0.0, 0.0), (0,)),
    ],
)
def test_a_phase_is_left_out_only_where_nobody_loses_a_green(states, shares, kept):
    phases = tuple(range(len(states)))
    assert needed_phases(toy_signal("A", states), phases, np.array(shares)) == kept


def test_the_plan_is_followed_as_a_program_and_designed_once():
    rule, scenario = Webster(), with_demand(toy_scenario(duration=900), n=152, w=76)
    made = rule.design(scenario)
    assert rule.design(made) is made
    rule.reset(made, 1)
    assert rule.decide(None).tolist() == [FOLLOW_PROGRAM]
    with pytest.raises(InputError, match="simulate what its design"):
        rule.reset(scenario, 1)


def test_sumo_gets_the_plan_as_a_program(tmp_path):
    made = designed(Webster(), load_scenario("junction"))
    root = ET.parse(write_sumo_inputs(made, tmp_path).net).getroot()
    logic = root.find("tlLogic")
    written = [(float(phase.get("duration")), phase.get("state")) for phase in logic]
    program = made.signals[0].program
    assert (logic.get("type"), logic.get("programID")) == ("static", "webster")
    assert written == [(phase.duration, phase.state) for phase in program.phases]
