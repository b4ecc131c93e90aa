"""What agents are shown and told of a world: where observations and rewards lie in a row, and their formulas."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from trafficai.backends.layouts import layout_of
from trafficai.core._struct import reference
from trafficai.core.features import Sheet as Rows
from trafficai.core.formulas import Formulas, Outputs, compute_row
from trafficai.datatypes import InputError, Snapshot
from trafficai.envs.formulas import Sheet
from trafficai.envs.observations import Entry, needs_cells, needs_detectors, observation_space, observe
from trafficai.envs.rewards import parse_rewards, reward_formula
from trafficai.envs.views import View
from trafficai.scenario.model import Scenario


class Readout:
    """The observations and rewards of all agents of a scenario, as places in the row of a world.

    Args:
        scenario: what is simulated.
        views: what each agent has before it.
        observation: names of observations joined by ``+``.
        reward: a sum of terms, or several for a vector of rewards.

    Attributes:
        entries: name and formula of each agent's numbers.
        num_inputs: numbers of the agent that is shown most; the others' observations are filled up with zeros.
        has_cells: whether the engine must fill the cells of snapshots.
        has_detectors: whether it must keep the scenario's detectors.

    Raises:
        InputError: where a name is unknown, or detectors are wanted where there are none.
    """

    def __init__(
        self, scenario: Scenario, views: Sequence[View], observation: str, reward: str | Sequence[str]
    ) -> None:
        self.scenario, self.views = scenario, tuple(views)
        self.has_cells = needs_cells(observation)
        self.has_detectors = needs_detectors(observation)
        self.layout = layout_of(scenario, cells=self.has_cells, detectors=self.has_detectors)
        if self.has_detectors and not any(view.loops or view.areas for view in self.views):
            problem = f"no detector of scenario {scenario.name!r} lies on a lane that leads to a signal of the agents"
            raise InputError(f"{problem}; add some, or leave all out for the usual ones")
        self.entries: tuple[tuple[Entry, ...], ...] = tuple(observe(observation, view) for view in self.views)
        self.rewards = parse_rewards(reward)
        self.num_inputs = max(map(len, self.entries))
        self._rewards = [reward_formula(text, view) for view in self.views for text in self.rewards]

    @cached_property
    def reward_columns(self) -> NDArray[np.intp]:
        """Positions of the rewards in the row of a world, (num_agents, num_rewards)."""
        _, columns = self._begin_sheet()
        return np.array(columns, dtype=np.intp).reshape(len(self.views), len(self.rewards))

    def formulas(self, num_inputs: int) -> Formulas:
        """Return what kernels compute; agent a's observation is shown at a * num_inputs and after."""
        sheet, _ = self._begin_sheet()
        for agent, entries in enumerate(self.entries):
            for i, (_, formula) in enumerate(entries):
                sheet.show(formula, agent * num_inputs + i)
        return sheet.build()

    @cached_property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The name of each number of each agent's observation."""
        return tuple(tuple(name for name, _ in entries) for entries in self.entries)

    @cached_property
    def spaces(self) -> tuple[spaces.Box, ...]:
        """The bounds of each agent's observation."""
        return tuple(observation_space(entries) for entries in self.entries)

    def _begin_sheet(self) -> tuple[Sheet, list[int]]:
        """Return a sheet that begins with the rewards, and their positions, agent after agent."""
        sheet = Sheet(self.layout)
        return sheet, [sheet.add(formula) for formula in self._rewards]

    @cached_property
    def _own_formulas(self) -> Formulas:
        return self.formulas(self.num_inputs)

    def observations(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """Return every agent's observation of a snapshot, (..., num_agents, num_inputs), from Python."""
        features = self.layout.features(snapshot)
        flat = np.ascontiguousarray(features.reshape(-1, self.layout.size))
        formulas = self._own_formulas
        rows = Rows(np.zeros((1, 2 * self.layout.size + len(formulas.rows))))
        outputs = Outputs(np.zeros((1, len(self.views) * self.num_inputs), dtype=np.float32))
        table, sheet, shown = reference(formulas, constant=True), reference(rows), reference(outputs)
        result = np.empty((len(flat), len(self.views), self.num_inputs), dtype=np.float32)
        for w, row in enumerate(flat):
            rows.values[0, : self.layout.size] = row
            compute_row(table, sheet, shown, 0)
            result[w] = outputs.values.reshape(result.shape[1:])
        return result.reshape(*features.shape[:-1], *result.shape[1:])
