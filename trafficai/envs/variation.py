"""What varies from episode to episode in an environment: the demand that an engine simulates, and how it is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from trafficai.envs.sensors import Sensors
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw, Randomisation, Randomiser, read_randomisation


class Variation:
    """Draws demands and sensors for the episodes of one world or many, each from the engine seed of the episode.

    Args:
        scenario: whose demand varies.
        randomise: how much, as a Randomisation or by the names of its fields; nothing varies where there is none.
        lanes: (n,) lane on which each number of an observation is measured; see Sensors.
        space: bounds of the observation.

    Raises:
        InputError: a name is unknown, or a value is out of its range.
    """

    def __init__(
        self,
        scenario: Scenario,
        randomise: Randomisation | Mapping[str, Any] | None,
        lanes: NDArray[np.intp],
        space: spaces.Box,
    ) -> None:
        ranges = read_randomisation(randomise)
        self._randomiser = Randomiser(scenario, ranges) if ranges.varies_demand else None
        self._sensors = Sensors(lanes, space, ranges) if ranges.varies_sensors else None
        self._drawn: dict[str, NDArray[np.float64]] = {}

    def draws(self, engine_seeds: Sequence[int]) -> list[Draw] | None:
        """Return the demand of each episode, None where it is always the scenario's own."""
        return None if self._randomiser is None else [self._randomiser.draw(seed) for seed in engine_seeds]

    def start(
        self, engine_seeds: ArrayLike, draws: Sequence[Draw] | None, rows: NDArray[np.intp] | None = None
    ) -> None:
        """Begin episodes with these seeds and demands: in all worlds, (...), or in the rows named."""
        if self._sensors is not None:
            self._sensors.start(engine_seeds, rows)
        for name in ("demand_scale", "speed_spread") if draws else ():
            values = np.reshape([getattr(draw, name) for draw in draws or ()], np.shape(engine_seeds))
            if rows is None:
                self._drawn[name] = values
            else:
                self._drawn[name][rows] = values

    def see(self, observation: NDArray[np.float32], time: ArrayLike) -> NDArray[np.float32]:
        """Return what is seen of an observation, (..., n), made at a time, (...) [s]."""
        return observation if self._sensors is None else self._sensors.apply(observation, time)

    def info(self) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
        """Return what was drawn for the present episodes, each (...): factors, and lanes without working detectors."""
        dead = {} if self._sensors is None else {"dead_detectors": self._sensors.num_dead}
        return {**{name: values.copy() for name, values in self._drawn.items()}, **dead}
