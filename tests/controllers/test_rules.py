"""What each rule asks for, on states whose answer is known by counting."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.fakes import ToyBackend, toy_scenario, toy_signal
from trafficai.controllers import (
    Actuated,
    DelayActuated,
    FixedTime,
    MaxPressure,
    MaxWave,
    RandomPhase,
    designed,
    list_controllers,
    make_controller,
)
from trafficai.controllers.phases import green_movements, phase_lanes, phase_pressures
from trafficai.datatypes import FOLLOW_PROGRAM, InputError
from trafficai.scenario.model import Phase, Program, Signal

# lanes of toy signal A in order: n, w (incoming), s, e (outgoing); phase 0 lets n -> s go, phase 1 w -> e


def state(count=(0, 0, 0, 0), near=(0, 0, 0, 0), phase=(0,), elapsed=10.0, seen=None, time=0.0, buses=()):
    return SimpleNamespace(
        time=np.float64(time),
        lane_count=np.array(count, dtype=np.int32),
        lane_queue=np.array(count, dtype=np.int32),
        lane_seen_queue=np.zeros(len(count), dtype=np.int32),
        lane_stops_in_interval=np.zeros(len(count), dtype=np.int32),
        lane_left_in_interval=np.zeros(len(count), dtype=np.int32),
        lane_near=np.array(near, dtype=np.int32),
        transit_distance=np.array(buses, dtype=np.float64),
        lane_seen=np.array(near if seen is None else seen, dtype=np.int32),
        signal_phase=np.array(phase, dtype=np.int32),
        signal_elapsed=np.full(len(phase), elapsed),
    )


def ready(controller, scenario=None, seed=0):
    controller.reset(designed(controller, toy_scenario() if scenario is None else scenario), seed)
    return controller


def test_fixed_time_follows_the_program_of_every_signal():
    controller = ready(FixedTime(), toy_scenario("AB"))
    assert controller.decide(state()).tolist() == [FOLLOW_PROGRAM, FOLLOW_PROGRAM]


def test_max_pressure_weighs_upstream_against_downstream():
    controller = ready(MaxPressure())
    assert controller.decide(state(count=(3, 4, 0, 0))).tolist() == [1]
    assert controller.decide(state(count=(3, 4, 0, 2))).tolist() == [0]  # 3 - 0 against 4 - 2


def test_max_pressure_serves_the_smallest_deficit_when_all_pressures_are_negative():
    assert ready(MaxPressure()).decide(state(count=(0, 0, 5, 4))).tolist() == [1]


def test_max_pressure_of_queues_counts_only_who_stands():
    """Nine vehicles drive up to the first stop line, two stand before the second."""
    snapshot = state(count=(9, 2, 0, 0))
    snapshot.lane_seen_queue = np.array([0, 2, 0, 0], dtype=np.int32)
    assert ready(MaxPressure()).decide(snapshot).tolist() == [0]
    assert ready(MaxPressure(queued=True)).decide(snapshot).tolist() == [1]


@pytest.mark.parametrize(("upstream", "asked"), [((5, 8), 0), ((5, 9), 1), ((-1, 0), 1)])
def test_switching_loss_takes_the_seconds_of_the_change_off_the_other_pressure(upstream, asked):
    """The toy's yellow of 4 s takes 0.4 of an interval of 10 s: 8 x 0.6 < 5 < 9 x 0.6; a deficit is not lessened."""
    rule = ready(MaxPressure(switching_loss=True))
    count = (*np.maximum(upstream, 0), *np.maximum(-np.array(upstream), 0))
    assert rule.decide(state(count=count)).tolist() == [asked]


def test_max_wave_counts_vehicles_near_the_stop_line_only():
    controller = ready(MaxWave())
    assert controller.decide(state(count=(9, 1, 0, 0), near=(0, 1, 0, 0))).tolist() == [1]


@pytest.mark.parametrize(
    ("near", "elapsed", "asked"),
    [
        ((1, 1), 10.0, 0),  # extended, although the other waits
        ((0, 1), 10.0, 1),  # gap-out
        ((0, 0), 99.0, 0),  # nobody calls, so the green rests
        ((1, 0), 99.0, 0),
        ((1, 1), 49.0, 0),
        ((1, 1), 50.0, 1),  # max-out
    ],
)
def test_actuated_green_ends_by_gap_or_by_time_if_another_is_called(near, elapsed, asked):
    controller = ready(Actuated())
    assert controller.decide(state(near=(*near, 0, 0), elapsed=elapsed)).tolist() == [asked]


def test_passage_time_bridges_a_gap_before_green_ends():
    controller = ready(Actuated(passage=2.0))
    gap, vehicle = state(near=(0, 1, 0, 0)), state(near=(1, 1, 0, 0))
    asked = [controller.decide(seen).tolist()[0] for seen in (gap, gap, vehicle, gap, gap, gap)]
    assert asked == [0, 0, 0, 0, 0, 1]


