"""Car following: what can be worked out by hand, and what a driver who really drives it step by step would find."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficai.core.car_following import (
    arrival_speed_braking,
    arrival_time,
    brake_gap,
    dawdle,
    emergency_deceleration,
    follow_speed,
    free_speed,
    max_next_speed,
    safe_follow_speed,
    secure_gap,
    speed_after,
    speed_before_stop,
    stop_speed,
)
from trafficai.core.records import VEHICLE_TYPE

SPEEDS = st.floats(0.0, 40.0)
GAPS = st.floats(0.0, 400.0)
DECELS = st.floats(1.0, 8.0)


def make_driver(**changes):
    """Return a row of the type table: SUMO's passenger car, but for the changes."""
    row = np.zeros(1, dtype=VEHICLE_TYPE).view(np.recarray)[0]
    defaults = {"length": 5.0, "min_gap": 2.5, "accel": 2.6, "decel": 4.5, "emergency_decel": 9.0, "tau": 1.0}
    for name, value in {**defaults, "max_speed": 55.56, "sigma": 0.5, **changes}.items():
        row[name] = value
    return row


CAR = make_driver()
LIMIT = 13.89
BUS = make_driver(length=12.0, accel=1.2, decel=4.0, emergency_decel=7.0, max_speed=27.78)


def way_to_standstill(speed, decel):
    """Slow twin: brake second by second; a vehicle moves by its new speed."""
    way = 0.0
    while speed > decel:
        speed -= decel
        way += speed
    return way


@pytest.mark.parametrize(
    ("speed", "headway", "gap"),
    [
        (0.0, 1.0, 0.0),
        (4.5, 0.0, 0.0),  # one second of braking and it stands
        (9.0, 0.0, 4.5),
        (13.5, 0.0, 9.0 + 4.5),
        (10.0, 0.0, 5.5 + 1.0),
        (10.0, 1.0, 10.0 + 5.5 + 1.0),
    ],
)
def test_brake_gap_by_hand(speed, headway, gap):
    assert brake_gap(speed, 4.5, headway) == pytest.approx(gap)


@given(speed=SPEEDS, decel=DECELS)
def test_brake_gap_is_the_way_to_a_standstill(speed, decel):
    assert brake_gap(speed, decel, 0.0) == pytest.approx(way_to_standstill(speed, decel), abs=1e-9)


@pytest.mark.parametrize(("gap", "speed"), [(-1.0, 0.0), (0.0, 0.0), (4.501, 4.5), (13.501, 9.0), (9.001, 6.75)])
def test_speed_before_stop_by_hand(gap, speed):
    """4.5 m now, then 0: 4.5 m. 9 now, 4.5, 0: 13.5 m. 6.75 now, 2.25, 0: 9 m. A millimetre stays free."""
    assert speed_before_stop(gap, 4.5, 1.0) == pytest.approx(speed)


@given(gap=GAPS, decel=DECELS, headway=st.sampled_from([1.0, 1.5, 2.0]))
def test_speed_before_stop_uses_up_the_gap_and_no_more(gap, decel, headway):
    """Driven for the headway and then braked, it covers the gap less its millimetre."""
    speed = speed_before_stop(gap, decel, headway)
    assert brake_gap(speed, decel, headway) == pytest.approx(max(0.0, gap - 0.001), abs=1e-6)


@given(gap=GAPS, more=st.floats(0.0, 50.0), decel=DECELS)
def test_more_room_is_never_a_lower_speed(gap, more, decel):
    assert speed_before_stop(gap + more, decel, 1.0) >= speed_before_stop(gap, decel, 1.0)


def test_stop_speed_is_bounded_by_acceleration_and_top_speed():
    assert stop_speed(0.0, 1000.0, 4.5, CAR, LIMIT) == pytest.approx(2.6)
    assert stop_speed(55.0, 10000.0, 4.5, CAR, LIMIT) == pytest.approx(55.56)
    assert max_next_speed(10.0, BUS) == pytest.approx(11.2)


