"""By which model, and for which emission classes, a run's CO2 is reckoned: no figure goes without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from trafficai.backends.emission_classes import (
    class_in_sumo,
    counted_class,
    has_no_exhaust,
    hbefa3_counterpart,
    is_light_duty,
)
from trafficai.metrics import metric_info
from trafficai.scenario.model import Scenario

Basis = Mapping[str, Mapping[str, float]]
"""Share of the scheduled vehicles by emission class, for every metric of CO2."""

VT_MICRO: Final = "VT-Micro/light-duty"
"""What VT-Micro counts all cars and vans with a combustion engine as."""


def _by_hbefa3(name: str) -> str:
    return name if has_no_exhaust(name) else hbefa3_counterpart(counted_class(name))


def _by_vt_micro(name: str) -> str:
    counted = counted_class(name)
    return VT_MICRO if not has_no_exhaust(name) and is_light_duty(counted) else counted


_WAYS: Final[Mapping[str, Callable[[str], str]]] = {
    "co2_kg": counted_class,
    "co2_hbefa3_kg": _by_hbefa3,
    "co2_vt_micro_kg": _by_vt_micro,
}

CO2_METRICS: Final = (*_WAYS, "engine_co2_kg")
"""The metrics of CO2, that by the vehicles' own classes first."""

MOST_SHOWN: Final = 4
"""Classes that a line names; the rest is summed up."""


def emission_basis(scenario: Scenario, emission_model: str | None = None) -> Basis:
    """Return the emission classes behind every metric of CO2; SUMO's own figures follow ``emission_model``."""
    names = Counter(scenario.vehicle_types[vehicle.type].emission_class for vehicle in scenario.vehicles)
    ways = {**_WAYS, "engine_co2_kg": lambda name: class_in_sumo(name, emission_model)}
    return {metric: _shares(names, way) for metric, way in ways.items()}


def basis_lines(basis: Basis, metrics: Collection[str] = CO2_METRICS) -> Iterator[str]:
    """Yield a line per metric of CO2 among ``metrics``: its models and classes, with their shares of the vehicles."""
    for name, shares in basis.items():
        if name in metrics:
            yield f"{metric_info(name).label}: {in_words(shares)} of the vehicles"


def in_words(shares: Mapping[str, float]) -> str:
    """Return ``HBEFA4/PC_petrol_Euro-4 (98 %), HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C (2 %)``."""
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{name} ({100.0 * share:.3g} %)" for name, share in ranked[:MOST_SHOWN]]
    others = sum(share for _, share in ranked[MOST_SHOWN:])
    rest = [f"{len(ranked) - MOST_SHOWN} more ({100.0 * others:.3g} %)"] if others else []
    return ", ".join([*shown, *rest]) or "no vehicle"


def _shares(names: Mapping[str, int], way: Callable[[str], str]) -> dict[str, float]:
    """Return the share of the vehicles per class, the largest first; ``way`` tells by which class one is counted."""
    counts: Counter[str] = Counter()
    for name, count in names.items():
        counts[way(name)] += count
    total = counts.total()
    return {name: count / total for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}
