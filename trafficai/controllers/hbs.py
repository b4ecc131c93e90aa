"""A fixed-time plan as German practice draws it up: saturation flows and cycle of the HBS, times of RiLSA."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.capacity import Need
from trafficai.controllers.coordinated import coordinate
from trafficai.controllers.cyclic import Ring
from trafficai.controllers.turning import Stream
from trafficai.controllers.webster import MAX_CYCLE_S, MIN_CYCLE_S, Webster, formula_cycle, planner, webster_cycle
from trafficai.datatypes import InputError, Plan
from trafficai.scenario.changes import GO
from trafficai.scenario.kinds import VEHICLES, kind_of
from trafficai.scenario.model import Network, Scenario, Signal
from trafficai.scenario.plans import with_plan
from trafficai.scenario.rilsa_times import RilsaTimes
from trafficai.scenario.ways import Ways

SATURATION_FLOW: Final = 2000.0
"""Of a lane that goes straight on [cars/h] (HBS 2015, part S, chapter S4: 1.8 s a vehicle)."""

RADIUS_FACTORS: Final = ((10.0, 0.85), (15.0, 0.90))
"""Up to a radius [m], the share of the saturation flow that a turn has (HBS 2001, chapter 6). The HBS 2015 joins these
steps by a curve (Harders and Schmotz 2015, Straßenverkehrstechnik 59, 739-747)."""

CARS: Final = {"bus": 1.75, "coach": 1.75, "truck": 1.75, "trailer": 2.5}
"""Cars that a heavy vehicle counts for, by SUMO's class (HBS 2015, part S, chapter S4)."""

USUAL_CYCLE_S: Final = 90.0
"""Longer cycles only where capacity asks for them [s] (RiLSA 2015)."""

CYCLE_STEP_S: Final = 5.0
"""Cycles are multiples of it [s]; custom."""

THROUGH_GREEN_S, LEAST_GREEN_S = 10.0, 5.0
"""Least green of a phase in which vehicles go straight on, and of others [s] (RiLSA 2015)."""

WALKING_SPEED, CROSSED_SHARE = 1.2, 2.0 / 3.0
"""Of pedestrians [m/s], and how much of the crossing they get over in their green (RiLSA 2015)."""

SATURATION: Final = 0.9
"""Highest critical degree of saturation, where the longest cycle allows it; our choice."""

StreamKey = tuple[str, int, str]
"""Lane, position of the signal's state string and direction of a stream."""


class Hbs(Webster):
    """Runs the plan that HBS and RiLSA give for the scenario's demand, signal by signal.

    The signals get RiLSA's times first: yellow by speed, red-amber of 1 s, and for every two conflicting movements the
    intergreen crossing + clearing - entering time, from the ways over the junction; a matrix that the scenario gives
    takes the place of these. The cycle is (1.5 T_Z + 5) / (1 - B), T_Z the sum of the intergreens and B that of the
    critical flow ratios, up to 90 s; longer, to 120 s at most, where the critical degree of saturation
    B t_U / (t_U - T_Z) would otherwise be above ``saturation``. It is rounded up to 5 s. Green is shared out in
    proportion to the critical flow ratios, at least 10 s where vehicles go straight on, and 5 s else.
    FGSV (2015), "Richtlinien für Lichtsignalanlagen (RiLSA)"; FGSV (2015), "Handbuch für die Bemessung von
    Straßenverkehrsanlagen (HBS)", part S, chapter S4. The printed norms were not at hand; saturation flows are those
    that others repeat, and turns that yield are worth what HCM 2010 gives them (``capacity``).

    Flows, phases left out and offsets are as for ``webster``, or with ``coordinated`` as for that agent.

    Args:
        min_cycle: shortest cycle [s].
        max_cycle: longest cycle [s].
        saturation: highest critical degree of saturation that is planned for.
        coordinated: whether signals that send each other traffic have one cycle, and offsets by green bands.
    """

    name = "hbs"

    def __init__(
        self,
        min_cycle: float = MIN_CYCLE_S,
        max_cycle: float = MAX_CYCLE_S,
        saturation: float = SATURATION,
        coordinated: bool = False,
    ) -> None:
        super().__init__(min_cycle, max_cycle)
        if not 0.0 < saturation <= 1.0:
            raise InputError(f"setting 'saturation' of {self.name}: {saturation:g} is not above 0 and up to 1")
        self._saturation, self._coordinated = saturation, coordinated

    def _plan(self, scenario: Scenario) -> Scenario:
        times = RilsaTimes(scenario.network)
        timed = _with_times(scenario, times)
        bounds = (self._choice.least, self._choice.most)
        method = HbsMethod(*bounds, self._saturation, _saturation_flows(timed.network), _least_greens(timed, times))
        plan = planner(timed, CARS)
        if self._coordinated:
            plans = coordinate(timed, plan, method)
        else:
            plans = tuple(plan(signal, method) for signal in timed.signals if signal.num_phases >= 2)
        return with_plan(timed, Plan(self.name, plans))


