"""What is done with an answer that is no request: the signal goes on by its fixed plan, and the event is counted."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import FOLLOW_PLAN

FALLBACKS: Final = ("missing", "wrong_shape", "not_a_number", "out_of_range", "late")
"""Kinds of answers that are no request: none at all, of another shape, not finite or no number, no phase on offer, or
given after the time budget was over."""

MISSING, WRONG_SHAPE, NOT_A_NUMBER, OUT_OF_RANGE, LATE = range(5)

_log = logging.getLogger(__name__)


class Fallback:
    """Replaces what is no request by the fixed plan, and counts the signals concerned by kind.

    Args:
        num_phases: (num_signals,) green phases that each signal offers.
        lowest: least request that is one: 0, or FOLLOW_PLAN where plan and program may be asked for.
        is_strict: whether such an answer raises ValueError instead.
        time_budget: how long an answer may take [s], None for as long as it likes.
    """

    def __init__(
        self,
        num_phases: NDArray[np.int64],
        *,
        lowest: int = 0,
        is_strict: bool = False,
        time_budget: float | None = None,
    ) -> None:
        self._num_phases, self._lowest = num_phases, lowest
        self._is_strict, self._time_budget = is_strict, time_budget
        self._is_told = [False] * len(FALLBACKS)
        self.start()

    def start(self, worlds: tuple[int, ...] = ()) -> None:
        """Begin an episode of so many worlds, () for one alone, with nothing counted."""
        self._worlds = worlds
        self.counts = np.zeros((*worlds, len(FALLBACKS)), dtype=np.int64)

    def mend(self, answer: Any, seconds: float = 0.0) -> NDArray[np.int64]:
        """Return the requests of an answer that took so long [s], (..., num_signals), FOLLOW_PLAN where it has none.

        Raises:
            ValueError: in strict mode, where anything is wrong.
        """
        shape = (*self._worlds, len(self._num_phases))
        if self._time_budget is not None and seconds > self._time_budget:
            return self._all_by_plan(shape, LATE, f"an answer took {seconds:.3g} s, more than {self._time_budget:g} s")
        if answer is None:
            return self._all_by_plan(shape, MISSING, "there is no answer")
        try:
            values = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError):
            return self._all_by_plan(shape, NOT_A_NUMBER, f"the answer {str(answer)[:80]!r} is no array of numbers")
        if values.shape != shape and not (len(self._num_phases) == 1 and values.shape == self._worlds):
            return self._all_by_plan(shape, WRONG_SHAPE, f"an answer has shape {values.shape}, not {shape}")
        return self._by_entry(values.reshape(shape))

    def by_kind(self) -> dict[str, NDArray[np.int64]]:
        """Return the counts of the episode by kind, each (...)."""
        return {kind: self.counts[..., i].copy() for i, kind in enumerate(FALLBACKS)}

    def _all_by_plan(self, shape: tuple[int, ...], kind: int, problem: str) -> NDArray[np.int64]:
        self._note(kind, problem, np.ones(shape, dtype=np.bool_))
        return np.full(shape, FOLLOW_PLAN, dtype=np.int64)

    def _by_entry(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the requests, the plan for each signal whose entry is none."""
        is_number = np.isfinite(values)
        phases = np.where(is_number, values, 0.0)
        is_offered = (phases >= self._lowest) & (phases < self._num_phases) & (phases == np.floor(phases))
        if is_number.all() and is_offered.all():
            return phases.astype(np.int64)
        self._note(NOT_A_NUMBER, f"an answer holds {values[~is_number][:1].tolist()}", ~is_number)
        outside = is_number & ~is_offered
        offered = f"the phases on offer, {self._num_phases.tolist()}"
        self._note(OUT_OF_RANGE, f"an answer names {values[outside][:1].tolist()}, outside {offered}", outside)
        return np.where(is_number & is_offered, phases, FOLLOW_PLAN).astype(np.int64)

    def _note(self, kind: int, problem: str, where: NDArray[np.bool_]) -> None:
        """Count the signals concerned, and say so once per kind; ValueError in strict mode."""
        if not where.any():
            return
        if self._is_strict:
            raise ValueError(problem)
        self.counts[..., kind] += where.sum(axis=-1)
        if not self._is_told[kind]:
            self._is_told[kind] = True
            _log.warning("%s: the fixed plan is followed instead (further ones of this kind are only counted)", problem)


def count_by_kind(counts: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of one world as plain numbers."""
    return {kind: int(count) for kind, count in counts.items()}
