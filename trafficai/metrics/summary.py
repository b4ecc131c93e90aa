"""All metrics of one run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from trafficai.datatypes import RunError, Trips
from trafficai.metrics import counts, emissions, travel
from trafficai.scenario.model import Scenario

_DRIVEN_FIELDS = (
    "duration",
    "depart_delay",
    "time_loss",
    "waiting_time",
    "stops",
    "route_length",
    "co2",
    "fuel",
    "nox",
    "pmx",
    "electricity",
)


class Metrics(NamedTuple):
    """The metrics of one run, in the order and with the names of the JSON contract."""

    loaded: int
    inserted: int
    arrived: int
    running: int
    waiting_to_enter: int
    duration_s: float
    time_loss_s: float
    waiting_time_s: float
    depart_delay_s: float
    delay_s: float
    stops: float
    speed_m_s: float
    route_length_m: float
    co2_kg: float
    fuel_kg: float
    nox_kg: float
    pmx_g: float
    electricity_kwh: float
    teleports: int
    engine_co2_kg: float | None = None  # SUMO's own figure; None in the core; so are the following
    engine_fuel_kg: float | None = None
    engine_nox_kg: float | None = None
    engine_pmx_g: float | None = None
    engine_electricity_kwh: float | None = None
    co2_hbefa3_kg: float | None = None  # by further models; None where they were not asked for
    co2_vt_micro_kg: float | None = None

    def as_dict(self) -> dict[str, int | float]:
        """Return the metrics by name; one that does not apply is left out."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def compute_metrics(trips: Trips, scenario: Scenario) -> Metrics:
    """Return every metric of a finished run of the scenario.

    Raises:
        RunError: the engine left a figure that is not a number for a vehicle that drove.
    """
    _require_finite(trips)
    return Metrics(
        loaded=counts.loaded(trips),
        inserted=counts.inserted(trips),
        arrived=counts.arrived(trips),
        running=counts.running(trips),
        waiting_to_enter=counts.waiting_to_enter(trips),
        duration_s=travel.duration_s(trips),
        time_loss_s=travel.time_loss_s(trips),
        waiting_time_s=travel.waiting_time_s(trips),
        depart_delay_s=travel.depart_delay_s(trips, scenario.end),
        delay_s=travel.delay_s(trips, scenario.end),
        stops=travel.stops(trips),
        speed_m_s=travel.speed_m_s(trips),
        route_length_m=travel.route_length_m(trips),
        co2_kg=emissions.co2_kg(trips),
        fuel_kg=emissions.fuel_kg(trips),
        nox_kg=emissions.nox_kg(trips),
        pmx_g=emissions.pmx_g(trips),
        electricity_kwh=emissions.electricity_kwh(trips),
        teleports=counts.teleports(trips),
        engine_co2_kg=emissions.kilos_if_known(trips, trips.engine_co2),
        engine_fuel_kg=emissions.kilos_if_known(trips, trips.engine_fuel),
        engine_nox_kg=emissions.kilos_if_known(trips, trips.engine_nox),
        engine_pmx_g=emissions.sum_if_known(trips, trips.engine_pmx),
        engine_electricity_kwh=emissions.kilos_if_known(trips, trips.engine_electricity),
        co2_hbefa3_kg=emissions.kilos_if_known(trips, trips.co2_hbefa3),
        co2_vt_micro_kg=emissions.kilos_if_known(trips, trips.co2_vt_micro),
    )


def _require_finite(trips: Trips) -> None:
    """Refuse to average what is not a number."""
    driven = counts.is_inserted(trips)
    for field in _DRIVEN_FIELDS:
        num_bad = np.count_nonzero(~np.isfinite(getattr(trips, field)[driven]))
        if num_bad:
            raise RunError(f"the engine left {field} of {num_bad} vehicles without a number; the run is not used")
