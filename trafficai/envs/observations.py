"""Observations: what an agent is shown, as named numbers within bounds, each of them a formula over a Snapshot.

A feature gives one formula for each lane, phase, movement or signal that an agent has before it. Observations are named
features, or sets of them, joined by ``+``: ``"queues+neighbours"``.

Where an incoming lane has no room for a car, what is on the lanes before it counts for it, as for the rules
(``trafficai.scenario.short_lanes``); only the features of sumo-rl and RESCO keep to the lane itself, as theirs do.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from gymnasium import spaces

from trafficai.datatypes import InputError
from trafficai.datatypes.snapshot import DETECTION_RANGE_M, NEAR_RANGE_M
from trafficai.envs.formulas import Formula, Sum, at_most, clip, equals, largest, now, ratio, total
from trafficai.envs.views import View

VEHICLE_SPACE_M = 7.5
"""Length of lane one standing car takes up [m]: SUMO's default length 5 m and gap 2.5 m."""

WAITING_SCALE_S = 120.0
"""A wait that counts as 1 [s]: the longest cycle that RiLSA recommends."""

ELAPSED_SCALE_S = 60.0
"""A green that counts as 1 [s]; longer ones look the same."""

MIN_GAP_M = 2.5
"""Room that sumo-rl leaves behind every vehicle [m]: SUMO's default gap (Alegre 2019,
https://github.com/LucasAlegre/sumo-rl)."""

RESCO_SCALE = 28.0
"""Vehicles, and seconds of waiting, that count as 1 in RESCO (Ault and Sharon 2021)."""

RESCO_SPEED_M_S = 20.0
"""Speed that counts as 1 in RESCO [m/s]."""

RESCO_MOST, RESCO_MOST_WAITING = 10.0, 3600.0
"""Bounds that RESCO's numbers stay below: 280 vehicles in 200 m; 28 vehicles that each wait for an hour."""

SATURATION_FLOW_VEH_S = 0.5
"""What a lane lets go while green [veh/s]: 1800 veh/h (HBS 2015)."""

Entry: TypeAlias = tuple[str, Formula]
"""One number of an observation: its name and its formula."""

Feature: TypeAlias = Callable[[View], Iterator[Entry]]


def capacity(view: View, row: int, at_most: float = DETECTION_RANGE_M) -> float:
    """Return how many standing cars a lane holds, at least one, over at most ``at_most`` metres.

    Longer lanes are still counted whole; without the bound a kilometre of lane would squeeze every queue to near zero.
    """
    return max(min(view.lane(row).length, at_most) / VEHICLE_SPACE_M, 1.0)


def capacities(view: View, rows: tuple[int, ...], at_most: float = DETECTION_RANGE_M) -> float:
    """Return how many standing cars several lanes hold together, at least one."""
    return max(sum(capacity(view, row, at_most) for row in rows), 1.0)


def queue(view: View) -> Iterator[Entry]:
    """Halted vehicles of each incoming lane over its capacity."""
    for row, rows in view.approaches:
        yield f"{view.lane(row).id}.queue", clip(total(now("lane_queue", rows), capacities(view, rows)))


def approaching(view: View) -> Iterator[Entry]:
    """Moving vehicles of each incoming lane over its capacity."""
    for row, rows in view.approaches:
        moving = now("lane_count", rows) + now("lane_queue", rows, -1.0)
        yield f"{view.lane(row).id}.approaching", clip(total(moving, capacities(view, rows)))


def near(view: View) -> Iterator[Entry]:
    """Vehicles within 50 m of each stop line over what fits there."""
    for row, rows in view.approaches:
        fitting = capacities(view, rows, NEAR_RANGE_M)
        yield f"{view.lane(row).id}.near", clip(total(now("lane_near", rows), fitting))


def waiting(view: View) -> Iterator[Entry]:
    """Mean wait of the halted vehicles of each incoming lane over WAITING_SCALE_S."""
    for row, rows in view.approaches:
        mean = ratio(now("lane_waiting", rows), now("lane_queue", rows), WAITING_SCALE_S)
        yield f"{view.lane(row).id}.waiting", clip(mean)


