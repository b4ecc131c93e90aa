"""Rewards: each term by hand, sums of them, and the core's and the single engines' table against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.envs import oracle
from tests.envs.states import empty, snapshots, view_of
from tests.fakes import cut_approach, toy_scenario
from trafficai.core._struct import reference
from trafficai.core.features import Sheet
from trafficai.core.formulas import Outputs, compute_row
from trafficai.datatypes import InputError
from trafficai.envs.readout import Readout
from trafficai.envs.rewards import TERMS, parse_reward, parse_rewards, priced_reward

SCENARIO = toy_scenario()
TWO = toy_scenario("AB")


def computed(scenario, reward, now, before, view):
    """Return what the kernel makes of a reward."""
    shown = Readout(scenario, [view], "phase", reward)
    formulas, layout = shown.formulas(shown.num_inputs), shown.layout
    rows, outputs = np.zeros((1, 2 * layout.size + len(formulas.rows))), np.zeros((1, shown.num_inputs), np.float32)
    rows[0, : 2 * layout.size] = np.concatenate([layout.features(now), layout.features(before)])
    compute_row(reference(formulas, constant=True), reference(Sheet(rows)), reference(Outputs(outputs)), 0)
    return rows[0, shown.reward_columns[0]]


@pytest.mark.parametrize(
    ("term", "fields", "expected"),
    [
        ("delay", {"delay_in_interval": 60.0}, -60 / (10 * 2)),
        ("co2", {"co2_in_interval": 80.0}, -80 / (10 * 2 * 2.0)),
        ("queue", {"lane_queue": [3, 4, 9, 9]}, -7 / 2),
        ("waiting", {"lane_waiting": [30.0, 60.0, 500.0, 0.0]}, -90 / (2 * 60)),
        ("pressure", {"lane_queue": [3, 4, 1, 2]}, -(7 - 3) / 2),
        ("speed", {"lane_count": [1, 1, 5, 5], "lane_speed_sum": [13.9, 0.0, 0.0, 0.0]}, 0.5),
        ("speed", {"lane_count": [0, 0, 5, 5]}, 1.0),
        ("throughput", {"total_arrived": 4}, 4 / (10 * 2 * 0.5)),
        ("stops", {"stops_in_interval": 5}, -5 / (10 * 2 * 0.5)),
        ("worst_wait", {"lane_longest_wait": [60.0, 30.0, 500.0, 0.0]}, -60 / 120),
        ("switching", {"signal_phase": [1]}, -1.0),
        ("diff_waiting", {"lane_own_waiting": [30.0, 20.0, 500.0, 0.0]}, -50 / 100),
        ("average_speed", {"lane_count": [2, 1, 5, 5], "lane_relative_speed_sum": [1.5, 0.9, 0.0, 0.0]}, 0.8),
        ("average_speed", {"lane_count": [0, 0, 5, 5]}, 1.0),
        ("sumo_rl_queue", {"lane_queue": [3, 4, 9, 9]}, -7),
        ("sumo_rl_pressure", {"lane_count": [3, 4, 1, 2]}, (1 + 2) - (3 + 4)),
        ("wait_norm", {"lane_seen_waiting": [30.0, 82.0, 500.0, 0.0]}, -0.5),
        ("wait_norm", {"lane_seen_waiting": [3000.0, 82.0, 500.0, 0.0]}, -4.0),
        ("switching", {}, 0.0),
        ("delay+co2", {"delay_in_interval": 60.0, "co2_in_interval": 80.0}, -3.0 - 2.0),
        (" delay + 0.2*co2 ", {"delay_in_interval": 60.0, "co2_in_interval": 80.0}, -3.0 - 0.4),
    ],
)
def test_rewards_by_hand(term, fields, expected):
    """Ten seconds on a junction with two incoming lanes and two outgoing ones."""
    before = empty(SCENARIO)
    now = before._replace(**{key: np.asarray(value) for key, value in fields.items()})
    assert computed(SCENARIO, term, now, before, view_of(SCENARIO)) == pytest.approx(expected)


@given(st.data(), st.sampled_from(sorted(TERMS)), st.booleans())
def test_terms_are_what_their_slow_twins_say(data, term, is_local):
    now, before = data.draw(snapshots(TWO)), data.draw(snapshots(TWO))
    view = view_of(TWO, "B", is_local=is_local)
    expected = oracle.TERMS[term](now, before, view)
    assert computed(TWO, term, now, before, view) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_several_rewards_are_a_vector():
    before = empty(SCENARIO)
    now = before._replace(delay_in_interval=np.asarray(60.0), lane_queue=np.array([3, 4, 9, 9]))
    both = computed(SCENARIO, ("delay", "2*queue"), now, before, view_of(SCENARIO))
    assert both.tolist() == pytest.approx([-3.0, -7.0])
    with pytest.raises(InputError, match="one term at least"):
        parse_rewards(())


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("delay", {"delay": 1.0}),
        ("2*queue+.5*stops", {"queue": 2.0, "stops": 0.5}),
        ("1e-3*queue", {"queue": 0.001}),
        ("delay+delay", {"delay": 2.0}),
    ],
)
def test_weights_are_read(text, weights):
    assert parse_reward(text) == weights


@pytest.mark.parametrize("text", ["", "delay+", "delay-co2", "co2*2", "nan*delay", "1e999*delay", "__import__('os')"])
def test_what_is_not_a_sum_of_terms_is_an_input_error(text):
    with pytest.raises(InputError, match="reward"):
        parse_reward(text)


def test_prices_become_weights():
    """At 18 EUR/h a second costs 0.5 ct; at 250 EUR/t a gram costs 0.025 ct, and the CO2 term counts two of them."""
    assert parse_reward(priced_reward(18.0, 250.0)) == pytest.approx({"delay": 1.0, "co2": 2 * 0.00025 / 0.005})
    with pytest.raises(InputError, match="prices must be above 0"):
        priced_reward(0.0, 250.0)


@pytest.mark.parametrize(
    ("term", "field", "values", "expected"),
    [
        ("delay", "lane_time_loss_in_interval", [1.0, 2.0, 50.0, 50.0, 4.0, 8.0], -15 / (10 * 2)),
        ("queue", "lane_queue", [1, 2, 50, 50, 4, 8], -15 / 2),
        ("worst_wait", "lane_longest_wait", [1.0, 2.0, 500.0, 0.0, 12.0, 30.0], -30 / 120),
        ("throughput", "lane_left_in_interval", [1, 1, 50, 50, 2, 4], 5 / (10 * 2 * 0.5)),
        ("sumo_rl_queue", "lane_queue", [1, 2, 50, 50, 4, 8], -3),
    ],
)
def test_who_stands_before_a_lane_without_room_for_a_car_counts_in_the_agents_own_reward(term, field, values, expected):
    """By hand: lanes n, w, s, e, b, c; c leads over b into w, which are shorter than a metre."""
    cut = cut_approach()
    kind = empty(cut)._asdict()[field].dtype
    now = empty(cut)._replace(**{field: np.array(values, dtype=kind)})
    reward = computed(cut, term, now, empty(cut), view_of(cut, is_local=True))
    assert reward == pytest.approx(expected)
