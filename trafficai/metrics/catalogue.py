"""Every metric's unit and how it is shown; the names are those of the JSON contract."""

from __future__ import annotations

import difflib
from typing import NamedTuple

from trafficai.datatypes import InputError


class MetricInfo(NamedTuple):
    """How one metric is named and printed."""

    name: str  # key in the JSON documents, unit included
    label: str  # for people
    unit: str  # "" for counts
    digits: int  # decimals worth printing


METRICS: tuple[MetricInfo, ...] = (
    MetricInfo("loaded", "vehicles scheduled", "", 0),
    MetricInfo("inserted", "inserted", "", 0),
    MetricInfo("arrived", "arrived", "", 0),
    MetricInfo("running", "still running", "", 0),
    MetricInfo("waiting_to_enter", "waiting to enter", "", 0),
    MetricInfo("duration_s", "duration", "s", 1),
    MetricInfo("time_loss_s", "time loss", "s", 1),
    MetricInfo("waiting_time_s", "waiting time", "s", 1),
    MetricInfo("depart_delay_s", "depart delay", "s", 1),
    MetricInfo("delay_s", "delay", "s", 1),
    MetricInfo("stops", "stops", "", 2),
    MetricInfo("speed_m_s", "speed", "m/s", 2),
    MetricInfo("route_length_m", "route length", "m", 0),
    MetricInfo("co2_kg", "CO2", "kg", 1),
    MetricInfo("fuel_kg", "fuel", "kg", 1),
    MetricInfo("nox_kg", "NOx", "kg", 3),
    MetricInfo("pmx_g", "PMx", "g", 1),
    MetricInfo("electricity_kwh", "electricity", "kWh", 1),
    MetricInfo("teleports", "teleports", "", 0),
    MetricInfo("engine_co2_kg", "CO2, SUMO's own figure", "kg", 1),
    MetricInfo("engine_fuel_kg", "fuel, SUMO's own figure", "kg", 1),
    MetricInfo("engine_nox_kg", "NOx, SUMO's own figure", "kg", 3),
    MetricInfo("engine_pmx_g", "PMx, SUMO's own figure", "g", 1),
    MetricInfo("engine_electricity_kwh", "electricity, SUMO's own figure", "kWh", 1),
    MetricInfo("co2_hbefa3_kg", "CO2 by HBEFA3", "kg", 1),
    MetricInfo("co2_vt_micro_kg", "CO2 by VT-Micro", "kg", 1),
)

WATCHED: tuple[MetricInfo, ...] = (
    MetricInfo("saturation_flow_veh_h", "saturation flow", "veh/h", 0),
    MetricInfo("collisions", "collisions", "", 0),
    MetricInfo("emergency_stops", "emergency stops", "", 0),
    MetricInfo("emergency_braking", "emergency braking", "", 0),
)
"""What only a validation counts, since it takes watching every second."""

_UNIT_SUFFIXES = ("_s", "_kg", "_m_s", "_m", "_g", "_kwh")


def metric_info(name: str) -> MetricInfo:
    """Return how the metric of the JSON key ``name`` is shown; raises KeyError where there is none."""
    return _BY_NAME[name]


def resolve_metric(name: str) -> MetricInfo:
    """Return the metric of a name with or without its unit: ``delay`` and ``delay_s`` are the same.

    Raises:
        InputError: there is no such metric.
    """
    names = [info.name for info in METRICS]
    for candidate in (name, *(name + suffix for suffix in _UNIT_SUFFIXES)):
        if candidate in names:
            return _BY_NAME[candidate]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
    raise InputError(f"unknown metric {name!r}; {hint}")


_BY_NAME = {info.name: info for info in (*METRICS, *WATCHED)}
