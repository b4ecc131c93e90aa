"""SUMO's tripinfo file as Trips, and what its statistics say of safety."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sumo_accounts import Accounts
from trafficai.core.emissions import FUEL_RATIO, exhaust_rates
from trafficai.core.second_opinions import NUM_OPINIONS, opinion_rates
from trafficai.datatypes import InputError, RunError, Safety, Trips
from trafficai.scenario.model import Scenario
from trafficai.scenario.xml import Element, read_elements

MAX_TRIPINFO_BYTES: Final = 4 * 2**30
"""SUMO's own output may be long [byte]; some 600 a vehicle."""

TRIP_ROW = np.dtype(
    [
        ("depart", np.float64),  # [s]
        ("arrival", np.float64),  # [s], -1 while on its way
        ("arrivalSpeed", np.float64),  # [m/s]
        ("duration", np.float64),  # [s]
        ("departDelay", np.float64),  # [s]
        ("timeLoss", np.float64),  # [s]
        ("waitingTime", np.float64),  # [s]
        ("waitingCount", np.float64),  # stops
        ("routeLength", np.float64),  # [m]
        ("CO2_abs", np.float64),  # [mg]
        ("fuel_abs", np.float64),  # [mg]
        ("NOx_abs", np.float64),  # [mg]
        ("PMx_abs", np.float64),  # [mg]
        ("electricity_abs", np.float64),  # [Wh]
    ]
)
"""One row per vehicle, named as in the tripinfo file; NaN where the vehicle is not in it."""


def _elements(file: Path, tag: str) -> Iterator[Element]:
    """Yield the elements of that tag; RunError where SUMO left the file unfinished."""
    try:
        yield from (element for element in read_elements(file, MAX_TRIPINFO_BYTES) if element.tag == tag)
    except InputError as error:
        raise RunError(f"SUMO left no readable results: {error}") from error


def _row(element: Element) -> tuple[float, ...]:
    """Return a tripinfo element as TRIP_ROW; its emissions stand in a child element."""
    values = dict(element.attributes)
    for child in element.children:
        values |= child.attributes
    return tuple(float(values.get(name, "nan")) for name in TRIP_ROW.names or ())


def read_tripinfo(file: Path, scenario: Scenario) -> NDArray[np.void]:
    """Return one TRIP_ROW per vehicle of the scenario, (num_vehicles,)."""
    index = {vehicle.id: i for i, vehicle in enumerate(scenario.vehicles)}
    rows = np.full(len(index), np.nan, dtype=TRIP_ROW)
    for element in _elements(file, "tripinfo"):
        rows[index[element.text("id")]] = _row(element)
    return rows


def read_safety(file: Path) -> Safety:
    """Return what SUMO's statistic output counts of collisions and hard braking."""
    for element in _elements(file, "safety"):
        names = ("collisions", "emergencyStops", "emergencyBraking")
        return Safety(*(int(element.attributes[name]) for name in names))
    raise RunError("SUMO left no readable results: its statistics say nothing of safety")


class Emitted(NamedTuple):
    """What each vehicle emitted and used, by our functions."""

    co2: NDArray[np.float64]  # (num_vehicles,) [g]
    nox: NDArray[np.float64]  # (num_vehicles,) [g]
    pmx: NDArray[np.float64]  # (num_vehicles,) [g]
    electricity: NDArray[np.float64]  # (num_vehicles,) [Wh]
    co2_hbefa3: NDArray[np.float64]  # (num_vehicles,) [g]; NaN where not asked for
    co2_vt_micro: NDArray[np.float64]  # (num_vehicles,) [g]; NaN where not asked for


def own_emissions(accounts: Accounts, rows: NDArray[np.void]) -> Emitted:
    """Return what each vehicle emitted and used; the step of arrival is added from the arrival speed."""
    tracks, coefficients = accounts.tracks, accounts.coefficients
    is_arrived = rows["arrival"] >= 0.0
    speeds = np.where(is_arrived, rows["arrivalSpeed"], 0.0)
    driven = (speeds, speeds - tracks.speed, coefficients, np.ascontiguousarray(tracks.emission))
    last = exhaust_rates(*driven)
    seen = np.stack([tracks.co2, tracks.nox, tracks.pmx, tracks.electricity])
    opinions = np.full((len(tracks), NUM_OPINIONS), np.nan)
    if len(accounts.opinions):
        opinions = accounts.opinions + np.where(is_arrived[:, np.newaxis], opinion_rates(*driven, last[0]), 0.0)
    return Emitted(*(seen + np.where(is_arrived, last, 0.0)) / 1000.0, *opinions.T / 1000.0)


def trips_of(rows: NDArray[np.void], accounts: Accounts, time: float, teleports: int) -> Trips:
    """Return the Trips of a run that ended at ``time`` [s]."""
    scheduled = np.array(accounts.tracks.depart)
    is_inserted = ~np.isnan(rows["depart"])
    own = own_emissions(accounts, rows)

    def driven(name: str) -> NDArray[np.float64]:
        return np.where(is_inserted, rows[name], 0.0)

    return Trips(
        scheduled=scheduled,
        inserted=rows["depart"].copy(),
        arrived=np.where(rows["arrival"] >= 0.0, rows["arrival"], np.nan),
        duration=driven("duration"),
        depart_delay=np.where(is_inserted, rows["departDelay"], np.maximum(0.0, time - scheduled)),
        time_loss=driven("timeLoss"),
        waiting_time=driven("waitingTime"),
        stops=driven("waitingCount").astype(np.int32),
        route_length=driven("routeLength"),
        co2=own.co2,
        fuel=own.co2 * accounts.coefficients[accounts.tracks.emission, FUEL_RATIO],
        engine_co2=driven("CO2_abs") / 1000.0,
        nox=own.nox,
        engine_fuel=driven("fuel_abs") / 1000.0,
        engine_nox=driven("NOx_abs") / 1000.0,
        pmx=own.pmx,
        electricity=own.electricity,
        engine_pmx=driven("PMx_abs") / 1000.0,
        engine_electricity=driven("electricity_abs"),
        co2_hbefa3=own.co2_hbefa3,
        co2_vt_micro=own.co2_vt_micro,
        teleports=teleports,
    )
