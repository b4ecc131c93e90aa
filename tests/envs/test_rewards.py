"""Rewards: each term by hand, and sums of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes import ToyBackend, toy_scenario
from trafficai.datatypes import InputError
from trafficai.envs.actions import controlled_signals
from trafficai.envs.observations import make_view
from trafficai.envs.rewards import REWARDS, Interval, Reward, parse_reward

SCENARIO = toy_scenario()


def interval(**fields):
    """Ten seconds on a junction with two incoming lanes and two outgoing ones."""
    snapshot = ToyBackend(SCENARIO).reset(0)._replace(**{key: np.asarray(value) for key, value in fields.items()})
    view = make_view(SCENARIO, controlled_signals(SCENARIO))
    return Interval(snapshot, view, np.int32(4), 10)


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
        ("throughput", {}, 4 / (10 * 2 * 0.5)),
        ("stops", {"stops_in_interval": 5}, -5 / (10 * 2 * 0.5)),
    ],
)
def test_terms_by_hand(term, fields, expected):
    assert REWARDS[term](interval(**fields)) == pytest.approx(expected)


def test_a_sum_is_the_weighted_sum_of_its_terms():
    given = interval(delay_in_interval=60.0, co2_in_interval=80.0)
    assert Reward("delay+co2")(given) == pytest.approx(-3.0 - 2.0)
    assert Reward(" delay + 0.2*co2 ")(given) == pytest.approx(-3.0 - 0.4)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("delay", {"delay": 1.0}),
        ("2*queue+.5*stops", {"queue": 2.0, "stops": 0.5}),
        ("delay+delay", {"delay": 2.0}),
    ],
)
def test_weights_are_read(text, weights):
    assert parse_reward(text) == weights


@pytest.mark.parametrize("text", ["", "delay+", "delay-co2", "co2*2", "nan*delay", "1e999*delay", "__import__('os')"])
def test_what_is_not_a_sum_of_terms_is_an_input_error(text):
    with pytest.raises(InputError, match="reward"):
        parse_reward(text)
