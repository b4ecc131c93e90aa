"""What a run is judged by: one function per metric over the trips, and the record that holds them all."""

from trafficai.metrics.catalogue import METRICS, MetricInfo, metric_info, resolve_metric
from trafficai.metrics.counts import arrived, inserted, loaded, running, teleports, waiting_to_enter
from trafficai.metrics.edges import GEH_LIMIT, correlation, geh
from trafficai.metrics.emissions import co2_kg, electricity_kwh, fuel_kg, kilos_if_known, nox_kg, pmx_g, sum_if_known
from trafficai.metrics.fairness import delay_gini, gini
from trafficai.metrics.level_of_service import hbs_qsv, hcm_los
from trafficai.metrics.persons import OCCUPANCY, person_delay_s
from trafficai.metrics.summary import Metrics, compute_metrics
from trafficai.metrics.travel import (
    delay_s,
    depart_delay_s,
    duration_s,
    route_length_m,
    speed_m_s,
    stops,
    time_loss_s,
    waiting_time_s,
)

__all__ = [
    "GEH_LIMIT",
    "METRICS",
    "OCCUPANCY",
    "MetricInfo",
    "Metrics",
    "arrived",
    "co2_kg",
    "compute_metrics",
    "correlation",
    "delay_gini",
    "delay_s",
    "depart_delay_s",
    "duration_s",
    "electricity_kwh",
    "fuel_kg",
    "geh",
    "gini",
    "hbs_qsv",
    "hcm_los",
    "inserted",
    "kilos_if_known",
    "loaded",
    "metric_info",
    "nox_kg",
    "person_delay_s",
    "pmx_g",
    "resolve_metric",
    "route_length_m",
    "running",
    "speed_m_s",
    "stops",
    "sum_if_known",
    "teleports",
    "time_loss_s",
    "waiting_time_s",
    "waiting_to_enter",
]
