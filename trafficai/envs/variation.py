"""What varies from episode to episode in an environment: the demand that an engine simulates, and how it is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.layouts import cell_table
from trafficai.envs.formulas import Formula
from trafficai.envs.readout import Readout
from trafficai.envs.sensors import Place, Sensors
from trafficai.envs.task import Task
from trafficai.scenario.randomise import Draw, Randomiser

KEYS_PER_AGENT: Final = 1 << 32
"""Noise is drawn by agent and number, which do not depend on what other worlds show."""


NO_LANE: Final = -1
"""Lane of a detector within a junction, which no observation shows."""


class Variation:
    """Draws demand and sensors for the episodes of the worlds of one task, each from the engine seed of the episode.

    Args:
        task: what is asked for in the worlds.
        num_worlds: how many they are.
        num_inputs: room for the observation of an agent.
    """

    def __init__(self, task: Task, num_worlds: int, num_inputs: int) -> None:
        ranges = task.randomisation
        self._num_inputs = num_inputs
        self._randomiser = Randomiser(task.scenario, ranges) if ranges.varies_demand else None
        places = list(_places(task.readout, num_inputs)) if ranges.varies_sensors else []
        self._sensors = Sensors(places, num_worlds, ranges) if ranges.varies_sensors else None
        self._factors = np.ones((num_worlds, 2))

    def start(self, rows: NDArray[np.intp], seeds: Sequence[int]) -> list[Draw] | None:
        """Begin episodes in these of the worlds, and return the demand of each; None where it is the scenario's own."""
        if self._sensors is not None:
            self._sensors.start(rows, seeds)
        if self._randomiser is None:
            return None
        draws = [self._randomiser.draw(seed) for seed in seeds]
        self._factors[rows] = np.reshape([(draw.demand_scale, draw.speed_spread) for draw in draws], (-1, 2))
        return draws

    def see(self, shown: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return what agents see of what is shown, (num_worlds, num_agents, num_inputs), at (num_worlds,) [s]."""
        if self._sensors is None:
            return shown
        return self._sensors.apply(shown.reshape(len(shown), -1), times).reshape(shown.shape)

    def info(self) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
        """Return what was drawn for the present episodes, each (num_worlds,)."""
        told: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {}
        if self._randomiser is not None:
            told = {"demand_scale": self._factors[:, 0].copy(), "speed_spread": self._factors[:, 1].copy()}
        return told if self._sensors is None else told | {"dead_detectors": self._sensors.num_dead.copy()}


def _places(readout: Readout, num_inputs: int) -> Iterator[Place]:
    """Yield every number that a world shows, agent by agent, and what each is filled up with."""
    lane_of = _lanes_of(readout)
    for agent, entries in enumerate(readout.entries):
        for number, (_, formula) in enumerate(entries):
            lanes = frozenset(_measured(formula, lane_of))
            yield Place(lanes, agent * KEYS_PER_AGENT + number, formula.low, formula.high)
        yield from [Place(frozenset(), 0, 0.0, 0.0)] * (num_inputs - len(entries))


def _lanes_of(readout: Readout) -> dict[str, NDArray[np.intp]]:
    """Return on which lane each number of a Snapshot is measured, by the word that its field begins with."""
    network, detectors = readout.scenario.network, readout.scenario.detectors
    cells, rows = cell_table(readout.scenario, cells=readout.has_cells)[:, 1], network.normal_lane_index
    return {
        "lane": np.arange(len(cells)),
        "cell": np.repeat(np.arange(len(cells)), cells),
        "loop": np.array([rows.get(loop.lane, NO_LANE) for loop in detectors.e1], dtype=np.intp),
        "area": np.array([rows.get(area.lanes[-1], NO_LANE) for area in detectors.e2], dtype=np.intp),
    }


def _measured(formula: Formula, lane_of: Mapping[str, NDArray[np.intp]]) -> Iterator[int]:
    """Yield the lanes that a formula is measured on; of signals and of the whole network nothing is."""
    for _, of in (*formula.upper, *formula.lower):
        if isinstance(of, Formula):
            yield from _measured(of, lane_of)
        elif (word := of.field.partition("_")[0]) in lane_of:
            yield int(lane_of[word][of.index])
