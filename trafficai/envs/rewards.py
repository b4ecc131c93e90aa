"""Rewards: weighted sums of terms, each scaled to magnitudes of order one by constants, never by what was seen.

Most terms are given per incoming lane of the agent's signals, so that one junction and a district learn from numbers
of like size. An agent that has all signals answers for the whole network; one among several for its own lanes. Where an
incoming lane has no room for a car, the lanes before it count too (``View.reached``), but for the terms of sumo-rl and
RESCO.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Sequence

from trafficai.datatypes import InputError
from trafficai.envs.formulas import ONE, Formula, Sum, before, clip, equals, largest, now, ratio, total
from trafficai.envs.observations import SATURATION_FLOW_VEH_S
from trafficai.envs.views import View

CO2_SCALE_G_S = 2.0
"""What one petrol car emits in town [g/s]: about 200 g/km at 36 km/h. With weight 1 for both terms one gram of CO2
weighs as much as half a second of delay."""

WAITING_SCALE_S = 60.0
"""A sum of waits per lane that counts as 1 [s]."""

OWN_WAITING_SCALE_S = 100.0
"""By how much sumo-rl divides waits [s] (Alegre 2019, https://github.com/LucasAlegre/sumo-rl)."""

RESCO_WAITING_SCALE_S, RESCO_WORST = 224.0, 4.0
"""By how much RESCO divides waits [s], and the most that they then count (Ault and Sharon 2021)."""

LONGEST_WAIT_SCALE_S = 120.0
"""A wait of one vehicle that counts as 1 [s]: the longest cycle that RiLSA recommends."""


def lane_seconds(view: View) -> float:
    """Return the length of the interval times the number of incoming lanes [s]."""
    return float(view.seconds * view.num_incoming)


def delay(view: View) -> Formula:
    """Minus the delay: vehicles held up, on average, per incoming lane."""
    if view.is_local:
        return total(now("lane_time_loss_in_interval", view.reached, -1.0), lane_seconds(view))
    return total(now("delay_in_interval", weight=-1.0), lane_seconds(view))


def co2(view: View) -> Formula:
    """Minus the CO2: over CO2_SCALE_G_S per incoming lane."""
    scale = lane_seconds(view) * CO2_SCALE_G_S
    if view.is_local:
        return total(now("lane_co2_in_interval", view.reached, -1.0), scale)
    return total(now("co2_in_interval", weight=-1.0), scale)


def stops(view: View) -> Formula:
    """Minus the stops: over the saturation flow per incoming lane."""
    scale = lane_seconds(view) * SATURATION_FLOW_VEH_S
    if view.is_local:
        return total(now("lane_stops_in_interval", view.reached, -1.0), scale)
    return total(now("stops_in_interval", weight=-1.0), scale)


def throughput(view: View) -> Formula:
    """Vehicles that arrived, or drove over the agent's stop lines: over the saturation flow per incoming lane."""
    scale = lane_seconds(view) * SATURATION_FLOW_VEH_S
    if view.is_local:
        crossed = dict.fromkeys(each for row in view.incoming for each in view.crossing(row))
        return total(now("lane_left_in_interval", crossed), scale)
    return total(now("total_arrived") + before("total_arrived", weight=-1.0), scale)


def queue(view: View) -> Formula:
    """Minus the vehicles halted at the end of the interval, per incoming lane."""
    return total(now("lane_queue", view.reached, -1.0), view.num_incoming)


def waiting(view: View) -> Formula:
    """Minus the running waits at the end of the interval: over WAITING_SCALE_S per incoming lane."""
    return total(now("lane_waiting", view.reached, -1.0), view.num_incoming * WAITING_SCALE_S)


def worst_wait(view: View) -> Formula:
    """Minus the longest running wait at the end of the interval over LONGEST_WAIT_SCALE_S: fairness to the last one."""
    worst = largest(now("lane_longest_wait", view.reached), LONGEST_WAIT_SCALE_S)
    return total(((-1.0, worst),))


def pressure(view: View) -> Formula:
    """Minus (halted upstream less halted downstream), per incoming lane (RESCO; Ault and Sharon 2021)."""
    halted = now("lane_queue", view.reached, -1.0) + now("lane_queue", view.outgoing)
    return total(halted, view.num_incoming)


def speed(view: View) -> Formula:
    """Mean speed over the limit on the incoming lanes, in [0, 1]; 1 where they are empty."""
    relative = tuple(term for row in view.reached for term in now("lane_speed_sum", [row], 1.0 / view.lane(row).speed))
    return clip(ratio(relative, now("lane_count", view.reached), empty=1.0))


def switching(view: View) -> Formula:
    """Minus the share of the agent's signals that turned to another green phase in the interval."""
    share = 1.0 / len(view.signals)
    kept: Sum = tuple(
        (share, equals(now("signal_phase", [i]) + before("signal_phase", [i], -1.0), 0.0)) for i in view.signals
    )
    return total((*kept, (-1.0, ONE)))


def diff_waiting(view: View) -> Formula:
    """By how much the waits shared out to the incoming lanes fell in the interval, over 100 s (sumo-rl's default)."""
    fell = before("lane_own_waiting", view.incoming) + now("lane_own_waiting", view.incoming, -1.0)
    return total(fell, OWN_WAITING_SCALE_S)


def average_speed(view: View) -> Formula:
    """Mean of speeds over their drivers' own limits on the incoming lanes; 1 where they are empty (sumo-rl)."""
    return ratio(now("lane_relative_speed_sum", view.incoming), now("lane_count", view.incoming), empty=1.0)


def sumo_rl_queue(view: View) -> Formula:
    """Minus the vehicles halted on the incoming lanes at the end of the interval (sumo-rl)."""
    return total(now("lane_queue", view.incoming, -1.0))


def sumo_rl_pressure(view: View) -> Formula:
    """Vehicles on the outgoing lanes less those on the incoming ones (sumo-rl)."""
    return total(now("lane_count", view.outgoing) + now("lane_count", view.incoming, -1.0))


def wait_norm(view: View) -> Formula:
    """Minus the running waits within 200 m of the stop lines over RESCO_WAITING_SCALE_S, at least -4 (RESCO)."""
    waits = now("lane_seen_waiting", view.incoming, -1.0)
    return clip(total(waits, RESCO_WAITING_SCALE_S), -RESCO_WORST, 0.0)


TERMS: dict[str, Callable[[View], Formula]] = {
    term.__name__: term
    for term in (
        delay, co2, queue, waiting, pressure, speed, throughput, stops, worst_wait, switching,
        diff_waiting, average_speed, sumo_rl_queue, sumo_rl_pressure, wait_norm,
    )
}  # fmt: skip
"""The terms, by name."""

_PART = re.compile(r"\s*(?:(?P<weight>\d+(?:\.\d*)?(?:e-?\d+)?|\.\d+)\s*\*\s*)?(?P<term>[a-z0-9_-]+)\s*")


def reward_formula(text: str, view: View) -> Formula:
    """Return a weighted sum of terms, written such as ``"delay+0.2*co2"``, for an agent.

    Raises:
        InputError: where the text is not such a sum.
    """
    return total(tuple((weight, TERMS[term](view)) for term, weight in parse_reward(text).items()))


def parse_rewards(reward: str | Sequence[str]) -> tuple[str, ...]:
    """Return the sums of a reward: one for a number, several for a vector; InputError where one is not a sum."""
    texts = (reward,) if isinstance(reward, str) else tuple(reward)
    if not texts:
        raise InputError("a reward needs one term at least, such as 'delay'")
    for text in texts:
        parse_reward(text)
    return texts


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
        if term not in TERMS:
            near = difflib.get_close_matches(term, TERMS, n=1) or list(TERMS)
            raise InputError(f"reward {text!r}: no term is called {term!r}; try {', '.join(near)}")
        weights[term] = weights.get(term, 0.0) + float(match["weight"] or 1)
    return weights


def priced_reward(time_eur_per_h: float, co2_eur_per_t: float) -> str:
    """Return the reward that trades delay against CO2 at stated prices, in units of its delay term.

    Args:
        time_eur_per_h: what an hour of delay of one vehicle costs [EUR/h].
        co2_eur_per_t: what a tonne of CO2 costs [EUR/t].

    Raises:
        InputError: where a price is not above 0.
    """
    if not (0.0 < time_eur_per_h < math.inf and 0.0 < co2_eur_per_t < math.inf):
        raise InputError(f"prices must be above 0, not {time_eur_per_h:g} EUR/h and {co2_eur_per_t:g} EUR/t")
    eur_per_s, eur_per_g = time_eur_per_h / 3600.0, co2_eur_per_t / 1e6
    return f"delay+{eur_per_g * CO2_SCALE_G_S / eur_per_s:.9f}*co2"
