"""Plans and the programs that show them: by arithmetic, by SUMO's rules, and as the clearance function would."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import toy_scenario, toy_signal
from trafficai.backends.signals import build_signal_tables, state_string
from trafficai.core.signals import new_signal_state, run_signals, start_signals
from trafficai.datatypes import FOLLOW_PROGRAM, InputError, Plan, PlannedGreen, SignalPlan
from trafficai.scenario import load_scenario
from trafficai.scenario.changes import phase_change_length
from trafficai.scenario.model import Phase
from trafficai.scenario.plans import plan_of, plan_program, with_plan


def plan(*greens, cycle=60.0, offset=0.0, signal="A"):
    return SignalPlan(signal, cycle, offset, tuple(PlannedGreen(*green) for green in greens))


def shown(program):
    return [(phase.duration, phase.state) for phase in program.phases]


def play(signal, requests, begin=0):
    """Return the states that the clearance function shows, one per second from ``begin`` [s]."""
    tables = build_signal_tables((signal,))
    state = new_signal_state(tables)
    start_signals(tables, state, float(begin))
    states = []
    for second, request in enumerate(requests, start=begin):
        run_signals(tables, state, np.array([request], dtype=np.int32), float(second))
        states.append(state_string(state.colours[0]))
    return states


def test_a_plan_becomes_greens_with_yellow_between():
    program = plan_program(toy_signal("A"), plan((0, 0, 30), (1, 34, 22)), "x")
    assert shown(program) == [(30, "Gr"), (4, "yr"), (22, "rG"), (4, "ry")]
    assert (program.program, program.offset, program.cycle) == ("x", 0.0, 60.0)


def test_the_time_that_clearance_does_not_need_is_red_for_all():
    program = plan_program(toy_signal("A"), plan((0, 10, 20), (1, 40, 20), offset=55.0), "x")
    assert shown(program) == [(20, "Gr"), (4, "yr"), (6, "rr"), (20, "rG"), (4, "ry"), (6, "rr")]
    assert program.offset == 5.0  # the first green begins 10 s after a cycle does


def test_red_amber_ends_with_the_green_it_announces():
    signal = replace(toy_signal("A"), red_amber=1.0, all_red=1.0)
    program = plan_program(signal, plan((0, 0, 24), (1, 30, 24)), "x")
    assert shown(program)[:4] == [(24, "Gr"), (4, "yr"), (1, "rr"), (1, "ru")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (plan(), "at least one green"),
        (plan((2, 0, 30)), "names green phase 2; there are 0 to 1"),
        (plan((0, 0, 30), (1, 33, 20)), "3 s from green 0 to 1 are less than the 4 s needed"),
        (plan((0, 0, 30), (1, 34, 24)), "2 s from green 1 to 0 are less than the 4 s needed"),
        (plan((0, 0, 30), (1, 20, 20)), "overlap"),
        (plan((0, 0, 0), (1, 34, 22)), "last more than 0 s"),
        (plan((0, 0, 20), (1, 60, 22)), "begin within the cycle of 60 s"),
    ],
)
def test_what_can_not_be_shown_is_an_input_error(given, message):
    with pytest.raises(InputError, match=message):
        plan_program(toy_signal("A"), given, "x")


def test_a_plan_for_a_signal_that_is_not_there_is_an_input_error():
    for plans, message in (((plan((0, 0, 60), signal="B"),), "no signal 'B'"), ((plan((0, 0, 60)),) * 2, "twice")):
        with pytest.raises(InputError, match=message):
            with_plan(toy_scenario(), Plan("x", plans))


def test_an_intergreen_that_began_two_phases_ago_is_kept():
    """W's green ended 8 s before the third green; the matrix asks for 12 s from w to e."""
    phases = tuple(Phase(20, letters) for letters in ("rrG", "rGr", "Grr"))
    matrix = ((0, 0, 0), (0, 0, 2), (12, 2, 0))  # from [2] to [0] 12 s
    signal = replace(toy_signal("A", ("Gr", "rG")), links=((("An_0", "As_0"),), (("Aw_0", "Ae_0"),), ()))
    signal = replace(signal, program=replace(signal.program, phases=phases), green_phases=(0, 1, 2), intergreen=matrix)
    with pytest.raises(InputError, match="3 s from green 1 to 2 are less than the 4 s needed"):
        plan_program(signal, plan((0, 0, 10), (1, 14, 5), (2, 22, 30)), "x")
    assert plan_program(signal, plan((0, 0, 10), (1, 14, 5), (2, 23, 30)), "x").cycle == 60.0


def test_green_phases_keep_their_order_where_a_plan_begins_with_the_second():
    signal = with_plan(toy_scenario(), Plan("x", (plan((1, 0, 20), (0, 24, 32)),))).signals[0]
    assert [signal.green_state(phase) for phase in range(signal.num_phases)] == ["Gr", "rG"]
    assert plan_of(signal) == plan((1, 0, 20), (0, 24, 32))


def test_a_phase_may_come_twice_in_a_cycle():
    signal = with_plan(toy_scenario(), Plan("x", (plan((0, 0, 10), (1, 14, 10), (0, 28, 10), (1, 42, 14)),))).signals[0]
    assert [signal.green_state(phase) for phase in range(signal.num_phases)] == ["Gr", "Gr", "rG", "rG"]


def test_another_plan_is_another_scenario():
    marks = {with_plan(toy_scenario(), Plan("x", (plan((0, 0, 60), offset=o),))).sha256 for o in (0.0, 1.0)}
    assert len(marks) == 2


@pytest.mark.parametrize("name", ["cologne1", "cologne8", "grid4x4", "ingolstadt21", "junction"])
def test_a_program_shows_the_plan_as_the_clearance_function_would(name):
    """Every green phase for 10 s and the least time between two, as a program and as requests at the ends of greens."""
    for signal in load_scenario(name).signals:
        if signal.num_phases >= 2:
            tight = tight_plan(signal)
            planned = with_plan(toy_scenario(signals=[signal]), Plan("x", (tight,))).signals[0]
            seconds = range(2 * int(tight.cycle))
            ends = [green.end for green in tight.greens]
            requests = [sum(s % tight.cycle >= end for end in ends) % len(ends) for s in seconds]
            assert play(planned, requests) == play(planned, [FOLLOW_PROGRAM] * len(seconds))


def tight_plan(signal):
    """Return the plan of every green phase in its order for 10 s, as tight as the signal's clearance lets it be."""
    greens, start = [], 0.0
    for phase in range(signal.num_phases):
        greens.append(PlannedGreen(phase, start, 10.0))
        start += 10.0 + phase_change_length(signal, phase, (phase + 1) % signal.num_phases)
    return SignalPlan(signal.id, start, 0.0, tuple(greens))