def test_actuated_control_skips_phases_nobody_calls_and_goes_round():
    phases = tuple(Phase(20, letters) for letters in ("Grr", "rGr", "rrG"))
    links = ((("An_0", "As_0"),), (("Aw_0", "Ae_0"),), (("Ae_0", "As_0"),))
    program = Program("A", "0", "static", 0.0, phases)
    controller = ready(Actuated(), toy_scenario(signals=[Signal("A", program, links, (0, 1, 2), 3.0, 0.0)]))
    assert controller.decide(state(near=(0, 0, 0, 2))).tolist() == [2]
    assert controller.decide(state(near=(1, 1, 0, 0), phase=(2,))).tolist() == [0]
    assert controller.decide(state(near=(0, 1, 0, 0), phase=(2,))).tolist() == [1]


def test_a_lane_calls_the_phase_that_opens_its_other_movement():
    phases = tuple(Phase(20, letters) for letters in ("Gr", "rG"))
    links = ((("An_0", "As_0"),), (("An_0", "Ae_0"),))
    program = Program("A", "0", "static", 0.0, phases)
    controller = ready(Actuated(), toy_scenario(signals=[Signal("A", program, links, (0, 1), 3.0, 0.0)]))
    assert controller.decide(state(near=(1, 0, 0, 0), elapsed=49.0)).tolist() == [0]
    assert controller.decide(state(near=(1, 0, 0, 0), elapsed=50.0)).tolist() == [1]


def one_lane_ahead_and_left(greens):
    """A lane of which one movement goes straight on and one turns, and a lane across."""
    links = ((("An_0", "As_0"),), (("An_0", "Ae_0"),), (("Aw_0", "Ae_0"),))
    program = Program("A", "0", "static", 0.0, tuple(Phase(20, letters) for letters in greens))
    return toy_scenario(signals=[Signal("A", program, links, tuple(range(len(greens))), 3.0, 0.0)])


