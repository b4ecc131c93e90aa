"""Metrics of streams, grades, fairness and persons, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.fakes import make_trips
from tests.fakes import toy_scenario
from trafficai.datatypes.streams import StreamCounts
from trafficai.metrics import fairness, persons, streams
from trafficai.metrics.level_of_service import hbs_qsv, hcm_los, worst
from trafficai.scenario.control_delay import hcm_delay_s
from trafficai.scenario.model import Vehicle, VehicleType


def counts() -> StreamCounts:
    """An hour of a stream of 600 vehicles with 36 s of green in 90 s, and of one that nobody drives."""
    return StreamCounts(
        seconds=3600,
        entered=np.array([600, 0]),
        crossed=np.array([590, 0]),
        time_loss=np.array([21_120.0, 0.0]),
        queued=np.array([7200.0, 0.0]),
        queue_max=np.array([90.0, 0.0]),
        queue_at_green=(np.arange(1.0, 42.0), np.zeros(0)),
        green=np.array([1440, 0]),
        lane_green=np.array([1440.0, 0.0]),
        projected=np.array([500, 0]),
        projected_on_green=np.array([300, 0]),
        greens=np.array([40, 0]),
        failures=np.array([8, 0]),
    )


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (streams.flow_veh_h, 600.0),
        (streams.control_delay_s, 35.2),
        (streams.queue_mean_veh, 2.0),
        (streams.queue_95_m, 39.0),
        (streams.green_share, 0.4),
        (streams.arrivals_on_green, 0.6),
        (streams.platoon_ratio, 1.5),
        (streams.split_failure_share, 0.2),
    ],
)
def test_a_metric_is_right_and_not_a_number_where_there_is_nothing(metric, value):
    used, unused = metric(counts())
    assert used == pytest.approx(value)
    assert np.isnan(unused) or (
        unused == 0.0 and metric in (streams.flow_veh_h, streams.queue_mean_veh, streams.green_share)
    )


def test_saturation_is_demand_over_capacity_of_the_lane_group():
    """600 veh/h where 1,800 veh/h are let through for 36 of 90 s: the x = 0.833 of the textbook."""
    both = np.array([0, 1], dtype=np.intp)
    assert streams.capacity_veh_h(counts(), 1800.0)[0] == pytest.approx(720.0)
    assert streams.degree_of_saturation(counts(), both, 1800.0)[0] == pytest.approx(0.8333, abs=1e-4)
    assert np.isnan(streams.degree_of_saturation(counts(), both, 1800.0)[1])
    assert streams.degree_of_saturation(counts(), both, None)[0] == pytest.approx(0.75)
    shared = counts()._replace(entered=np.array([600, 120]), lane_green=np.array([1440.0, 1440.0]))
    assert streams.degree_of_saturation(shared, np.zeros(2, dtype=np.intp), 1800.0) == pytest.approx([1.0, 1.0])


def test_queue_is_held_against_storage():
    assert streams.storage_share(counts(), np.array([60.0, 50.0])).tolist() == [1.5, 0.0]


@pytest.mark.parametrize(
    ("delay", "hcm", "hbs"),
    [
        (10.0, "A", "A"),
        (10.1, "B", "A"),
        (20.0, "B", "A"),
        (35.0, "C", "B"),
        (50.0, "D", "C"),
        (70.0, "E", "D"),
        (80.0, "E", "E"),
        (80.1, "F", "E"),
    ],
)
def test_grades_change_at_their_limits(delay, hcm, hbs):
    assert (hcm_los(delay), hbs_qsv(delay)) == (hcm, hbs)
    assert (hcm_los(delay, 1.0), hbs_qsv(delay, 1.0)) == (hcm, hbs)
    assert (hcm_los(delay, 1.01), hbs_qsv(delay, 1.01)) == ("F", "F")


def test_the_textbook_case_is_level_d():
    """C = 90 s, g = 36 s, s = 1,800 and q = 600 veh/h, a quarter of an hour: 24.30 s and 10.91 s."""
    case = (np.array([0.4]), np.array([90.0]), np.array([600.0 / 720.0]), np.array([720.0]))
    (delay,) = hcm_delay_s(*case, hours=0.25)
    assert delay == pytest.approx(24.30 + 10.91, abs=0.01)
    assert hcm_los(delay, 600.0 / 720.0) == "D"


def test_the_mean_cycle_is_time_over_greens():
    used, unused = streams.mean_cycle_s(counts())
    assert used == 90.0
    assert np.isnan(unused)


def test_the_worst_grade_is_the_last_letter():
    assert worst("BDAC") == "D"
    assert worst("") is None


@pytest.mark.parametrize(
    ("values", "coefficient"),
    [([3.0, 3.0, 3.0], 0.0), ([0.0, 0.0, 0.0, 8.0], 0.75), ([1.0, 3.0], 0.25), ([], 0.0), ([-1.0, 0.0], 0.0)],
)
def test_ginis_coefficient(values, coefficient):
    assert fairness.gini(np.array(values)) == pytest.approx(coefficient)


def test_the_worst_stream_is_the_one_that_waits_longest():
    assert fairness.worst_stream(np.array([np.nan, 5.0, 9.0])) == 2
    assert fairness.worst_stream(np.array([np.nan])) is None


def test_a_bus_counts_for_those_in_it():
    """A car with 1.5 persons loses 10 s, a bus with 20 of them 31.5 s."""
    scenario = toy_scenario()
    kinds = (VehicleType("car"), VehicleType("bus", vehicle_class="bus"), VehicleType("lorry", vehicle_class="truck"))
    vehicles = tuple(Vehicle(str(i), i, 0.0, ("An", "As")) for i in range(3))
    scenario = replace(scenario, vehicle_types=kinds, vehicles=vehicles, network_file=Path("x"))
    assert persons.occupancies(scenario).tolist() == [1.5, 20.0, 1.0]
    trips = make_trips(scheduled=[0.0] * 3, inserted=[0.0] * 3, depart_delay=[0.0] * 3, time_loss=[10.0, 31.5, 0.0])
    mean = (1.5 * 10.0 + 20.0 * 31.5) / 22.5
    assert persons.person_delay_s(trips, 600.0, persons.occupancies(scenario)) == pytest.approx(mean)
    assert fairness.delay_gini(trips, 600.0) == pytest.approx(((0 - 0) + 0 * 10.0 + 2 * 31.5) / (3 * 41.5))