@given(speed=SPEEDS, gap=st.floats(0.1, 400.0))
def test_stop_speed_never_passes_the_obstacle(speed, gap):
    """Slow twin: drive it to the end; a driver who can stop in time does, and without hard braking."""
    speed = min(speed, stop_speed(speed, gap, 4.5, CAR, LIMIT))
    for _ in range(200):
        new = stop_speed(speed, gap, 4.5, CAR, LIMIT)
        assert new >= speed - 4.5 - 1e-9
        speed, gap = new, gap - new
        assert gap >= 0.0
    assert gap <= 0.002


def test_safe_follow_speed_by_hand():
    """A leader at 9 m/s still covers 4.5 m; with a gap of 9.001 m that is 13.501 m, good for 9 m/s."""
    assert safe_follow_speed(9.001, 9.0, 4.5, CAR) == pytest.approx(9.0)
    assert safe_follow_speed(4.501, 0.0, 4.5, CAR) == pytest.approx(4.5)


def test_leader_who_brakes_harder_covers_less():
    assert safe_follow_speed(20.0, 15.0, 9.0, CAR) < safe_follow_speed(20.0, 15.0, 4.5, CAR)
    assert safe_follow_speed(20.0, 15.0, 3.0, CAR) == safe_follow_speed(20.0, 15.0, 4.5, CAR)


@given(speed=SPEEDS, leader=SPEEDS, gap=GAPS)
def test_follow_speed_is_safe_or_brakes(speed, leader, gap):
    result = follow_speed(speed, gap, leader, 4.5, CAR, LIMIT)
    safe = safe_follow_speed(gap, leader, 4.5, CAR)
    assert 0.0 <= result <= max_next_speed(speed, CAR)
    assert result <= safe + 1e-9 or result <= max(0.0, speed - 4.5) + 1e-9


@given(speed=st.floats(0.0, 30.0), leader=st.floats(0.0, 30.0), spare=st.floats(0.0, 50.0))
def test_follower_with_a_secure_gap_never_hits_a_leader_who_brakes_to_a_stop(speed, leader, spare):
    """Slow twin: both driven second by second."""
    gap = secure_gap(speed, leader, 4.5, CAR) + 0.01 + spare
    for _ in range(60):
        new = follow_speed(speed, gap, leader, 4.5, CAR, LIMIT)
        leader = max(0.0, leader - 4.5)
        gap += leader - new
        speed = new
        assert gap >= -1e-6
    assert speed <= 0.1


@pytest.mark.parametrize(
    ("speed", "leader", "gap"),
    [
        (10.0, 10.0, 10.0),  # both need 6.5 m to stop: the headway remains
        (10.0, 0.0, 16.5),
        (0.0, 10.0, 0.0),
        (5.0, 20.0, 0.0),
    ],
)
def test_secure_gap_by_hand(speed, leader, gap):
    assert secure_gap(speed, leader, 4.5, CAR) == pytest.approx(gap)


@given(speed=SPEEDS, leader=SPEEDS)
def test_secure_gap_is_the_gap_at_which_the_speed_is_safe(speed, leader):
    gap = secure_gap(speed, leader, 4.5, CAR)
    if gap > 0.0:
        assert safe_follow_speed(gap + 0.001, leader, 4.5, CAR) == pytest.approx(speed, abs=1e-6)


@pytest.mark.parametrize(
    ("gap", "speed", "leader", "needed"),
    [
        (0.0, 10.0, 5.0, math.inf),
        (25.0, 10.0, 0.0, 2.0),  # v^2 / 2g
        (5.0, 10.0, 0.0, 10.0),  # harder than the leader brakes: relative to it
        (4.0, 10.0, 6.0, 0.5 * 100 / (4 + 0.5 * 36 / 4.5)),  # 6.25 is more than 4.5
    ],
)
def test_emergency_deceleration_by_hand(gap, speed, leader, needed):
    if math.isfinite(needed) and needed > 4.5:
        needed = 0.5 * (speed**2 - leader**2) / gap
    assert emergency_deceleration(gap, speed, leader, 4.5) == pytest.approx(needed)


@pytest.mark.parametrize(
    ("gap", "leader", "braking"),
    [
        (25.0, 10.0, 1.2 * 0.5 * (400 - 100) / 25),  # 9 m/s would be safe with this headway: 11 m/s^2
        (10.0, 20.0, 4.5),  # nothing but headway is missing: comfortable braking will do
    ],
)
def test_follower_brakes_no_harder_than_an_emergency_asks(gap, leader, braking):
    sleepy = make_driver(tau=3.0)
    assert 20.0 - safe_follow_speed(gap, leader, 4.5, sleepy) > braking + 1.0
    assert follow_speed(20.0, gap, leader, 4.5, sleepy, LIMIT) == pytest.approx(20.0 - braking)


