"""Self-organising lights on states whose answer is known by counting."""

from __future__ import annotations

import pytest

from tests.controllers.test_rules import ready, state
from trafficai.controllers import Sotl

RED_QUEUE = (0, 6, 0, 0)


def decisions(controller, count, **shown):
    return [controller.decide(state(**shown)).tolist()[0] for _ in range(count)]


def test_red_asks_for_green_when_it_has_collected_enough():
    """Six vehicles for ten seconds are the threshold of 60 vehicle-seconds."""
    assert decisions(ready(Sotl(60.0)), 11, seen=RED_QUEUE) == [0] * 9 + [1] * 2


def test_green_empties_what_was_collected():
    rule = ready(Sotl(60.0))
    decisions(rule, 9, seen=RED_QUEUE)
    assert rule.decide(state(seen=RED_QUEUE, phase=(1,))).tolist() == [1]
    assert decisions(rule, 10, seen=RED_QUEUE) == [0] * 9 + [1]


def test_green_is_not_cut_before_the_least_phase():
    rule = ready(Sotl(60.0))
    assert decisions(rule, 20, seen=RED_QUEUE, elapsed=9.0) == [0] * 20
    assert decisions(rule, 1, seen=RED_QUEUE, elapsed=10.0) == [1]


@pytest.mark.parametrize(("passing", "asked"), [(0, 1), (1, 0), (3, 0), (4, 1)])
def test_a_small_platoon_is_let_through_and_a_long_one_may_be_cut(passing, asked):
    rule = ready(Sotl(60.0))
    assert decisions(rule, 10, seen=RED_QUEUE, near=(passing, 6, 0, 0))[-1] == asked


def test_nobody_before_red_leaves_the_green():
    assert decisions(ready(Sotl(60.0)), 200, seen=(9, 0, 0, 0), near=(9, 0, 0, 0), elapsed=99.0) == [0] * 200
