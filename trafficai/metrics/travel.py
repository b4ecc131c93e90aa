"""How vehicles fared on average.

What happens while driving is averaged over every vehicle that was inserted, unfinished ones included, as SUMO's
statistics do with ``--tripinfo-output.write-unfinished``. Depart delay and delay are averaged over every scheduled
vehicle, so that a controller cannot look good by keeping vehicles out. A mean over no vehicle at all is 0, as in SUMO's
statistics.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Trips
from trafficai.metrics.counts import is_inserted


def duration_s(trips: Trips) -> float:
    """Return the mean time from insertion to arrival, or to the end of the run [s]."""
    return _mean(trips.duration[is_inserted(trips)])


def time_loss_s(trips: Trips) -> float:
    """Return the mean time lost by driving slower than wished [s]."""
    return _mean(trips.time_loss[is_inserted(trips)])


def waiting_time_s(trips: Trips) -> float:
    """Return the mean time spent at 0.1 m/s or less [s]."""
    return _mean(trips.waiting_time[is_inserted(trips)])


def stops(trips: Trips) -> float:
    """Return the mean number of times a vehicle came to a stop."""
    return _mean(trips.stops[is_inserted(trips)])


def route_length_m(trips: Trips) -> float:
    """Return the mean distance driven [m]."""
    return _mean(trips.route_length[is_inserted(trips)])


def speed_m_s(trips: Trips) -> float:
    """Return the mean over vehicles of distance driven over duration [m/s].

    This is the ``speed`` of SUMO's ``vehicleTripStatistics``, a mean of ratios: recomputed so from the tripinfo of
    SUMO 1.28.0 on cologne1 it is the printed 6.83 m/s, where total distance over total time, which weighs slow vehicles
    more, is 5.50 m/s. A vehicle inserted in the last instant, with no duration yet, counts 0.
    """
    mask = is_inserted(trips)
    duration = trips.duration[mask]
    speed = np.divide(trips.route_length[mask], duration, out=np.zeros_like(duration), where=duration > 0.0)
    return _mean(speed)


def depart_delay_s(trips: Trips, end: float) -> float:
    """Return the mean wait of scheduled vehicles before they got in [s]; one that never did counts up to ``end``."""
    return _mean(depart_delays(trips, end))


def delay_s(trips: Trips, end: float) -> float:
    """Return the mean of time loss plus depart delay over every scheduled vehicle [s]."""
    return _mean(delays(trips, end))


def delays(trips: Trips, end: float) -> NDArray[np.float64]:
    """Return time loss plus depart delay of every scheduled vehicle, (num_vehicles,) [s]."""
    time_loss = np.where(is_inserted(trips), trips.time_loss, 0.0)
    return time_loss + depart_delays(trips, end)


def depart_delays(trips: Trips, end: float) -> NDArray[np.float64]:
    """Return each vehicle's wait before it got in, (num_vehicles,) [s]."""
    return np.where(is_inserted(trips), trips.depart_delay, end - trips.scheduled)


def _mean(values: NDArray[np.float64] | NDArray[np.int32]) -> float:
    """Return the mean, 0 of nothing."""
    return float(values.mean()) if values.size else 0.0
