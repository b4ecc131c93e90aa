"""Delay-actuated control on states whose answer is known by counting."""

from __future__ import annotations

import numpy as np

from tests.controllers.test_rules import ready, state
from trafficai.controllers import DelayActuated


def ask(rule, count=(0, 0, 0, 0), near=(0, 0, 0, 0), queue=(0, 0, 0, 0), stops=(0, 0, 0, 0), left=(0, 0, 0, 0), **kw):
    seen = state(count=count, near=near, **kw)
    fields = {"lane_queue": queue, "lane_stops_in_interval": stops, "lane_left_in_interval": left}
    for name, values in fields.items():
        setattr(seen, name, np.array(values, dtype=np.int32))
    return rule.decide(seen).tolist()[0]


def test_green_lasts_until_the_stopped_have_left():
    """Three stopped; two others follow without a stop and do not extend, although they are near."""
    rule = ready(DelayActuated())
    waiting = {"near": (2, 1, 0, 0)}
    assert ask(rule, count=(3, 1, 0, 0), queue=(3, 0, 0, 0), stops=(3, 0, 0, 0), **waiting) == 0
    assert ask(rule, count=(4, 1, 0, 0), left=(1, 0, 0, 0), **waiting) == 0
    assert ask(rule, count=(3, 1, 0, 0), left=(1, 0, 0, 0), **waiting) == 0
    assert ask(rule, count=(2, 1, 0, 0), left=(1, 0, 0, 0), **waiting) == 1


def test_who_stops_at_the_back_of_a_moving_queue_is_waited_for():
    rule = ready(DelayActuated())
    waiting = {"near": (0, 1, 0, 0)}
    ask(rule, count=(1, 1, 0, 0), queue=(1, 0, 0, 0), **waiting)
    assert ask(rule, count=(2, 1, 0, 0), stops=(1, 0, 0, 0), left=(0, 0, 0, 0), **waiting) == 0
    assert ask(rule, count=(1, 1, 0, 0), left=(1, 0, 0, 0), **waiting) == 0
    assert ask(rule, count=(0, 1, 0, 0), left=(1, 0, 0, 0), **waiting) == 1


def test_nobody_is_waited_for_who_changed_lanes():
    """Whoever stopped left the lane sideways: no more are delayed than there are."""
    rule = ready(DelayActuated())
    ask(rule, count=(2, 1, 0, 0), queue=(2, 0, 0, 0), near=(0, 1, 0, 0))
    assert ask(rule, count=(0, 1, 0, 0), near=(0, 1, 0, 0)) == 1


def test_green_rests_where_nobody_calls_and_ends_at_the_longest():
    rule = ready(DelayActuated())
    queue = {"count": (3, 0, 0, 0), "queue": (3, 0, 0, 0)}
    assert ask(rule, elapsed=99.0, **queue) == 0
    queue = {"count": (3, 1, 0, 0), "queue": (3, 1, 0, 0)}
    assert ask(rule, elapsed=49.0, **queue) == 0
    assert ask(rule, elapsed=50.0, **queue) == 1
