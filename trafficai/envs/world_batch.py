"""Worlds with their agents: what is common to every face of the environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.monitor import require_safe
from trafficai.backends.sighting import Sighting
from trafficai.controllers.fallback import IN_INFO
from trafficai.datatypes import Snapshot
from trafficai.envs.engines import BackendFactory, open_engines
from trafficai.envs.task import Task
from trafficai.envs.variation import Variation
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw, apply

TOLD: Final = (
    "time",
    "delay_in_interval",
    "co2_in_interval",
    "stops_in_interval",
    "total_inserted",
    "total_arrived",
    "total_running",
    "total_waiting_to_enter",
    "signal_fault",
)
"""Fields of a Snapshot that are looked at after each decision; of the last one its first number."""

TIME, DELAY, CO2, STOPS, INSERTED, ARRIVED, RUNNING, WAITING, FAULT = range(len(TOLD))


class Group(NamedTuple):
    """The worlds of one task."""

    task: Task
    rows: NDArray[np.intp]  # (num_worlds of it,)
    agents: NDArray[np.intp]  # (num_agents of them,) numbers of their agents, counted through all worlds


class WorldBatch:
    """Worlds that advance together, each with a task; agents are counted through, world after world.

    Args:
        tasks: what is asked for in each world; worlds of one scenario share theirs.
        backend: "numba", "sumo", or a function that makes an engine for a scenario.
        threads: threads that carry worlds of the core.

    Attributes:
        agent_world: (num_agents,) the world of each agent of all.
        agent_index: (num_agents,) its number within its world.
        num_inputs: numbers of the largest observation; the others are filled up with zeros.

    Raises:
        InputError: where no engine has the name.
    """

    def __init__(self, tasks: Sequence[Task], backend: str | BackendFactory = "numba", threads: int = 1) -> None:
        self.tasks = tuple(tasks)
        self.num_inputs = max(task.readout.num_inputs for task in tasks)
        self.engines = open_engines(tasks, self.num_inputs, backend, threads)
        self.agent_world = np.repeat(np.arange(len(tasks)), [len(task.agents) for task in tasks])
        self.agent_index = np.concatenate([np.arange(len(task.agents)) for task in tasks])
        self._groups = _groups(tasks)
        self._fallbacks = [group.task.new_fallback() for group in self._groups]
        self._variations = [Variation(group.task, len(group.rows), self.num_inputs) for group in self._groups]
        self._draws: list[Draw | None] = [None] * len(tasks)
        self._place_of = {int(w): (k, i) for k, group in enumerate(self._groups) for i, w in enumerate(group.rows)}
        columns = np.array([[task.readout.layout.starts[name] for name in TOLD] for task in tasks])
        reward_columns = np.concatenate([task.readout.reward_columns for task in tasks])
        self._values = self.engines.values.reshape(-1)  # a view
        width = self.engines.values.shape[1]
        self._told_places = columns + np.arange(len(tasks))[:, None] * width
        self._reward_places = reward_columns + self.agent_world[:, None] * width
        self._most_signals = max(len(task.scenario.signals) for task in tasks)
        self._seconds = tasks[0].decision_interval
        self._ends = np.array([task.scenario.end for task in tasks], dtype=np.float64)
        self._told = np.zeros(columns.shape)
        self._totals = np.zeros((len(tasks), 3))  # delay [s], CO2 [g], stops of the episode
        self._told_at = time.monotonic()

    def reset(self, seeds: Sequence[int], rows: NDArray[np.int64] | None = None) -> None:
        """Start an episode in worlds, ``rows[i]`` with ``seeds[i]``; in all of them unless rows are named."""
        chosen = np.arange(len(self.tasks)) if rows is None else rows
        self._vary(chosen, seeds)
        self.engines.reset(seeds, rows, [self._draws[w] for w in chosen.tolist()])
        for group, fallback in zip(self._groups, self._fallbacks, strict=True):
            own = np.flatnonzero(np.isin(group.rows, chosen))
            if rows is None:
                fallback.start((len(group.rows),))
                group.task.action.start((len(group.rows),))
            elif len(own):
                fallback.restart(own)
                group.task.action.restart(own)
        self._totals[chosen] = 0.0
        self._look()

    def step(self, answer: Any) -> None:
        """Carry out one decision in every world: the answer of each agent, (num_agents, *), or of each world's one.

        Raises:
            ValueError: in strict tasks, where something is wrong with the answer.
            SignalSafetyFault: the signal monitor saw what no signal may show.
        """
        self.engines.advance(self._requests(answer), self._seconds)
        self._look()
        self._totals += self._told[:, [DELAY, CO2, STOPS]]
        if self._told[:, FAULT].any():
            self._require_safe()

    @property
    def observations(self) -> NDArray[np.float32]:
        """What every agent is shown now, (num_agents, num_inputs)."""
        shown = self._see(self.engines.outputs.reshape(len(self.tasks), -1, self.num_inputs))
        if len(self.agent_world) == shown.shape[0] * shown.shape[1]:
            return shown.reshape(-1, self.num_inputs).copy()
        return np.asarray(shown[self.agent_world, self.agent_index])

    @property
    def rewards(self) -> NDArray[np.float64]:
        """What every agent is told of the last interval, (num_agents, num_rewards)."""
        return np.asarray(self._values[self._reward_places])

    @property
    def is_over(self) -> NDArray[np.bool_]:
        """Whether each world has come to its end, (num_worlds,)."""
        return np.asarray(self._told[:, TIME] >= self._ends)

    @property
    def times(self) -> NDArray[np.float64]:
        """The time in each world, (num_worlds,) [s]."""
        return self._told[:, TIME]

    def info(self) -> dict[str, NDArray[Any]]:
        """Return what is told besides, each (num_worlds,): interval, episode so far, vehicle counts, fallbacks."""
        drawn, counts = self._drawn(), self._fallback_counts()
        return {**drawn, **counts, **_described(self._told.T.copy(), self._totals.T.copy(), _whole_numbers)}

    def info_of(self, w: int) -> dict[str, Any]:
        """Return the same of one world, as plain numbers."""
        k, i = self._place_of[w]
        drawn = {key: values[i].item() for key, values in self._variations[k].info().items()}
        counts = self._fallbacks[k].of_world(i)
        return {**drawn, **counts, **_described(self._told[w].tolist(), self._totals[w].tolist(), int)}

    def masks(self) -> list[NDArray[np.bool_]]:
        """Return what each agent of all may choose now, as the mask of its action."""
        by_agent: list[NDArray[np.bool_]] = [np.zeros(0, dtype=np.bool_)] * len(self.agent_world)
        first = np.searchsorted(self.agent_world, np.arange(len(self.tasks)))
        for group in self._groups:
            mask, ends = group.task.action.mask(self._snapshot(group)), np.cumsum(group.task.action.mask_sizes)
            parts = np.split(mask, ends[:-1], axis=-1)
            for k, w in enumerate(group.rows.tolist()):
                for agent, members in enumerate(group.task.members):
                    by_agent[first[w] + agent] = np.concatenate([parts[c][k] for c in members])
        return by_agent

    def scenario(self, w: int) -> Scenario:
        """Return what is simulated in one world, with the demand of its present episode."""
        scenario, draw = self.tasks[w].scenario, self._draws[w]
        return scenario if draw is None else apply(scenario, draw)

    def sighting(self, w: int) -> Sighting:
        """Return who is where on the road in one world."""
        return self.engines.sighting(w)

    def close(self) -> None:
        """Free the engines."""
        self.engines.close()

    def _vary(self, chosen: NDArray[np.int64], seeds: Sequence[int]) -> None:
        """Draw what varies in the episodes that begin in some worlds with these seeds."""
        for group, variation in zip(self._groups, self._variations, strict=True):
            own = np.flatnonzero(np.isin(chosen, group.rows))
            draws = variation.start(np.searchsorted(group.rows, chosen[own]), [seeds[i] for i in own.tolist()])
            for i, draw in zip(own.tolist(), draws or (), strict=bool(draws)):
                self._draws[chosen[i]] = draw

    def _see(self, shown: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what agents see of what is shown, (num_worlds, most agents, num_inputs)."""
        if not any(group.task.randomisation.varies_sensors for group in self._groups):
            return shown
        seen = shown.copy()
        for group, variation in zip(self._groups, self._variations, strict=True):
            num_agents = len(group.task.agents)
            seen[group.rows, :num_agents] = variation.see(shown[group.rows, :num_agents], self._told[group.rows, TIME])
        return seen

    def _drawn(self) -> dict[str, NDArray[Any]]:
        """Return what was drawn for the present episode of each world; 0 where nothing is."""
        drawn: dict[str, NDArray[Any]] = {}
        for group, variation in zip(self._groups, self._variations, strict=True):
            for key, values in variation.info().items():
                drawn.setdefault(key, np.zeros(len(self.tasks), dtype=values.dtype))[group.rows] = values
        return drawn

    def _look(self) -> None:
        """Read what is looked at after each decision; from now on the time of an answer counts."""
        self._told = self._values[self._told_places]
        self._told_at = time.monotonic()

    def _requests(self, answer: Any) -> NDArray[np.int32]:
        """Return the requests of every world, (num_worlds, most signals) or (num_worlds, seconds, most signals)."""
        waited = time.monotonic() - self._told_at
        parts = [self._group_requests(k, answer, waited) for k in range(len(self._groups))]
        if len(parts) == 1:
            return parts[0]
        by_second = max(part.ndim for part in parts) == 3
        shape = (len(self.tasks), *((self._seconds,) if by_second else ()), self._most_signals)
        requests = np.zeros(shape, dtype=np.int32)
        for group, part in zip(self._groups, parts, strict=True):
            spread = part[:, None] if by_second and part.ndim == 2 else part
            requests[group.rows, ..., : part.shape[-1]] = spread
        return requests

    def _group_requests(self, k: int, answer: Any, waited: float) -> NDArray[np.int32]:
        """Return the requests of the worlds of one task; what is no answer is replaced by the plan."""
        group, action = self._groups[k], self._groups[k].task.action
        own = self._own_part(group, answer)
        entries = self._fallbacks[k].mend(own, waited)
        starts, num = group.task.readout.layout.starts["signal_phase"], len(group.task.scenario.signals)
        shown = self.engines.values[group.rows, starts : starts + num].astype(np.int32)
        return action.requests(action.pad(entries), self._told[group.rows, TIME], shown)

    def _own_part(self, group: Group, answer: Any) -> Any:
        """Return what the agents of one task's worlds say, entry after entry, as it is where it has another shape."""
        if len(self._groups) == 1 and len(group.task.agents) == 1:
            return answer
        try:
            values = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError):
            return answer
        if values.ndim == 0 or len(values) != len(self.agent_world):
            return answer
        own = values[group.agents]
        if len(group.task.agents) == 1:
            return own[:, : len(group.task.action.limits)] if own.ndim == 2 else own
        padded = own.reshape(len(group.rows), len(group.task.agents), -1)
        fits = padded.shape[-1] >= group.task.action.widths.max()
        return group.task.action.unpad(padded) if fits else answer

    def _fallback_counts(self) -> dict[str, NDArray[np.int64]]:
        counts = np.zeros((len(IN_INFO), len(self.tasks)), dtype=np.int64)
        for group, fallback in zip(self._groups, self._fallbacks, strict=True):
            counts[:, group.rows] = fallback.counts.T
        return dict(zip(IN_INFO, counts, strict=True))

    def _snapshot(self, group: Group) -> Snapshot:
        layout = group.task.readout.layout
        return layout.snapshot(self.engines.values[group.rows, : layout.size])

    def _require_safe(self) -> None:
        for group in self._groups:
            require_safe(self._snapshot(group).signal_fault, group.task.scenario)


