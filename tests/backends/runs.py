"""Short runs that several tests of the engines compare."""

from __future__ import annotations

import numpy as np

from trafficai.backends import make_backend
from trafficai.datatypes import Trips
from trafficai.scenario.model import Scenario


def trips_of(scenario: Scenario, engine: str, **options) -> Trips:
    """Return what became of the vehicles in 300 s under the net's own programs."""
    backend = make_backend(scenario, engine, **options)
    try:
        backend.reset(3)
        backend.advance(np.full(len(scenario.signals), -1, np.int32), 300)
        return backend.trips()
    finally:
        backend.close()