@pytest.mark.parametrize("rule", [Actuated, DelayActuated])
def test_a_lane_whose_first_vehicle_has_red_does_not_hold_the_green_of_its_turn(rule):
    def ask(left):
        snapshot = state(count=(3, 1, 0, 0), near=(3, 1, 0, 0))
        snapshot.lane_left_in_interval = np.array((left, 0, 0, 0), dtype=np.int32)
        return controller.decide(snapshot).tolist()[0]

    controller = ready(rule(), one_lane_ahead_and_left(("rGr", "rrG")))
    assert [ask(left) for left in (1, 0, 0, 0, 1, 0, 0, 0, 0)] == [0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_lane_all_of_whose_movements_have_green_holds_it_even_if_nobody_leaves():
    controller = ready(Actuated(), one_lane_ahead_and_left(("GGr", "rrG")))
    assert {controller.decide(state(near=(3, 1, 0, 0))).tolist()[0] for _ in range(20)} == {0}


def test_a_lane_shared_with_a_red_movement_has_time_to_start():
    controller = ready(Actuated(), one_lane_ahead_and_left(("rGr", "rrG")))
    asked = [controller.decide(state(near=(3, 1, 0, 0), elapsed=t)).tolist()[0] for t in (1.0, 2.0, 3.0, 4.0)]
    assert asked == [0, 0, 0, 1]


@pytest.mark.parametrize("rule", [MaxPressure, MaxWave])
@pytest.mark.parametrize("shown", [0, 1])
def test_ties_keep_the_phase_that_is_shown(rule, shown):
    controller = ready(rule())
    assert controller.decide(state(count=(2, 2, 0, 0), near=(2, 2, 0, 0), phase=(shown,))).tolist() == [shown]


@pytest.mark.parametrize(("near", "asked"), [((0, 0, 0, 0), 0), ((2, 2, 0, 0), 0), ((1, 2, 0, 0), 1)])
@pytest.mark.parametrize("shown", [0, 1])
def test_max_wave_gives_ties_to_the_first_phase_on_demand(near, asked, shown):
    controller = ready(MaxWave(first_at_ties=True))
    assert controller.decide(state(near=near, phase=(shown,))).tolist() == [asked]


def test_a_lane_with_two_green_movements_counts_once():
    links = ((("An_0", "As_0"), ("An_0", "Ae_0")), (("Aw_0", "Ae_0"),))
    program = Program("A", "0", "static", 0.0, (Phase(20, "GG"), Phase(20, "rG")))
    scenario = toy_scenario(signals=[Signal("A", program, links, (0, 1), 3.0, 0.0)])
    table = phase_lanes(scenario)
    assert table.incoming.tolist() == [[[1, 1, 0, 0], [0, 1, 0, 0]]]
    assert table.outgoing.tolist() == [[[0, 0, 1, 1], [0, 0, 0, 1]]]


def test_a_phase_that_serves_one_of_a_lanes_two_movements_counts_half_the_lane():
    links = ((("An_0", "As_0"),), (("An_0", "Ae_0"),))
    program = Program("A", "0", "static", 0.0, (Phase(20, "GG"), Phase(20, "rG")))
    scenario = toy_scenario(signals=[Signal("A", program, links, (0, 1), 3.0, 0.0)])
    table = phase_lanes(scenario)
    lanes = [scenario.network.normal_lanes[lane].id for lane in table.lanes]
    both, one = (dict(zip(lanes, row, strict=True)) for row in phase_pressures(scenario, table)[0].tolist())
    assert both == {"An_0": 1.0, "As_0": -0.5, "Ae_0": -0.5}
    assert one == {"An_0": 0.5, "As_0": 0.0, "Ae_0": -0.5}


def test_permissive_green_counts_as_green():
    assert green_movements(toy_signal("A", ("gG", "yy", "rG", "ry")), 0) == (("An_0", "As_0"), ("Aw_0", "Ae_0"))
    assert green_movements(toy_signal("A", ("gG", "yy", "rG", "ry")), 1) == (("Aw_0", "Ae_0"),)


@pytest.mark.parametrize("name", list_controllers())
def test_a_signal_without_a_choice_keeps_its_program(name):
    single = toy_signal("A", ("GG",))
    controller = ready(make_controller(name), toy_scenario(signals=[single]))
    assert controller.decide(state(count=(3, 0, 0, 0))).tolist() == [FOLLOW_PROGRAM]


@pytest.mark.parametrize("name", list_controllers())
def test_signals_with_different_numbers_of_phases_decide_side_by_side(name):
    scenario = toy_scenario("AB", signals=[toy_signal("A"), toy_signal("B", ("GG",))])
    controller = ready(make_controller(name), scenario)
    requested = controller.decide(state(count=(0, 5, 0, 0, 9, 9, 0, 0), near=(0, 5, 0, 0, 6, 6, 0, 0), phase=(0, 0)))
    assert requested.dtype == np.int32
    known = dict.fromkeys(("fixed-time", "webster", "coordinated", "hbs"), FOLLOW_PROGRAM)
    known |= dict.fromkeys(("max-wave", "max-pressure", "actuated", "delay-actuated"), 1)
    assert requested[0] in ([known[name]] if name in known else [0, 1])
    assert requested[1] == FOLLOW_PROGRAM


@pytest.mark.parametrize("name", [name for name in list_controllers() if name != "fixed-time"])
def test_a_scenario_without_signals_is_refused_by_rules_that_need_one(name):
    with pytest.raises(InputError, match="the network has no signal"):
        ready(make_controller(name), toy_scenario(signals=[]))


def test_a_scenario_without_signals_runs_under_fixed_time():
    controller = ready(make_controller("fixed-time"), toy_scenario(signals=[]))
    assert controller.decide(state(phase=())).shape == (0,)


def test_random_phases_depend_on_the_seed_only():
    def draws(seed):
        controller = ready(RandomPhase(), toy_scenario("AB"), seed)
        return [controller.decide(state()).tolist() for _ in range(50)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    assert {phase for row in draws(1) for phase in row} == {0, 1}


@pytest.mark.parametrize("name", list_controllers())
def test_controllers_are_made_by_name(name):
    controller = make_controller(name)
    assert controller.name == name
    is_by_interval = name in {"fixed-time", "random", "webster", "coordinated", "hbs", "max-wave", "max-pressure"}
    assert controller.decision_interval == (10 if is_by_interval else 1)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("max-pressure", {"loss": True}, "no setting 'loss'; there are decision_interval, switching_loss, queued"),
        ("fixed-time", {"cycle": 90}, "no setting 'cycle'; there are none"),
        ("max-pressure", {"switching_loss": 1}, "1 is not true or false"),
        ("max-pressure", {"decision_interval": 7.5}, "7.5 is not a whole number"),
        ("sotl", {"threshold": "much"}, "'much' is not a number"),
        ("sotl", {"threshold": float("nan")}, "nan is not a number"),
    ],
)
def test_a_setting_that_a_rule_has_not_is_an_input_error(name, settings, message):
    with pytest.raises(InputError, match=message):
        make_controller(name, settings)


def test_settings_reach_the_rule():
    assert make_controller("max-pressure", {"decision_interval": 5, "switching_loss": True}).decision_interval == 5


def test_an_unknown_controller_is_an_input_error_with_a_suggestion():
    with pytest.raises(InputError, match="did you mean max-pressure"):
        make_controller("max-presure")
    with pytest.raises(InputError, match="there are fixed-time"):
        make_controller("xyz")


def test_greedy_rules_beat_the_fixed_program_on_the_toy():
    def delay(controller):
        scenario = toy_scenario()
        backend, total = ToyBackend(scenario), 0.0
        ready(controller, scenario)
        snapshot = backend.reset(3)
        while snapshot.time < scenario.end:
            snapshot = backend.advance(controller.decide(snapshot), controller.decision_interval)
            total += float(snapshot.delay_in_interval)
        return total

    assert delay(MaxWave()) < delay(FixedTime()) < delay(RandomPhase()) * 2
