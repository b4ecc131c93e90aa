"""How many vehicles there were, and where they ended: loaded = arrived + running + waiting to enter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Trips


def is_inserted(trips: Trips) -> NDArray[np.bool_]:
    """Return which vehicles got into the network, (num_vehicles,)."""
    return np.isfinite(trips.inserted)


def is_arrived(trips: Trips) -> NDArray[np.bool_]:
    """Return which vehicles reached their destination, (num_vehicles,)."""
    return is_inserted(trips) & np.isfinite(trips.arrived)


def loaded(trips: Trips) -> int:
    """Return the number of vehicles scheduled in the period."""
    return len(trips.scheduled)


def inserted(trips: Trips) -> int:
    """Return the number of vehicles that got into the network."""
    return int(np.count_nonzero(is_inserted(trips)))


def arrived(trips: Trips) -> int:
    """Return the number of vehicles that reached their destination."""
    return int(np.count_nonzero(is_arrived(trips)))


def running(trips: Trips) -> int:
    """Return the number of vehicles still on their way when the run ended."""
    return inserted(trips) - arrived(trips)


def waiting_to_enter(trips: Trips) -> int:
    """Return the number of vehicles that were due but never got in."""
    return loaded(trips) - inserted(trips)


def teleports(trips: Trips) -> int:
    """Return how many vehicles were moved by magic: after collisions, or out of jams where time-to-teleport is set."""
    return int(trips.teleports)