def test_follower_without_room_brakes_as_hard_as_it_can():
    assert follow_speed(20.0, -1.0, 0.0, 4.5, CAR, LIMIT) == pytest.approx(20.0 - 1.2 * 9.0)


def speeds_to_a_limit(distance, limit, decel):
    """Slow twin: the speeds of one who brakes to a limit, chosen anew each second."""
    speeds = []
    while distance >= limit:
        speed = free_speed(distance, limit, decel, False)
        speeds.append(speed)
        distance -= speed
    return speeds


def test_free_speed_by_hand():
    """Closer than one step at the limit it is the limit; 10 + 5.5 m: one step of 10 m/s, then the limit."""
    assert free_speed(5.0, 8.0, 4.5, False) == 8.0
    assert free_speed(5.5 + 10.0, 5.5, 4.5, False) == pytest.approx(10.0)


@given(distance=st.floats(0.0, 500.0), limit=st.floats(1.0, 30.0), decel=DECELS)
def test_free_speed_reaches_the_limit_with_comfortable_braking(distance, limit, decel):
    speeds = [*speeds_to_a_limit(distance, limit, decel), limit]
    assert all(earlier - later <= decel + 1e-6 for earlier, later in pairwise(speeds))
    assert min(speeds) >= limit - 1e-6


def test_speed_after_by_hand():
    assert speed_after(10.0, 0.0, 20.0, make_driver(accel=5.0)) == pytest.approx(10.0)
    assert speed_after(1e6, 0.0, 100.0, CAR) == pytest.approx(55.56)
    assert speed_after(1e6, 0.0, 13.9, CAR) == 13.9


@pytest.mark.parametrize(
    ("distance", "speed", "arrival_speed", "seconds"),
    [
        (0.0, 10.0, 10.0, 0.0),
        (100.0, 10.0, 10.0, 10.0),
        (2.6 * 2, 0.0, 5.2, 2.0),  # two seconds of acceleration
        (2.6 * 2 + 52.0, 0.0, 5.2, 12.0),  # and ten more at its end
        (9.0, 9.0, 0.0, 2.0),  # two seconds of braking
    ],
)
def test_arrival_time_by_hand(distance, speed, arrival_speed, seconds):
    assert arrival_time(distance, speed, arrival_speed, CAR) == pytest.approx(seconds)


@given(distance=st.floats(0.1, 200.0), speed=st.floats(0.0, 30.0), arrival_speed=st.floats(0.5, 30.0))
def test_arrival_takes_longer_than_at_full_speed_and_less_than_at_the_lower_one(distance, speed, arrival_speed):
    seconds = arrival_time(distance, speed, arrival_speed, CAR)
    assert seconds >= distance / max(speed, arrival_speed) - 1e-9
    assert seconds <= distance / max(0.1, min(speed, arrival_speed)) + 1e-9


def test_arrival_speed_braking_by_hand():
    assert math.isinf(arrival_speed_braking(5.0, 10.0, 4.5))
    assert arrival_speed_braking(10.0, 10.0, 4.5) == pytest.approx(math.sqrt(10.0))
    assert arrival_speed_braking(100.0, 10.0, 4.5) == 0.0


@given(speed=SPEEDS, sigma=st.floats(0.0, 1.0), chance=st.floats(0.0, 1.0, exclude_max=True))
def test_dawdling_costs_at_most_a_second_of_acceleration(speed, sigma, chance):
    slower = dawdle(speed, 2.6, sigma, chance)
    assert max(0.0, speed - sigma * 2.6) <= slower <= speed


def test_dawdle_by_hand():
    assert dawdle(10.0, 2.6, 0.5, 0.5) == pytest.approx(10.0 - 0.65)
    assert dawdle(1.0, 2.6, 0.5, 0.5) == pytest.approx(0.75)  # slow vehicles lose in proportion
    assert dawdle(10.0, 2.6, 0.0, 0.9) == 10.0