def _whole_numbers(column: NDArray[np.float64]) -> NDArray[np.int64]:
    return column.astype(np.int64)


def _described(told: Any, totals: Any, whole: Callable[[Any], Any]) -> dict[str, Any]:
    """Return what was looked at and added up by name; ``told`` as TOLD, delay, CO2 and stops in ``totals``."""
    return {
        "time_s": told[TIME],
        "delay_s": told[DELAY],
        "co2_g": told[CO2],
        "stops": whole(told[STOPS]),
        "total_delay_s": totals[0],
        "total_co2_g": totals[1],
        "total_stops": whole(totals[2]),
        "inserted": whole(told[INSERTED]),
        "arrived": whole(told[ARRIVED]),
        "running": whole(told[RUNNING]),
        "waiting_to_enter": whole(told[WAITING]),
    }


def _groups(tasks: Sequence[Task]) -> tuple[Group, ...]:
    """Return the worlds of each task, tasks in the order in which they come first."""
    distinct = {id(task): task for task in tasks}
    ids = np.array([id(task) for task in tasks])
    of_agents = np.repeat(ids, [len(task.agents) for task in tasks])
    return tuple(
        Group(task, np.flatnonzero(ids == key), np.flatnonzero(of_agents == key)) for key, task in distinct.items()
    )
