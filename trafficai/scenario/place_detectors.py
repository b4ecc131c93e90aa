"""Places the usual detectors before every signal of a scenario that has none of its own.

On every lane that leads to a signal lie two loops of 2 m and an area: the loops are the square ones of 6 ft of FHWA's
"Traffic Detector Handbook" (FHWA-HRT-06-108, 2006), the first before the stop line, the second where a car that drives
at 50 km/h is three seconds before it, which is the gap that ends a green in SUMO's actuated signals (``max-gap``,
https://sumo.dlr.de/docs/Simulation/Traffic_Lights.html). The area is what a camera sees from a mast of 10 m by the rule
of thumb of ten times its height.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from trafficai.scenario.model import Detectors, InductionLoop, Lane, LaneAreaDetector, Scenario
from trafficai.scenario.short_lanes import lanes_that_count

LOOP_LENGTH_M: Final = 2.0
STOP_LOOP_M: Final = 1.0
"""Distance from the stop line to the loop before it [m]: where fronts stand that wait in SUMO."""

ADVANCE_LOOP_M: Final = 40.0
"""Distance from the stop line to the loop further up [m]."""

AREA_LENGTH_M: Final = 100.0
SHORTEST_AREA_M: Final = 5.0
"""A lane that is shorter gets no area [m]: no car fits on it."""

WHOLE_RUN: Final = 0


def with_standard_detectors(scenario: Scenario) -> Scenario:
    """Return the scenario with the usual detectors before its signals; one that has detectors stays as it is.

    A lane gets what fits on it; where no car has room on it, so do the lanes before it, measured from their own ends.
    """
    if scenario.detectors:
        return scenario
    sources = {source for signal in scenario.signals for link in signal.links for source, _ in link}
    before = {row for rows in lanes_that_count(scenario).values() for row in rows}
    normal = scenario.network.normal_lanes
    lanes = [lane for row, lane in enumerate(normal) if lane.id in sources or row in before]
    detectors = Detectors(
        e1=tuple(loop for lane in lanes for loop in _loops(lane)),
        e2=tuple(area for lane in lanes for area in _area(lane)),
    )
    digest = hashlib.sha256(f"{scenario.sha256} {detectors}".encode()).hexdigest()
    return replace(scenario, detectors=detectors, sha256=digest)


def _loops(lane: Lane) -> list[InductionLoop]:
    """Return the loops of a lane, each as far from its end as it should be."""
    places = {f"advance_{lane.id}": ADVANCE_LOOP_M, f"stop_{lane.id}": STOP_LOOP_M}
    starts = {name: lane.length - distance - LOOP_LENGTH_M for name, distance in places.items()}
    return [InductionLoop(name, lane.id, at, WHOLE_RUN, LOOP_LENGTH_M) for name, at in starts.items() if at > 0.0]


def _area(lane: Lane) -> list[LaneAreaDetector]:
    """Return the area of a lane, shorter where the lane is."""
    if lane.length < SHORTEST_AREA_M:
        return []
    start = max(0.0, lane.length - AREA_LENGTH_M)
    return [LaneAreaDetector(f"area_{lane.id}", (lane.id,), start, lane.length, WHOLE_RUN)]