def longest_wait(view: View) -> Iterator[Entry]:
    """Longest present wait on each incoming lane over WAITING_SCALE_S."""
    for row, rows in view.approaches:
        wait = largest(now("lane_longest_wait", rows), WAITING_SCALE_S)
        yield f"{view.lane(row).id}.longest_wait", clip(wait)


def speed(view: View) -> Iterator[Entry]:
    """Mean speed on each incoming lane over its limit, 1 where it is empty."""
    for row, rows in view.approaches:
        limit = view.lane(row).speed
        speeds = tuple(term for each in rows for term in now("lane_speed_sum", [each], limit / view.lane(each).speed))
        mean = ratio(speeds, now("lane_count", rows), limit, empty=1.0)
        yield f"{view.lane(row).id}.speed", clip(mean)


def departures(view: View) -> Iterator[Entry]:
    """Vehicles that drove over each stop line in the interval over the saturation flow."""
    for row in view.incoming:
        most = SATURATION_FLOW_VEH_S * view.seconds
        left = now("lane_left_in_interval", view.crossing(row))
        yield f"{view.lane(row).id}.departures", clip(total(left, most))


def downstream(view: View) -> Iterator[Entry]:
    """Vehicles on each outgoing lane over its capacity."""
    for row in view.outgoing:
        yield f"{view.lane(row).id}.downstream", clip(total(now("lane_count", [row]), capacity(view, row)))


def shows(signal: int, phase: int) -> Formula:
    """Return 1 where a signal shows a green phase or clears towards it, else 0."""
    return equals(now("signal_phase", [signal]), phase)


def phase(view: View) -> Iterator[Entry]:
    """1 for the green phase each of the agent's signals shows or clears towards, else 0."""
    for i, number in view.phases:
        yield f"{view.signal(i).id}.phase{number}", shows(i, number)


def elapsed(view: View) -> Iterator[Entry]:
    """How long each of the agent's signals has shown its green over ELAPSED_SCALE_S."""
    for i in view.signals:
        yield f"{view.signal(i).id}.elapsed", clip(total(now("signal_elapsed", [i]), ELAPSED_SCALE_S))


def clearing(view: View) -> Iterator[Entry]:
    """1 for each of the agent's signals that is clearing, else 0."""
    for i in view.signals:
        yield f"{view.signal(i).id}.clearing", at_most(now("signal_elapsed", [i]), 0.0)


def pressure(view: View) -> Iterator[Entry]:
    """Halted before each movement less halted behind it, each over the capacity of its lanes (PressLight; Wei 2019)."""
    for movement in view.movements:
        sources = view.reach(movement.sources)
        upstream = now("lane_queue", sources, 1.0 / capacities(view, sources))
        behind = now("lane_queue", movement.targets, -1.0 / capacities(view, movement.targets))
        yield f"{movement.name}.pressure", clip(total(upstream + behind), -1.0, 1.0)


def movements(view: View) -> Iterator[Entry]:
    """Four numbers for each movement, whatever phases there are, for policies of any junction (FRAP; Zheng 2019).

    Halted and moving vehicles before it and vehicles behind it, over the capacity of the lanes; 1 where it has green.
    """
    for movement in view.movements:
        sources = view.reach(movement.sources)
        before = now("lane_queue", sources)
        moving = now("lane_count", sources) + now("lane_queue", sources, -1.0)
        behind = now("lane_count", movement.targets)
        yield f"{movement.name}.queue", clip(total(before, capacities(view, sources)))
        yield f"{movement.name}.approaching", clip(total(moving, capacities(view, sources)))
        yield f"{movement.name}.downstream", clip(total(behind, capacities(view, movement.targets)))
        greens: Sum = tuple((1.0, shows(movement.signal, number)) for number in movement.phases)
        is_green = total((*greens, (-1.0, at_most(now("signal_elapsed", [movement.signal]), 0.0))))
        yield f"{movement.name}.green", clip(is_green)


def neighbours(view: View) -> Iterator[Entry]:
    """Halted vehicles, longest wait, phase and its time of each signal next to the agent's, scaled as its own."""
    for i in view.neighbours:
        other = View(view.scenario, (i,), view.seconds)
        name = f"{view.signal(i).id}.neighbour"
        yield f"{name}.queue", clip(total(now("lane_queue", other.reached), capacities(view, other.reached)))
        yield f"{name}.longest_wait", clip(largest(now("lane_longest_wait", other.reached), WAITING_SCALE_S))
        for _, number in other.phases:
            yield f"{name}.phase{number}", shows(i, number)
        yield f"{name}.elapsed", clip(total(now("signal_elapsed", [i]), ELAPSED_SCALE_S))


