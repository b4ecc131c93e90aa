"""The books over SUMO's seconds, on recordings written by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trafficai.backends.sumo_accounts import Seconds, begin_interval, book_seconds, count_lanes, new_accounts
from trafficai.core.emissions import exhaust
from trafficai.scenario import load_scenario

BEGIN = 25200
LANE, INTERNAL_LANE = 35, 3  # in the network of cologne1


@pytest.fixture(scope="module")
def scenario():
    """Two vehicles, due at 0 s and at 0.4 s."""
    scenario = load_scenario("cologne1", end=BEGIN + 600)
    model = scenario.vehicles[0]
    vehicles = tuple(replace(model, id=str(i), depart=BEGIN + depart) for i, depart in enumerate((0.0, 0.4)))
    return replace(scenario, vehicles=vehicles)


def recording(rows, departed=((),), arrived=(), lane=LANE):
    """Return a recording; ``rows`` has one list a second of (vehicle, position, speed, time loss) on one lane."""
    departed = [*departed, *[()] * (len(rows) - len(departed))]
    arrived = [*[()] * (len(rows) - len(arrived)), *arrived]
    flat = [row for second in rows for row in second]
    columns = list(zip(*flat, strict=True)) or [(), (), (), ()]

    def ends(parts):
        return np.cumsum([len(part) for part in parts]).astype(np.int32)

    return Seconds(
        vehicle=np.array(columns[0], np.int32),
        lane=np.full(len(flat), lane, np.int32),
        position=np.array(columns[1], np.float64),
        speed=np.array(columns[2], np.float64),
        time_loss=np.array(columns[3], np.float64),
        is_stopped=np.zeros(len(flat), np.int8),
        waited=np.zeros(len(flat)),
        departed=np.array([i for part in departed for i in part], np.int32),
        factors=np.ones(sum(len(part) for part in departed)),
        arrived=np.array([i for part in arrived for i in part], np.int32),
        rows=ends(rows),
        departures=ends(departed),
        arrivals=ends(arrived),
    )


def co2_rate(speed, acceleration, coefficients, row):
    return exhaust(speed, acceleration, coefficients, row)[0]


def book(scenario, *recordings):
    accounts = new_accounts(scenario)
    time = BEGIN
    for seconds in recordings:
        begin_interval(accounts)
        book_seconds(accounts, seconds, time)
        count_lanes(accounts, seconds)
        time += len(seconds.rows)
    return accounts


def test_vehicle_due_waits_from_the_moment_it_is_due(scenario):
    totals = book(scenario, recording([[], [], []])).totals[0]
    assert totals.delay == pytest.approx(3.0 + 2.6)


def test_inserted_vehicle_has_not_moved_yet(scenario):
    accounts = book(scenario, recording([[(0, 5.1, 7.0, 0.0)]], departed=[(0,)]))
    assert accounts.totals[0].inserted == 1
    assert accounts.totals[0].vehicle_updates == 0
    assert accounts.totals[0].co2 == 0.0
    assert accounts.totals[0].delay == pytest.approx(0.6)  # the other vehicle's


def test_moving_vehicle_is_charged_by_the_second(scenario):
    seconds = recording([[(0, 5.0, 7.0, 0.0)], [(0, 13.0, 8.0, 0.25)], [(0, 21.5, 8.5, 0.375)]], departed=[(0,)])
    accounts = book(scenario, seconds)
    rates = [co2_rate(8.0, 1.0, accounts.coefficients, 0), co2_rate(8.5, 0.5, accounts.coefficients, 0)]
    assert accounts.totals[0].co2 == pytest.approx(sum(rates))
    assert accounts.totals[0].vehicle_updates == 2
    assert accounts.totals[0].delay == pytest.approx(0.375 + 0.6 + 1.0 + 1.0)


def test_chunks_add_up_and_intervals_start_anew(scenario):
    rows = [[(0, 5.0, 7.0, 0.0)], [(0, 13.0, 8.0, 0.25)], [(0, 21.5, 8.5, 0.375)]]
    whole = book(scenario, recording(rows, departed=[(0,)]))
    split = book(scenario, recording(rows[:2], departed=[(0,)]), recording(rows[2:]))
    assert split.tracks[0].co2 == whole.tracks[0].co2
    assert split.totals[0].delay == pytest.approx(0.125 + 1.0)


def test_teleported_vehicle_is_not_charged_for_the_jump(scenario):
    rows = [[(0, 5.0, 7.0, 0.0)], [(0, 13.0, 8.0, 0.25)], [], [(0, 40.0, 13.0, 5.0)], [(0, 53.0, 13.0, 5.0)]]
    accounts = book(scenario, recording(rows, departed=[(0,)]))
    rates = [co2_rate(8.0, 1.0, accounts.coefficients, 0), co2_rate(13.0, 0.0, accounts.coefficients, 0)]
    assert accounts.totals[0].co2 == pytest.approx(sum(rates))


def test_wait_grows_until_the_vehicle_moves_and_every_stop_counts(scenario):
    speeds = [7.0, 0.0, 0.1, 3.0, 0.05]
    rows = [[(0, 5.0, speed, 0.0)] for speed in speeds]
    accounts = book(scenario, recording(rows[:3], departed=[(0,)]))
    assert accounts.tracks[0].waiting == 2.0
    assert accounts.totals[0].stops == 1
    accounts = book(scenario, recording(rows, departed=[(0,)]))
    assert accounts.tracks[0].waiting == 1.0
    assert accounts.totals[0].stops == 2


def test_last_second_is_booked_like_the_one_before(scenario):
    rows = [[(0, 5.0, 7.0, 0.0)], [(0, 13.0, 8.0, 0.25)], []]
    accounts = book(scenario, recording(rows, departed=[(0,)], arrived=[(0,)]))
    rate = co2_rate(8.0, 1.0, accounts.coefficients, 0)
    assert accounts.totals[0].co2 == pytest.approx(2 * rate)
    assert accounts.tracks[0].co2 == pytest.approx(rate)
    assert accounts.totals[0].delay == pytest.approx(0.5 + 2.6)
    assert accounts.totals[0].arrived == 1


def test_lane_is_counted_as_it_stands_at_the_end(scenario):
    lane = scenario.network.lanes[LANE]
    far, near = lane.length - 50.1, lane.length - 50.0
    rows = [[(0, 1.0, 9.0, 0.0), (1, 9.0, 9.0, 0.0)], [(0, far, 0.1, 0.0), (1, near, 5.0, 0.5)]]
    accounts = book(scenario, recording(rows, departed=[(0, 1)]))
    lane_book = accounts.lane_books[scenario.network.normal_lane_index[lane.id]]
    assert (lane_book["count"], lane_book.near, lane_book.queue) == (2, 1, 1)
    assert lane_book.speed_sum == pytest.approx(5.1)
    assert lane_book.waiting == 1.0
    assert lane_book.time_loss == 0.5
    assert lane_book.co2 == pytest.approx(accounts.totals[0].co2)
    assert accounts.lane_books["count"].sum() == 2


def test_vehicle_inside_a_junction_counts_in_the_totals_only(scenario):
    rows = [[(0, 1.0, 9.0, 0.0)], [(0, 2.0, 5.0, 0.5)]]
    accounts = book(scenario, recording(rows, departed=[(0, 1)], lane=INTERNAL_LANE))
    assert accounts.totals[0].delay == 0.5
    assert not accounts.lane_books["count"].any()
    assert not accounts.lane_books.time_loss.any()
