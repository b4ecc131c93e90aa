"""Metrics against cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.evaluation.fakes import make_scenario, make_trips
from trafficai.datatypes import InputError, RunError, Trips
from trafficai.metrics import METRICS, Metrics, compute_metrics, metric_info, resolve_metric


@pytest.fixture
def trips() -> Trips:
    """Three vehicles of a run from 0 to 100 s: one arrived, one still drives, one never got in."""
    return make_trips(
        scheduled=[0.0, 10.0, 70.0],
        inserted=[2.0, 10.0, math.nan],
        arrived=[52.0, math.nan, math.nan],
        duration=[50.0, 90.0, 0.0],
        depart_delay=[2.0, 0.0, 30.0],
        time_loss=[10.0, 40.0, 0.0],
        waiting_time=[4.0, 20.0, 0.0],
        stops=[1, 4, 0],
        route_length=[500.0, 450.0, 0.0],
        co2=[1500.0, 2500.0, 0.0],
        fuel=[500.0, 800.0, 0.0],
        nox=[0.5, 0.25, 0.0],
        pmx=[0.25, 0.5, 0.0],
        electricity=[500.0, -100.0, 0.0],
    )


def test_every_metric_of_a_case_worked_out_by_hand(trips: Trips) -> None:
    metrics = compute_metrics(trips, make_scenario(begin=0, end=100))
    assert metrics.as_dict() == pytest.approx(
        {
            "loaded": 3,
            "inserted": 2,
            "arrived": 1,
            "running": 1,
            "waiting_to_enter": 1,
            "duration_s": 70.0,
            "time_loss_s": 25.0,
            "waiting_time_s": 12.0,
            "depart_delay_s": 32.0 / 3.0,  # over all three
            "delay_s": (12.0 + 40.0 + 30.0) / 3.0,  # over all three
            "stops": 2.5,
            "speed_m_s": (10.0 + 5.0) / 2.0,  # a mean of ratios
            "route_length_m": 475.0,
            "co2_kg": 4.0,
            "fuel_kg": 1.3,
            "nox_kg": 0.00075,
            "pmx_g": 0.75,
            "electricity_kwh": 0.4,
            "teleports": 0,
        }
    )


def test_one_that_never_got_in_waits_until_the_end_whatever_the_engine_says(trips: Trips) -> None:
    trips.depart_delay[2] = math.nan
    metrics = compute_metrics(trips, make_scenario(begin=0, end=100))
    assert metrics.depart_delay_s == pytest.approx(32.0 / 3.0)


def test_what_the_engine_counts_itself_is_kept_beside(trips: Trips) -> None:
    trips.engine_co2[:] = [1600.0, 2600.0, math.nan]
    trips.engine_fuel[:] = [500.0, 900.0, math.nan]
    trips.engine_nox[:] = [0.6, 0.2, math.nan]
    trips.engine_pmx[:] = [0.25, 0.75, math.nan]
    trips.engine_electricity[:] = [600.0, -200.0, math.nan]
    metrics = compute_metrics(trips, make_scenario())
    assert metrics.engine_co2_kg == pytest.approx(4.2)
    assert metrics.engine_fuel_kg == pytest.approx(1.4)
    assert metrics.engine_nox_kg == pytest.approx(0.0008)
    assert metrics.engine_pmx_g == pytest.approx(1.0)
    assert metrics.engine_electricity_kwh == pytest.approx(0.4)
    assert metrics.co2_hbefa3_kg is metrics.co2_vt_micro_kg is None


def test_what_further_models_say_of_the_co2_is_kept_beside(trips: Trips) -> None:
    trips.co2_hbefa3[:] = [1700.0, 2900.0, 0.0]
    trips.co2_vt_micro[:] = [1000.0, 2000.0, 0.0]
    metrics = compute_metrics(trips, make_scenario())
    assert metrics.co2_hbefa3_kg == pytest.approx(4.6)
    assert metrics.co2_vt_micro_kg == pytest.approx(3.0)


def test_no_vehicle_at_all_gives_zeros() -> None:
    metrics = compute_metrics(make_trips(scheduled=[]), make_scenario())
    assert set(metrics.as_dict().values()) == {0}
    assert metrics.engine_co2_kg is None


def test_nobody_inserted_gives_delay_but_no_travel() -> None:
    metrics = compute_metrics(make_trips(scheduled=[20.0], inserted=[math.nan]), make_scenario(begin=0, end=100))
    assert (metrics.delay_s, metrics.duration_s, metrics.speed_m_s, metrics.co2_kg) == (80.0, 0.0, 0.0, 0.0)
    assert metrics.loaded == metrics.waiting_to_enter == 1


def test_a_vehicle_inserted_in_the_last_instant_has_no_speed(trips: Trips) -> None:
    trips.duration[1] = 0.0
    assert compute_metrics(trips, make_scenario()).speed_m_s == pytest.approx(5.0)


def test_a_figure_that_is_no_number_is_refused_not_averaged(trips: Trips) -> None:
    trips.time_loss[0] = math.nan
    with pytest.raises(RunError, match="time_loss of 1 vehicles"):
        compute_metrics(trips, make_scenario())


def test_the_catalogue_has_every_metric_in_the_order_of_the_contract() -> None:
    assert tuple(info.name for info in METRICS) == Metrics._fields


@pytest.mark.parametrize(
    ("name", "full"), [("delay", "delay_s"), ("co2", "co2_kg"), ("speed", "speed_m_s"), ("stops", "stops")]
)
def test_a_metric_may_be_named_without_its_unit(name: str, full: str) -> None:
    assert resolve_metric(name) == metric_info(full)


def test_an_unknown_metric_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'delay_s'"):
        resolve_metric("dellay")


def test_types_are_plain_python(trips: Trips) -> None:
    assert not any(isinstance(value, np.generic) for value in compute_metrics(trips, make_scenario()))
