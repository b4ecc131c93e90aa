"""What varies from episode to episode in an environment: the demand that an engine simulates, and how it is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    cells = cell_table(readout.scenario, cells=readout.has_cells)[:, 1]
    lane_of_cell = np.repeat(np.arange(len(cells)), cells)
    for agent, entries in enumerate(readout.entries):
        for number, (_, formula) in enumerate(entries):
            lanes = frozenset(_measured(formula, lane_of_cell))
            yield Place(lanes, agent * KEYS_PER_AGENT + number, formula.low, formula.high)
        yield from [Place(frozenset(), 0, 0.0, 0.0)] * (num_inputs - len(entries))


def _measured(formula: Formula, lane_of_cell: NDArray[np.intp]) -> Iterator[int]:
    """Yield the lanes that a formula is measured on; of signals and of the whole network nothing is."""
    for _, of in (*formula.upper, *formula.lower):
        if isinstance(of, Formula):
            yield from _measured(of, lane_of_cell)
        elif of.field.startswith("lane_"):
            yield of.index
        elif of.field.startswith("cell_"):
            yield int(lane_of_cell[of.index])
