"""Actions that shape a plan: what is asked for second by second, and what signals then show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.core.test_signals import Player, make_signal
from tests.fakes import toy_scenario
from trafficai.backends.signals import change_time
from trafficai.datatypes import FOLLOW_PLAN
from trafficai.envs.action_plans import cycle_table, plan_table, split_ends
from trafficai.envs.actions import controlled_signals, make_action

PHASES = (
    *((20.0, "GGrr"), (3.0, "yyrr"), (2.0, "rrrr")),
    *((10.0, "rrGr"), (3.0, "rryr"), (2.0, "rrrr")),
    *((15.0, "rrrG"), (3.0, "rrry"), (2.0, "rrrr")),
)
GREENS = (0, 3, 6)
"""A cycle of 60 s, three greens; each change takes 3 s of yellow and 2 s of all-red, as in the program."""


def three_way(**more):
    return make_signal(PHASES, GREENS, **more)


def play(name, signal, decide, seconds, interval=10, begin=0):
    """Return the state strings of one signal that an action sets, and its requests."""
    scenario = toy_scenario("A", signals=[signal])
    action = make_action(name, scenario, controlled_signals(scenario), interval)
    player, asked = Player(signal, begin), []
    for time in range(begin, begin + seconds, interval):
        shown = np.array([player.view()[0]], dtype=np.int32)
        requests = action.requests(action.pad(np.asarray(decide(time))), np.array(float(time)), shown)
        player.play(requests[:, 0])
        asked += requests[:, 0].tolist()
    return player.shown, asked


def fixed(signal, seconds, begin=0):
    player = Player(signal, begin)
    player.play([FOLLOW_PLAN] * seconds)
    return player.shown


def lengths(shown, state):
    """Return how long each showing of a state lasts, cut ones included."""
    text = "".join("x" if s == state else " " for s in shown)
    return [len(run) for run in text.split()]


def test_the_splits_of_the_program_give_the_program():
    greens = np.array([20.0, 10.0, 15.0])
    shares = (greens - 5.0) / (greens - 5.0).sum()
    for offset in (0.0, 7.0, -13.0):
        signal = three_way(offset=offset)
        shown, asked = play("splits", signal, lambda _: shares, 600)
        assert shown == fixed(signal, 600)
        assert asked[-1] != FOLLOW_PLAN


def test_each_phase_has_its_least_green_and_its_share_of_the_rest():
    table = cycle_table((three_way(),))
    assert (table.cycle[0], table.spare[0], table.least[0].tolist()) == (60, 30, [10, 10, 10])
    assert split_ends(np.array([[1.0, 0.5, 0.0]]), table).tolist() == [[30, 50, 60]]
    assert split_ends(np.zeros((1, 3)), table).tolist() == [[20, 40, 60]]
    shown, _ = play("splits", three_way(), lambda _: [1.0, 0.5, 0.0], 300)
    assert lengths(shown[120:240], "GGrr") == [25, 25]
    assert lengths(shown[120:240], "rrGr") == [15, 15]
    assert lengths(shown[120:240], "rrrG") == [5, 5]


def test_splits_change_as_a_cycle_begins():
    """The change to the first green begins 5 s before the program's cycle, at 55, 115, 175 ... s."""

    def decide(time):
        return {50: [1.0, 0.0, 0.0], 110: [0.0, 1.0, 0.0]}.get(time, [0.0, 0.0, 1.0])

    shown, asked = play("splits", three_way(), decide, 180)
    assert asked[:55] == [FOLLOW_PLAN] * 55
    assert lengths(shown[60:115], "GGrr") == [35]
    assert lengths(shown[120:175], "rrGr") == [35]
    assert lengths(shown[60:120], "rrrG") == [5]


def test_a_cycle_too_short_for_the_least_greens_is_lengthened():
    signal = three_way(min_green=30.0)
    assert cycle_table((signal,)).cycle[0] == 3 * 35
    shown, _ = play("splits", signal, lambda _: [1.0, 0.0, 0.0], 600)
    assert set(lengths(shown[200:], "rrGr")[1:-1]) == {30}


