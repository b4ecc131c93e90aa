"""Cyclic rules: order, lengths and split of greens, by arithmetic and against the clearance function."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.controllers.test_rules import ready, state
from tests.fakes import toy_scenario, toy_signal
from trafficai.backends.signals import build_signal_tables, state_string
from trafficai.controllers import CyclicMaxPressure, SplitAdapter
from trafficai.controllers.cyclic import Ring, largest_remainders, share_out
from trafficai.core.signals import new_signal_state, run_signals, signal_view, start_signals

TOY_CYCLE = [("Gr", 20), ("yr", 4), ("rG", 20), ("ry", 4)]


def shown_by(rule, scenario, seconds, count=(0, 0, 0, 0), left=lambda second, phase: (0, 0, 0, 0)):
    """Return the states that the clearance function shows, one per second, under a rule that sees these counts."""
    tables = build_signal_tables(scenario.signals)
    signals = new_signal_state(tables)
    start_signals(tables, signals, 0.0)
    states = []
    for second in range(seconds):
        phase, elapsed = signal_view(signals, float(second))
        seen = state(count=count, phase=tuple(phase), elapsed=elapsed[0], time=float(second))
        seen.lane_left_in_interval = np.array(left(second, int(phase[0])), dtype=np.int32)
        run_signals(tables, signals, rule.decide(seen), float(second))
        states.append(state_string(signals.colours[0]))
    return states


def lengths(states):
    """Return how long each state lasts, one after the other."""
    changes = [0, *(i for i in range(1, len(states)) if states[i] != states[i - 1]), len(states)]
    return [(states[a], b - a) for a, b in pairwise(changes)]


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        ((1.0, 1.0), (20.0, 20.0)),
        ((3.0, 1.0), (30.0, 10.0)),
        ((99.0, 1.0), (35.0, 5.0)),
        ((0.0, 0.0), (20.0, 20.0)),
        ((10.0, 1.0, 0.0), (30.0, 5.0, 5.0)),
    ],
)
def test_green_is_shared_by_weight_and_none_gets_less_than_its_least(weights, shares):
    assert share_out(np.array(weights), 40.0, np.full(len(weights), 5.0)) == pytest.approx(np.array(shares))


def test_whole_seconds_keep_the_sum():
    assert largest_remainders(np.array([10.4, 10.3, 10.3]), 31).tolist() == [11.0, 10.0, 10.0]


def test_a_cycle_shows_every_phase_and_lasts_as_long_as_the_program():
    """Program: two greens of 20 s, two yellows of 4 s. Equal pressures share 40 s evenly."""
    scenario = toy_scenario()
    states = shown_by(ready(CyclicMaxPressure(), scenario), scenario, 144, (3, 3, 0, 0))
    assert lengths(states) == TOY_CYCLE * 3


def test_the_split_follows_the_pressures():
    """exp(0.1 x 11) : 1 is 3.004 : 1, so 40 s of green are 30 and 10."""
    scenario = toy_scenario()
    states = shown_by(ready(CyclicMaxPressure(), scenario), scenario, 96, (13, 2, 0, 0))
    assert lengths(states) == [("Gr", 30), ("yr", 4), ("rG", 10), ("ry", 4)] * 2


def test_a_cycle_too_short_for_every_least_green_is_lengthened():
    scenario = toy_scenario()
    states = shown_by(ready(CyclicMaxPressure(cycle=10.0), scenario), scenario, 54, (0, 0, 0, 0))
    assert lengths(states) == [("Gr", 5), ("yr", 4), ("rG", 5), ("ry", 4)] * 3


def test_a_change_that_clears_nothing_takes_no_time():
    ring = Ring(toy_signal("A", ("Gr", "GG", "yy")))
    assert ring.changes.tolist() == [0.0, 4.0]


def saturated_first(second, phase):
    """Every other second somebody leaves the first approach in its green, and in the other's one vehicle in all."""
    return (second % 2, 0, 0, 0) if phase == 0 else (0, int(second == 30), 0, 0)


def test_greens_and_cycle_adapt_in_small_steps():
    """Ten left at 1.895 s each: 19 s of the 20 s needed, remembered as 19.7 s, so the cycle grows by 6 s from 48 s.

    The other phase needs 15.5 s. 46 s of green would be 25.8 and 20.2 s; 23 s may change by 4 % of 54 s, 2.16 s.
    """
    scenario = toy_scenario()
    states = shown_by(ready(SplitAdapter(), scenario), scenario, 102, left=saturated_first)
    assert lengths(states)[:7] == [*TOY_CYCLE, ("Gr", 25), ("yr", 4), ("rG", 21)]


def test_an_empty_junction_gets_the_shortest_cycle():
    scenario = toy_scenario()
    rule = ready(SplitAdapter(), scenario)
    states = shown_by(rule, scenario, 1000)
    assert rule.cycles.tolist() == [40.0]
    assert lengths(states)[:4] == TOY_CYCLE
    assert set(lengths(states)[-9:-1]) == {("Gr", 16), ("yr", 4), ("rG", 16), ("ry", 4)}


def test_who_still_stands_when_green_ends_needed_green_too():
    scenario = toy_scenario()
    rule = ready(SplitAdapter(), scenario)
    rule.decide(seen_at(0, phase=0))
    rule.decide(seen_at(20, phase=1, queue=(12, 0, 0, 0)))
    rule.decide(seen_at(48, phase=0))
    assert rule.cycles.tolist() == [54.0]  # 22.7 s of 20 s, remembered as 20.7 s
    rule.decide(seen_at(102, phase=0))
    assert rule.cycles.tolist() == [48.0]  # nobody came: 15.5 s of 25 s are a degree of 0.62


def seen_at(time, phase, queue=(0, 0, 0, 0)):
    seen = state(time=float(time), phase=(phase,))
    seen.lane_seen_queue = np.array(queue, dtype=np.int32)
    return seen
