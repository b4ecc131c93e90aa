"""Rewards: weighted sums of terms, each scaled to magnitudes of order one by constants, never by what was seen.

Most terms are given per incoming lane of the controlled signals, so that one junction and a district learn from numbers
of like size. The same functions serve one world and many: a leading world axis of the snapshot is kept.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError, Snapshot
from trafficai.envs.observations import View

CO2_SCALE_G_S = 2.0
"""What one petrol car emits in town [g/s]: about 200 g/km at 36 km/h. With weight 1 for both terms one gram of CO2
weighs as much as half a second of delay."""

WAITING_SCALE_S = 60.0
"""A sum of waits per lane that counts as 1 [s]."""

SATURATION_FLOW_VEH_S = 0.5
"""What a lane lets go while green [veh/s]: 1800 veh/h (HBS 2015)."""


class Interval(NamedTuple):
    """What happened between two decisions."""

    snapshot: Snapshot  # at the end of the interval
    view: View
    arrived: NDArray[np.int32]  # (...) vehicles that arrived in the interval
    seconds: int  # nominal length of the interval [s]

    @property
    def num_lanes(self) -> int:
        """Number of incoming lanes of the controlled signals, at least 1."""
        return max(len(self.view.incoming), 1)


def delay(interval: Interval) -> NDArray[np.float64]:
    """Return minus the delay of the whole network, (...): vehicles held up, on average, per incoming lane."""
    return -interval.snapshot.delay_in_interval / (interval.seconds * interval.num_lanes)


def co2(interval: Interval) -> NDArray[np.float64]:
    """Return minus the CO2 of the whole network, (...): over CO2_SCALE_G_S per incoming lane."""
    return -interval.snapshot.co2_in_interval / (interval.seconds * interval.num_lanes * CO2_SCALE_G_S)


def queue(interval: Interval) -> NDArray[np.float64]:
    """Return minus the vehicles halted at the end of the interval, (...), per incoming lane."""
    halted = interval.snapshot.lane_queue[..., interval.view.incoming].sum(axis=-1)
    return np.asarray(-halted / interval.num_lanes)


def waiting(interval: Interval) -> NDArray[np.float64]:
    """Return minus the running waits at the end of the interval, (...): over WAITING_SCALE_S per incoming lane."""
    total = interval.snapshot.lane_waiting[..., interval.view.incoming].sum(axis=-1)
    return np.asarray(-total / (interval.num_lanes * WAITING_SCALE_S))


def pressure(interval: Interval) -> NDArray[np.float64]:
    """Return minus (halted upstream less halted downstream), (...), per incoming lane (RESCO; Ault and Sharon 2021)."""
    halted, view = interval.snapshot.lane_queue, interval.view
    upstream, downstream = halted[..., view.incoming].sum(axis=-1), halted[..., view.outgoing].sum(axis=-1)
    return np.asarray(-(upstream - downstream) / interval.num_lanes)


def speed(interval: Interval) -> NDArray[np.float64]:
    """Return the mean speed over the limit on the incoming lanes, (...), in [0, 1]; 1 where they are empty."""
    lanes = interval.view.incoming
    count = interval.snapshot.lane_count[..., lanes].sum(axis=-1)
    relative = (interval.snapshot.lane_speed_sum[..., lanes] / interval.view.incoming_limit).sum(axis=-1)
    return np.where(count > 0, np.clip(relative / np.maximum(count, 1), 0.0, 1.0), 1.0)


def throughput(interval: Interval) -> NDArray[np.float64]:
    """Return the arrivals, (...): over the saturation flow per incoming lane."""
    return interval.arrived / (interval.seconds * interval.num_lanes * SATURATION_FLOW_VEH_S)


def stops(interval: Interval) -> NDArray[np.float64]:
    """Return minus the stops of the whole network, (...): over the saturation flow per incoming lane."""
    return -interval.snapshot.stops_in_interval / (interval.seconds * interval.num_lanes * SATURATION_FLOW_VEH_S)


REWARDS: dict[str, Callable[[Interval], NDArray[np.float64]]] = {
    term.__name__: term for term in (delay, co2, queue, waiting, pressure, speed, throughput, stops)
}
"""The terms, by name."""

_PART = re.compile(r"\s*(?:(?P<weight>\d+(?:\.\d*)?|\.\d+)\s*\*\s*)?(?P<term>[a-z0-9_]+)\s*")


class Reward:
    """A weighted sum of terms, written such as ``"delay+0.2*co2"``.

    Args:
        text: names of REWARDS joined by ``+``, each with an optional weight and ``*`` before it.

    Raises:
        InputError: where the text is not such a sum.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.weights = parse_reward(text)

    def __call__(self, interval: Interval) -> NDArray[np.float64]:
        """Return the reward of the interval, (...)."""
        parts = [weight * REWARDS[term](interval) for term, weight in self.weights.items()]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def parse_reward(text: str) -> dict[str, float]:
    """Return the weight of each term of the sum; a term named twice adds up.

    Raises:
        InputError: where the text is not a sum of known terms with finite weights.
    """
    weights: dict[str, float] = {}
    for part in text.split("+"):
        match = _PART.fullmatch(part)
        if match is None or not math.isfinite(float(match["weight"] or 1)):
            raise InputError(f"reward {text!r} is not a sum such as 'delay+0.2*co2': see {part!r}")
        term = match["term"]
        if term not in REWARDS:
            near = difflib.get_close_matches(term, REWARDS, n=1) or list(REWARDS)
            raise InputError(f"reward {text!r}: no term is called {term!r}; try {', '.join(near)}")
        weights[term] = weights.get(term, 0.0) + float(match["weight"] or 1)
    return weights
