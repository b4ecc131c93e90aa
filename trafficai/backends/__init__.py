"""The two engines behind one protocol: the Numba core, and SUMO on the same scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trafficai.backends.base import Backend
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario

if TYPE_CHECKING:
    from trafficai.backends.books import Watcher

BACKENDS = ("numba", "sumo")
"""Names of the engines."""

__all__ = ["BACKENDS", "Backend", "make_backend"]


def make_backend(
    scenario: Scenario,
    name: str,
    *,
    edge_data: bool = False,
    detectors: bool = False,
    cells: bool = False,
    opinions: bool = False,
    emission_model: str | None = None,
    transit: bool = False,
    watchers: Sequence[Watcher] = (),
) -> Backend:
    """Return a backend of the scenario by name; InputError for an unknown one.

    With ``edge_data`` it counts the use of edges too, with ``detectors`` it keeps the scenario's detectors, with
    ``cells`` its snapshots have cells, with ``opinions`` further models reckon the CO2, with ``transit`` snapshots tell
    buses and trams apart, and every watcher is shown every second; each costs time. SUMO's own figures of cars follow
    ``emission_model`` where one is given, PHEMlight or PHEMlight5. Nothing of an engine is imported before it is asked
    for.
    """
    asked: dict[str, Any] = {"edge_data": edge_data, "detectors": detectors, "cells": cells}
    asked |= {"opinions": opinions, "transit": transit}
    if name == "numba":
        from trafficai.backends.numba import NumbaBackend

        return NumbaBackend(scenario, **asked, watchers=watchers)
    if name == "sumo":
        from trafficai.backends.sumo import SumoBackend

        return SumoBackend(scenario, **asked, emission_model=emission_model, watchers=watchers)
    raise InputError(f"unknown backend {name!r}; choose one of: {' '.join(BACKENDS)}")
