"""How the streams under signals fared: one function per metric over what was counted of them, (num_streams,) each.

What a stream has none of is NaN: a mean over no vehicle, a share of no green.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes.streams import StreamCounts

SECONDS_PER_HOUR = 3600.0

HBS_SATURATION_FLOW = 2000.0
"""Of a lane of cars, 1.8 s from one to the next [veh/h] (HBS 2015, S4); used where a run has measured none."""

PERCENTILE = 95.0


def flow_veh_h(counts: StreamCounts) -> NDArray[np.float64]:
    """Return the demand: vehicles that came to belong to each stream, per hour [veh/h]."""
    return _share(counts.entered * SECONDS_PER_HOUR, counts.seconds)


def control_delay_s(counts: StreamCounts) -> NDArray[np.float64]:
    """Return the mean control delay [s]: what slowing down, standing, moving up and speeding up cost each vehicle.

    Highway Capacity Manual (HCM 2000), chapter 16; here the time loss from the stop line before, or the departure, up
    to the stop line, and behind it until the vehicle has sped up.
    """
    return _share(counts.time_loss, counts.entered)


def queue_mean_veh(counts: StreamCounts) -> NDArray[np.float64]:
    """Return the mean over time of the number of vehicles in queue (at most 5 km/h)."""
    return _share(counts.queued, counts.seconds)


def queue_95_m(counts: StreamCounts) -> NDArray[np.float64]:
    """Return how far back the queue reaches when green begins, in 95 % of the greens [m]."""
    return np.array([np.percentile(each, PERCENTILE) if each.size else np.nan for each in counts.queue_at_green])


def queue_max_m(counts: StreamCounts) -> NDArray[np.float64]:
    """Return how far back the queue ever reached [m]."""
    return counts.queue_max.copy()


def storage_share(counts: StreamCounts, storage: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the furthest reach of the queue over the storage [m] that its lanes have; above 1 it stood in the way."""
    return _share(counts.queue_max, storage)


def green_share(counts: StreamCounts) -> NDArray[np.float64]:
    """Return the share of time that each stream was green, yielding or not: g/C."""
    return _share(counts.green, counts.seconds)


def capacity_veh_h(counts: StreamCounts, saturation_flow: float | None) -> NDArray[np.float64]:
    """Return what the stop lines of each stream's lane group let through: saturation flow times g/C, over its lanes.

    A lane is green while any of its streams is; that yielding costs capacity is left out.
    """
    flow = HBS_SATURATION_FLOW if saturation_flow is None else saturation_flow
    return _share(counts.lane_green * flow, counts.seconds)


def degree_of_saturation(
    counts: StreamCounts, group: NDArray[np.intp], saturation_flow: float | None
) -> NDArray[np.float64]:
    """Return demand over capacity of each stream's lane group: v/c of the HCM, the Auslastungsgrad x of the HBS.

    Args:
        counts: of the streams.
        group: (num_streams,) number of each stream's lane group; lanes are shared within it.
        saturation_flow: per lane [veh/h]; None where none was measured.
    """
    demand = np.bincount(group, flow_veh_h(counts), minlength=int(group.max(initial=-1)) + 1)
    return _share(demand[group], capacity_veh_h(counts, saturation_flow))


def mean_cycle_s(counts: StreamCounts) -> NDArray[np.float64]:
    """Return the mean time from one green of a stream to its next [s]."""
    return _share(np.full(counts.greens.shape, float(counts.seconds)), counts.greens)


def arrivals_on_green(counts: StreamCounts) -> NDArray[np.float64]:
    """Return the share P of vehicles that would reach the stop line during green, had nobody been in their way.

    Proportion of vehicles arriving on green (HCM 2000, chapter 15), projected from 100 m before the stop line, as from
    an advance detector (Day et al., Performance Measures for Traffic Signal Systems, Purdue University 2014).
    """
    return _share(counts.projected_on_green, counts.projected)


def platoon_ratio(counts: StreamCounts) -> NDArray[np.float64]:
    """Return P over g/C: 1 where arrivals take no notice of the signal, more where they are coordinated (HCM 2000)."""
    return arrivals_on_green(counts) / np.where(counts.green > 0, green_share(counts), np.nan)


def split_failures(counts: StreamCounts) -> NDArray[np.int64]:
    """Return the greens at whose end somebody still waited who had stood in queue at their begin.

    A cycle failure of the HCM 2000, chapter 16; counted by vehicles, not by the occupancy of detectors as in ATSPM.
    """
    return counts.failures.copy()


def split_failure_share(counts: StreamCounts) -> NDArray[np.float64]:
    """Return the share of greens that are split failures."""
    return _share(counts.failures, counts.greens)


def _share(part: NDArray[Any], whole: NDArray[Any] | int) -> NDArray[np.float64]:
    """Return part over whole, NaN where the whole is 0."""
    divisor = np.broadcast_to(np.asarray(whole, dtype=np.float64), part.shape)
    shares = np.full(part.shape, np.nan)
    np.divide(part, divisor, out=shares, where=divisor > 0.0)
    return shares