def cells(view: View) -> Iterator[Entry]:
    """Two numbers for each cell of 7.5 m before a stop line: 1 with a vehicle in it, and its speed over the limit.

    The discrete traffic state encoding of Genders and Razavi (2016), up to 150 m.
    """
    for row in view.incoming:
        lane, first = view.lane(row), view.first_cell(row)
        for cell in range(view.num_cells(row)):
            place = f"{lane.id}.cell{cell}"
            yield place, clip(total(now("cell_count", [first + cell])))
            mean = ratio(now("cell_speed_sum", [first + cell]), now("cell_count", [first + cell]), lane.speed)
            yield f"{place}.speed", clip(mean)


def min_green_over(view: View) -> Iterator[Entry]:
    """1 for each of the agent's signals that has shown its green for its least, else 0 (sumo-rl)."""
    for i in view.signals:
        yield (
            f"{view.signal(i).id}.min_green_over",
            at_most(now("signal_elapsed", [i], -1.0), -view.signal(i).min_green),
        )


def filled(row: int) -> Sum:
    """Return how much of a lane its vehicles would fill, one behind the other with MIN_GAP_M between them [m]."""
    return now("lane_count", [row], MIN_GAP_M) + now("lane_length_sum", [row])


def density(view: View) -> Iterator[Entry]:
    """Share of each whole incoming lane that its vehicles would fill (sumo-rl)."""
    for row in view.incoming_by_link:
        yield f"{view.lane(row).id}.density", clip(total(filled(row), view.lane(row).length))


def queue_density(view: View) -> Iterator[Entry]:
    """Share of each whole incoming lane that its halted vehicles would fill at the mean length there (sumo-rl)."""
    for row in view.incoming_by_link:
        per_metre = ratio(now("lane_count", [row]), filled(row))
        share = ratio(now("lane_queue", [row]), ((1.0, per_metre),), view.lane(row).length)
        yield f"{view.lane(row).id}.queue_density", clip(share)


def green(view: View) -> Iterator[Entry]:
    """1 for each incoming lane with a movement that is green in the phase shown or cleared towards, else 0."""
    for row in view.incoming_by_link:
        greens = tuple((1.0, shows(i, number)) for i, number in view.phases if view.serves(i, number, row))
        yield f"{view.lane(row).id}.green", clip(total(greens))


def seen_approaching(view: View) -> Iterator[Entry]:
    """Moving vehicles within 200 m of each stop line over RESCO_SCALE (RESCO)."""
    for row in view.incoming_by_link:
        moving = now("lane_seen", [row]) + now("lane_seen_queue", [row], -1.0)
        yield f"{view.lane(row).id}.seen_approaching", clip(total(moving, RESCO_SCALE), 0.0, RESCO_MOST)


def seen_waiting(view: View) -> Iterator[Entry]:
    """Running waits of the vehicles within 200 m of each stop line over RESCO_SCALE (RESCO)."""
    for row in view.incoming_by_link:
        waits = total(now("lane_seen_waiting", [row]), RESCO_SCALE)
        yield f"{view.lane(row).id}.seen_waiting", clip(waits, 0.0, RESCO_MOST_WAITING)


def seen_queue(view: View) -> Iterator[Entry]:
    """Halted vehicles within 200 m of each stop line over RESCO_SCALE (RESCO)."""
    for row in view.incoming_by_link:
        halted = total(now("lane_seen_queue", [row]), RESCO_SCALE)
        yield f"{view.lane(row).id}.seen_queue", clip(halted, 0.0, RESCO_MOST)


def seen_speed(view: View) -> Iterator[Entry]:
    """Sum of speeds within 200 m of each stop line over RESCO_SPEED_M_S and RESCO_SCALE (RESCO)."""
    for row in view.incoming_by_link:
        speeds = total(now("lane_seen_speed_sum", [row]), RESCO_SPEED_M_S * RESCO_SCALE)
        yield f"{view.lane(row).id}.seen_speed", clip(speeds, 0.0, RESCO_MOST)