@dataclass(frozen=True)
class HbsMethod:
    """The German method."""

    least: float  # [s]
    most: float  # [s]
    degree: float  # of saturation, at most
    flows: Mapping[StreamKey, float]  # [cars/h], that would cross in an hour of green
    greens: Mapping[str, Sequence[float]]  # [s], least greens of the phases of each signal

    def fixed(self, cycle: float) -> HbsMethod:
        """Return the same method with a given cycle [s]."""
        return replace(self, least=cycle, most=cycle)

    def least_greens(self, signal: Signal) -> Sequence[float]:
        """Return the shortest green of each green phase [s]."""
        return self.greens[signal.id]

    def saturation(self, stream: Stream) -> float:
        """Return the flow that would cross in an hour of green [cars/h]."""
        return self.flows[stream.lane, stream.position, stream.direction]

    def cycle(self, ring: Ring, found: Sequence[Need], shares: NDArray[np.float64]) -> float:
        """Return the cycle [s], a multiple of 5 s within the bounds, or what the least greens take."""
        del found
        cycle = formula_cycle(ring, shares, lambda lost, ratio: hbs_cycle(lost, ratio, self.degree), self.most)
        rounded = CYCLE_STEP_S * math.ceil(max(cycle, self.least, ring.least_cycle) / CYCLE_STEP_S - 1e-9)
        return float(max(min(rounded, math.floor(self.most)), math.ceil(ring.least_cycle)))


def hbs_cycle(lost: float, ratio: float, degree: float) -> float:
    """Return the cycle [s] for the sum of intergreens T_Z ``lost`` [s] and that of critical flow ratios B ``ratio``.

    Webster's up to 90 s, or what keeps the critical degree of saturation B t_U / (t_U - T_Z) at ``degree``.
    """
    needed = lost / (1.0 - ratio / degree) if ratio < degree else math.inf
    return max(needed, min(webster_cycle(lost, ratio), USUAL_CYCLE_S))


def turn_factor(radius: float) -> float:
    """Return the share of the saturation flow that a turn of a radius [m] has."""
    return next((factor for most, factor in RADIUS_FACTORS if radius <= most), 1.0)


def _with_times(scenario: Scenario, times: RilsaTimes) -> Scenario:
    """Return the scenario with RiLSA's times at every signal that has a choice."""
    signals = tuple(times.of(signal) if signal.num_phases >= 2 else signal for signal in scenario.signals)
    mark = hashlib.sha256(f"{scenario.sha256} times of RiLSA".encode()).hexdigest()
    return replace(scenario, signals=signals, sha256=mark)


def _saturation_flows(network: Network) -> dict[StreamKey, float]:
    """Return the saturation flow of every connection that a signal controls [cars/h]."""
    ways, flows = Ways(network), {}
    for link in network.connections:
        if link.signal is not None:
            way = ways.of(link)
            factor = 1.0 if way is None or link.direction == "s" else turn_factor(way.radius)
            lane = network.edges[network.edge_index[link.from_edge]].lanes[link.from_lane]
            flows[lane.id, link.link_index, link.direction] = SATURATION_FLOW * factor
    return flows


def _least_greens(scenario: Scenario, times: RilsaTimes) -> dict[str, list[float]]:
    """Return the least green of every phase of every signal [s]."""
    straight: defaultdict[str, set[int]] = defaultdict(set)
    for link in scenario.network.connections:
        if link.signal is not None and link.direction == "s" and kind_of(scenario.network, (link,)) == VEHICLES:
            straight[link.signal].add(link.link_index)
    return {
        signal.id: [
            _least_green(signal.green_state(phase), straight[signal.id], times.crossing_length(signal, phase))
            for phase in range(signal.num_phases)
        ]
        for signal in scenario.signals
    }


def _least_green(state: str, straight: Collection[int], crossing: float) -> float:
    """Return the least green [s] of a state, given the positions that go straight on and the longest crossing [m]."""
    least = THROUGH_GREEN_S if any(state[position] in GO for position in straight) else LEAST_GREEN_S
    return max(least, math.ceil(CROSSED_SHARE * crossing / WALKING_SPEED))
