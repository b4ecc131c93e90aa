"""The engines of an environment: worlds of the core in one batch, or any engines one beside the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trafficai.backends import Backend, make_backend
from trafficai.backends.sighting import Sighting
from trafficai.core._struct import reference
from trafficai.core.features import Sheet
from trafficai.core.formulas import Formulas, Outputs, compute_row
from trafficai.datatypes import Snapshot
from trafficai.envs.task import Task
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw

BackendFactory = Callable[[Scenario], Backend]
"""Makes one engine for a scenario."""


class Engines(Protocol):
    """Worlds that advance together, and show what the formulas of their tasks give.

    Attributes:
        values: (num_worlds, widest row), features of now, of the decision before, and values of formulas.
        outputs: (num_worlds, most outputs), what agents are shown.
        carrying_s: time spent so far in the engines [s].
    """

    values: NDArray[np.float64]
    outputs: NDArray[np.float32]
    carrying_s: float

    def reset(
        self,
        seeds: Sequence[int],
        rows: NDArray[np.int64] | None = None,
        draws: Sequence[Draw | None] | None = None,
    ) -> None:
        """Start worlds anew, one seed for each of these rows, or of all, and one demand where any is drawn."""
        ...

    def advance(self, requested: NDArray[np.int32], seconds: int) -> None:
        """Simulate ``seconds`` in every world, requests (num_worlds, most signals) or (num_worlds, seconds, ...)."""
        ...

    def sighting(self, w: int) -> Sighting:
        """Return who is where on the road in one world."""
        ...

    def close(self) -> None:
        """Free the engines."""
        ...


class SingleEngines:
    """Engines that know one world only, one after the other.

    Args:
        tasks: what is asked for in each world.
        num_inputs: room for the observation of an agent.
        backends: one engine for each.
    """

    def __init__(self, tasks: Sequence[Task], num_inputs: int, backends: Sequence[Backend]) -> None:
        self._tasks, self._backends = tuple(tasks), tuple(backends)
        self.carrying_s = 0.0
        tables = [task.readout.formulas(num_inputs) for task in tasks]
        width = max(2 * task.readout.layout.size + len(t.rows) for task, t in zip(tasks, tables, strict=True))
        self.values = np.zeros((len(tasks), width))
        self.outputs = np.zeros((len(tasks), num_inputs * max(len(task.agents) for task in tasks)), dtype=np.float32)
        self._tables: list[Formulas] = [reference(table, constant=True) for table in tables]
        self._sheet, self._shown = reference(Sheet(self.values)), reference(Outputs(self.outputs))

    def reset(
        self,
        seeds: Sequence[int],
        rows: NDArray[np.int64] | None = None,
        draws: Sequence[Draw | None] | None = None,
    ) -> None:
        """Start worlds anew, one seed for each of these rows, or of all, and one demand where any is drawn."""
        chosen = range(len(self._backends)) if rows is None else rows.tolist()
        for w, seed, draw in zip(chosen, seeds, draws or [None] * len(seeds), strict=True):
            backend = self._backends[w]
            snapshot = backend.reset(seed) if draw is None else backend.reset(seed, draw)
            self._write(w, snapshot)
            self._write(w, snapshot)  # also what was before

    def advance(self, requested: NDArray[np.int32], seconds: int) -> None:
        """Simulate ``seconds`` in every world, requests (num_worlds, most signals) or (num_worlds, seconds, ...)."""
        begin = time.perf_counter()
        for w, (task, backend) in enumerate(zip(self._tasks, self._backends, strict=True)):
            self._write(w, backend.advance(requested[w, ..., : len(task.scenario.signals)], seconds))
        self.carrying_s += time.perf_counter() - begin

    def sighting(self, w: int) -> Sighting:
        """Return who is where on the road in one world."""
        return self._backends[w].sighting()

    def close(self) -> None:
        """Close every engine."""
        for backend in self._backends:
            backend.close()

    def _write(self, w: int, snapshot: Snapshot) -> None:
        """Write down what a world shows, and what its formulas give."""
        layout, row = self._tasks[w].readout.layout, self.values[w]
        row[layout.size : 2 * layout.size] = row[: layout.size]
        row[: layout.size] = layout.features(snapshot)
        compute_row(self._tables[w], self._sheet, self._shown, w)


def open_engines(tasks: Sequence[Task], num_inputs: int, backend: str | BackendFactory, threads: int) -> Engines:
    """Return the worlds of some tasks: the core's in one batch, or single engines.

    Raises:
        InputError: where no engine has the name.
    """
    if backend != "numba":
        return SingleEngines(tasks, num_inputs, [_open_backend(task, backend) for task in tasks])
    from trafficai.backends.worlds import Worlds, make_kind  # the core, which takes time to import

    kinds = {
        id(task): make_kind(
            task.scenario,
            task.readout.formulas(num_inputs),
            cells=task.readout.has_cells,
            detectors=task.readout.has_detectors,
        )
        for task in tasks
    }
    most_agents = max(len(task.agents) for task in tasks)
    return Worlds([kinds[id(task)] for task in tasks], threads, num_inputs * most_agents)


def _open_backend(task: Task, backend: str | BackendFactory) -> Backend:
    if isinstance(backend, str):
        readout = task.readout
        return make_backend(task.scenario, backend, cells=readout.has_cells, detectors=readout.has_detectors)
    return backend(task.scenario)