def loops(view: View) -> Iterator[Entry]:
    """Three numbers for each induction loop before a stop line, of the interval.

    Vehicles over the saturation flow, share of the time it was occupied, mean speed over the limit, 1 without any.
    """
    seconds, network = now("seconds_in_interval"), view.scenario.network
    for i in view.loops:
        loop = view.scenario.detectors.e1[i]
        limit = network.lanes[network.lane_index[loop.lane]].speed
        speeds, left = now("loop_speed_sum_in_interval", [i]), now("loop_left_in_interval", [i])
        yield f"{loop.id}.flow", clip(ratio(now("loop_count_in_interval", [i]), seconds, SATURATION_FLOW_VEH_S))
        yield f"{loop.id}.occupancy", clip(ratio(now("loop_occupied_in_interval", [i]), seconds))
        yield f"{loop.id}.speed", clip(ratio(speeds, left, limit, empty=1.0))


def areas(view: View) -> Iterator[Entry]:
    """Three numbers for each lane area before a stop line.

    Vehicles, and halted ones, over what fits on it; longest row of standing vehicles over its length.
    """
    for i in view.areas:
        area = view.scenario.detectors.e2[i]
        length = view.area_length(i)
        fitting = max(length / VEHICLE_SPACE_M, 1.0)
        yield f"{area.id}.count", clip(total(now("area_count", [i]), fitting))
        yield f"{area.id}.halted", clip(total(now("area_halted", [i]), fitting))
        yield f"{area.id}.jam", clip(total(now("area_jam_length", [i]), length))


FEATURES: dict[str, Feature] = {
    feature.__name__.replace("_", "-"): feature
    for feature in (
        queue, approaching, near, waiting, longest_wait, speed, departures, downstream, phase, elapsed, clearing,
        pressure, movements, neighbours, cells, loops, areas, min_green_over, density, queue_density, green,
        seen_approaching, seen_waiting, seen_queue, seen_speed,
    )
}  # fmt: skip
"""Every feature, by name."""

OBSERVATIONS: dict[str, tuple[Feature, ...]] = {
    "queues": (queue, approaching, near, waiting, speed, downstream, phase, elapsed, clearing),
    "max-wave": (near, phase),
    "pressures": (pressure, phase, elapsed, clearing),
    "detectors": (loops, areas, phase, elapsed, clearing),
    "universal": (movements, elapsed, clearing),
    "sumo-rl": (phase, min_green_over, density, queue_density),
    "resco": (green, seen_approaching, seen_waiting, seen_queue, seen_speed),
}
"""Sets of features, by name."""


def needs_cells(name: str) -> bool:
    """Return whether an observation shows cells."""
    return cells in parse_observation(name)


def needs_detectors(name: str) -> bool:
    """Return whether an observation shows what detectors see."""
    return bool({loops, areas}.intersection(parse_observation(name)))


def parse_observation(name: str) -> tuple[Feature, ...]:
    """Return the features of an observation, each once, in the order they are named.

    Raises:
        InputError: where a part is neither a feature nor a set of them.
    """
    features: dict[Feature, None] = {}
    for part in (part.strip() for part in name.split("+")):
        known = OBSERVATIONS.get(part) or ((FEATURES[part],) if part in FEATURES else None)
        if known is None:
            names = [*OBSERVATIONS, *FEATURES]
            close = difflib.get_close_matches(part, names, n=1) or names
            raise InputError(f"no observation is called {part!r}; try {' or '.join(close)}")
        features |= dict.fromkeys(known)
    return tuple(features)


def observe(name: str, view: View) -> tuple[Entry, ...]:
    """Return the numbers of an observation for an agent, by name and formula.

    Raises:
        InputError: where the name is unknown, or the agent has nothing of it before it.
    """
    entries = tuple(entry for feature in parse_observation(name) for entry in feature(view))
    if not entries:
        nothing = f"observation {name!r} shows nothing of scenario {view.scenario.name!r}"
        raise InputError(f"{nothing}; add another, as in 'queues+{name}'")
    return entries


def observation_space(entries: tuple[Entry, ...]) -> spaces.Box:
    """Return the bounds of an observation, (n,) float32."""
    low, high = (np.array([getattr(formula, side) for _, formula in entries], np.float32) for side in ("low", "high"))
    return spaces.Box(low, high, dtype=np.float32)