def test_an_answer_that_is_none_at_the_begin_of_a_cycle_leaves_the_splits_in_force():
    def decide(time):
        return [FOLLOW_PLAN] * 3 if time == 110 else [1.0, 0.0, 0.0] if time < 110 else [0.0, 1.0, 0.0]

    shown, asked = play("splits", three_way(), decide, 230)
    assert asked[110:120] == [FOLLOW_PLAN] * 10
    assert lengths(shown[125:175], "GGrr") == [30]
    assert lengths(shown[180:230], "rrGr") == [35]


def test_a_plan_that_nobody_shifts_is_followed():
    _, asked = play("offset", three_way(offset=4.0), lambda _: [1], 200)
    assert set(asked) == {FOLLOW_PLAN}


@pytest.mark.parametrize(("choice", "shift"), [(2, 12), (0, -12)])
def test_six_shifts_move_the_plan_by_a_cycle_fifth(choice, shift):
    """Six decisions of 10 s at a fifth of a second per second."""
    signal = three_way()
    shown, _ = play("offset", signal, lambda time: [choice] if time < 60 else [1], 400)
    moved = replace(signal, program=replace(signal.program, offset=float(shift)))
    assert shown[120:] == fixed(moved, 400)[120:]


def test_while_a_plan_is_shifted_every_phase_comes_with_its_least_green():
    for choice in (0, 2):
        shown, _ = play("offset", three_way(), lambda _, choice=choice: [choice], 600)
        rounds = [lengths(shown, state) for state in ("GGrr", "rrGr", "rrrG")]
        assert min(min(own[1:-1]) for own in rounds) >= 5
        assert {len(own) for own in rounds} <= ({12, 13} if choice == 0 else {8, 9})


def test_a_plan_shifted_by_its_whole_cycle_is_the_fixed_plan_again():
    _, asked = play("offset", three_way(), lambda time: [2] if time < 300 else [1], 310)
    assert asked[-10:] == [FOLLOW_PLAN] * 10


def test_the_plan_is_read_as_the_clearance_function_reads_it():
    """A plan with a fractional offset, fractional durations and phases out of order."""
    rows = ((7.4, "GGrr"), (3.3, "yyrr"), (8.0, "rrrG"), (3.0, "rrry"), (9.5, "rrGr"), (4.1, "rryr"))
    signal = make_signal(rows, (0, 2, 4), offset=3.7, following={1: (4,), 5: (2,), 3: (0,)})
    table, told, follows = plan_table((signal,)), Player(signal), Player(signal)
    for player in (told, follows):
        player.play([1] * 20)
    position = (np.arange(20, 200)[:, None] * 1000 + 999 - table.offset[0]) % table.cycle[0]
    told.play(table.greens[0, (position >= table.ends[0]).sum(axis=-1)])
    follows.play([FOLLOW_PLAN] * 180)
    assert told.shown == follows.shown


MATRIX = tuple(tuple(0.0 if i == j else float(3 + 2 * i + j) for j in range(4)) for i in range(4))


@pytest.mark.parametrize(
    "signal",
    [
        three_way(),
        three_way(red_amber=1.0),
        three_way(yellows=(3.0, 5.0, 4.0, 3.0)),
        three_way(intergreen=MATRIX),
        make_signal(((9.0, "GGr"), (3.0, "Gyr"), (9.0, "Grr"), (9.0, "GgG")), (0, 2, 3)),
        make_signal(((9.0, "GGr"), (3.0, "Gyr"), (9.0, "Grr"), (9.0, "GgG")), (0, 2, 3), always_yellow=True),
    ],
)
def test_a_change_takes_as_long_as_the_clearance_function_makes_it(signal):
    for before in range(3):
        for after in {0, 1, 2} - {before}:
            player = Player(signal)
            player.play([before] * 120 + [after])
            while player.view()[1] == 0.0:
                player.play([after])
            assert len(player.shown) - 121 == change_time(signal, before, after)
