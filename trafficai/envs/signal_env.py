"""``trafficai/Signal-v0``: one agent that sets one signal, or all signals, of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import ArrayLike, NDArray

from trafficai.datatypes import Snapshot
from trafficai.envs.engines import BackendFactory, open_backend
from trafficai.envs.pictures import Pictures
from trafficai.envs.task import Tally, Task, TaskOptions, draw_engine_seed, resolve_scenario
from trafficai.scenario.model import Scenario


class SignalEnv(gymnasium.Env[Any, Any]):
    """One world of a scenario; an action says which green phase each controlled signal shall show, or shapes its plan.

    Observation: Box in [0, 1], (n,) float32, what each number is stands in ``observation_names``. Action: Discrete for
    one signal and MultiDiscrete for several, unless the option ``action`` names one of another kind. An episode is the
    period of the scenario: it ends truncated, never terminated. ``info`` tells the delay, CO2 and stops of the interval
    and of the episode so far, and vehicle counts.

    Args:
        scenario: a name, a path, or a Scenario.
        backend: "numba", "sumo", or a function that makes an engine for a scenario.
        begin: start of the episode [s], the scenario's own unless given.
        end: end of the episode [s], the scenario's own unless given.
        render_mode: None, "rgb_array" for pictures from ``render()``, or "human" for a window; extra ``render``.
        **task: observation, reward, action, decision_interval, signal; see TaskOptions.

    Raises:
        InputError: where the scenario has no signal to control, a name is unknown, or the extra ``render`` is missing.
    """

    # Gymnasium declares it an instance variable.
    metadata = {"render_modes": ["rgb_array", "human"], "render_fps": 5}  # noqa: RUF012

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        backend: str | BackendFactory = "numba",
        begin: int | None = None,
        end: int | None = None,
        render_mode: str | None = None,
        **task: Unpack[TaskOptions],
    ) -> None:
        self.task = Task(resolve_scenario(scenario, begin, end), **task)
        self.render_mode = render_mode
        self._pictures = Pictures(self.task.scenario, render_mode) if render_mode is not None else None
        self.observation_space = self.task.observation_space
        self.action_space = self.task.action_space
        self.backend = open_backend(self.task.scenario, backend)
        self._tally: Tally | None = None
        self._time: float | None = None

    @property
    def observation_names(self) -> tuple[str, ...]:
        """The name of each number of an observation."""
        return self.task.observe.names

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode; a seed given is the engine's seed, else the environment's generator draws one."""
        super().reset(seed=seed, options=options)
        snapshot = self.backend.reset(draw_engine_seed(self.np_random) if seed is None else seed)
        self._tally = self.task.start(snapshot)
        self._show(snapshot)
        return self.task.observe(snapshot), self._info(snapshot, self._tally)

    def step(self, action: ArrayLike) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Ask for the green phases, simulate one decision interval, and return what came of it.

        Raises:
            ResetNeeded: before the first reset and after the end of an episode.
            ValueError: where the task is strict and something is wrong with the action.
        """
        if self._tally is None:
            raise ResetNeeded("the episode is over or has not begun; call reset()")
        snapshot = self.backend.advance(self.task.requests(action), self.task.decision_interval)
        reward, tally = self.task.score(self._tally, snapshot)
        truncated = bool(self.task.is_over(snapshot))
        self._tally = None if truncated else tally
        self._show(snapshot)
        return self.task.observe(snapshot), float(reward), False, truncated, self._info(snapshot, tally)

    def action_masks(self) -> NDArray[np.bool_]:
        """Return what may be chosen now, (n,), in the layout that MaskablePPO takes.

        Raises:
            ResetNeeded: before the first reset and after the end of an episode.
        """
        if self._tally is None:
            raise ResetNeeded("the episode is over or has not begun; call reset()")
        return self.task.action_mask()

    def render(self) -> NDArray[np.uint8] | None:
        """Return the picture of now, (height, width, 3), in mode "rgb_array"; a window is kept up to date anyway.

        Raises:
            ResetNeeded: before the first reset.
        """
        if self._pictures is None or self.render_mode == "human":
            return None
        if self._time is None:
            raise ResetNeeded("there is nothing to draw yet; call reset()")
        return self._pictures.draw(self._time, self.backend.sighting())

    def close(self) -> None:
        """Free the engine, and close the window."""
        self.backend.close()
        if self._pictures is not None:
            self._pictures.close()

    def _show(self, snapshot: Snapshot) -> None:
        """Note the time, and bring the window up to date where there is one."""
        self._time = float(snapshot.time)
        if self._pictures is not None and self.render_mode == "human":
            self._pictures.show(self._time, self.backend.sighting())

    def _info(self, snapshot: Snapshot, tally: Tally) -> dict[str, Any]:
        return {key: value.item() for key, value in self.task.info(snapshot, tally).items()}


def make_env(scenario: Scenario | str | Path, *, backend: str = "numba", **options: Any) -> SignalEnv:
    """Return a new environment of a scenario by name, by path or as a Scenario; options as SignalEnv takes them.

    Raises:
        InputError: where the scenario cannot be read or has no signal to control, or a name is unknown.
    """
    return SignalEnv(scenario, backend=backend, **options)
