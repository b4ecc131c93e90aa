"""One engine or a batch of worlds for an environment, by name or by the caller's own factory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trafficai.backends import Backend, make_backend
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario

BackendFactory = Callable[[Scenario], Backend]
"""Makes one engine for a scenario."""


class Batch(Protocol):
    """Many worlds of one scenario that advance together; every array of a snapshot has a leading world axis."""

    def reset(self, seeds: Sequence[int]) -> Snapshot:
        """Start every world anew, one seed per world."""
        ...

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` in every world with requested green phases, (num_worlds, num_signals)."""
        ...

    def close(self) -> None:
        """Free what the batch holds."""
        ...


class BackendStack:
    """A batch made of single engines, one after the other: for engines that know one world only.

    Args:
        backends: one engine per world.
    """

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._backends = tuple(backends)

    def reset(self, seeds: Sequence[int]) -> Snapshot:
        """Start every world anew, one seed per world."""
        return _stack([backend.reset(seed) for backend, seed in zip(self._backends, seeds, strict=True)])

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` in every world with requested green phases, (num_worlds, num_signals)."""
        return _stack([b.advance(row, seconds) for b, row in zip(self._backends, requested, strict=True)])

    def close(self) -> None:
        """Close every engine."""
        for backend in self._backends:
            backend.close()


def _stack(snapshots: Sequence[Snapshot]) -> Snapshot:
    return Snapshot(*(np.stack(fields) for fields in zip(*snapshots, strict=True)))


def open_backend(scenario: Scenario, backend: str | BackendFactory) -> Backend:
    """Return one engine: the one named, or what the factory makes.

    Raises:
        InputError: where no engine has the name.
    """
    return make_backend(scenario, backend) if isinstance(backend, str) else backend(scenario)


def open_batch(scenario: Scenario, num_worlds: int, backend: str | BackendFactory, threads: int) -> Batch:
    """Return a batch of worlds: the core's own, or a stack of single engines.

    Raises:
        InputError: where no engine has the name.
    """
    if backend != "numba":
        return BackendStack([open_backend(scenario, backend) for _ in range(num_worlds)])
    from trafficai.backends.numba import NumbaBatch  # the core, which takes time to import

    return NumbaBatch(scenario, num_worlds, threads=threads)
