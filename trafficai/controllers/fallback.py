"""What is done with an answer that is no request: the signal goes on by its fixed plan, and the event is counted."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import FOLLOW_PLAN

FALLBACKS: Final = ("missing", "wrong_shape", "not_a_number", "out_of_range", "late")
"""Kinds of answers that are no request: none at all, of another shape, not finite or no number, no phase on offer, or
given after the time budget was over."""

IN_INFO: Final = tuple(f"fallback_{kind}" for kind in FALLBACKS)
"""What their counts are called in the ``info`` of environments."""

MISSING, WRONG_SHAPE, NOT_A_NUMBER, OUT_OF_RANGE, LATE = range(5)

_log = logging.getLogger(__name__)


class Entries(NamedTuple):
    """The numbers that an answer holds, signal after signal: whole ones below a limit, or shares up to it."""

    limits: NDArray[np.int64]  # (num_entries,)
    widths: NDArray[np.intp]  # (num_signals,) how many of them each signal has, at least one
    lowest: int = 0  # FOLLOW_PLAN where plan and program may be asked for
    is_whole: bool = True

    def all_offered(self, values: NDArray[np.int64]) -> bool:
        """Return whether all of some whole values, (..., num_entries), may be given as they are."""
        return self.is_whole and bool(((values >= self.lowest) & (values < self.limits)).all())

    def are_offered(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which values, (..., num_entries), are numbers that may be given."""
        if not self.is_whole:
            return np.asarray((values >= self.lowest) & (values <= self.limits))
        return np.asarray((values >= self.lowest) & (values < self.limits) & (values == np.floor(values)))


def one_phase_each(num_phases: NDArray[np.int64], lowest: int = 0) -> Entries:
    """Return what an answer looks like that names a green phase of each signal."""
    return Entries(num_phases, np.ones(len(num_phases), dtype=np.intp), lowest)


class Fallback:
    """Replaces what is no request by the fixed plan, and counts the signals concerned by kind.

    Args:
        entries: what an answer looks like.
        is_strict: whether such an answer raises ValueError instead.
        time_budget: how long an answer may take [s], None for as long as it likes.
    """

    def __init__(self, entries: Entries, *, is_strict: bool = False, time_budget: float | None = None) -> None:
        self._entries = entries
        self._first = np.cumsum(entries.widths) - entries.widths  # (num_signals,) where each signal's entries begin
        self._is_strict, self._time_budget = is_strict, time_budget
        self._is_told = [False] * len(FALLBACKS)
        self.start()

    def start(self, worlds: tuple[int, ...] = ()) -> None:
        """Begin an episode of so many worlds, () for one alone, with nothing counted."""
        self._worlds = worlds
        self.counts = np.zeros((*worlds, len(FALLBACKS)), dtype=np.int64)

    def restart(self, rows: NDArray[np.intp]) -> None:
        """Begin an episode in some of many worlds."""
        self.counts[rows] = 0

    def mend(self, answer: Any, seconds: float = 0.0) -> NDArray[Any]:
        """Return an answer that took so long [s], (..., num_entries): FOLLOW_PLAN in all entries of signals with none.

        Raises:
            ValueError: in strict mode, where anything is wrong.
        """
        shape = (*self._worlds, len(self._entries.limits))
        if self._time_budget is not None and seconds > self._time_budget:
            return self._all_by_plan(shape, LATE, f"an answer took {seconds:.3g} s, more than {self._time_budget:g} s")
        if answer is None:
            return self._all_by_plan(shape, MISSING, "there is no answer")
        try:
            values = np.asarray(answer)
            if values.dtype.kind == "i" and values.shape == shape and self._entries.all_offered(values):
                return values
            values = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            return self._all_by_plan(shape, NOT_A_NUMBER, f"the answer {str(answer)[:80]!r} is no array of numbers")
        if values.shape != shape and not (shape[-1] == 1 and values.shape == self._worlds):
            return self._all_by_plan(shape, WRONG_SHAPE, f"an answer has shape {values.shape}, not {shape}")
        return self._by_entry(values.reshape(shape))

    def by_kind(self) -> dict[str, NDArray[np.int64]]:
        """Return the counts of the episode by kind, each (...)."""
        return {kind: self.counts[..., i].copy() for i, kind in enumerate(FALLBACKS)}

    def of_world(self, w: int) -> dict[str, int]:
        """Return the counts of one of many worlds, as they are called in ``info``."""
        return dict(zip(IN_INFO, self.counts[w].tolist(), strict=True))

    def _all_by_plan(self, shape: tuple[int, ...], kind: int, problem: str) -> NDArray[np.int64]:
        self._note(kind, problem, np.ones(shape, dtype=np.bool_))
        return np.full(shape, FOLLOW_PLAN, dtype=np.int64)

    def _by_entry(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """Return the answer, the plan for each signal that has an entry which is none."""
        is_number = np.isfinite(values)
        given = np.where(is_number, values, 0.0)
        is_offered = self._entries.are_offered(given)
        if not (is_number.all() and is_offered.all()):
            self._note(NOT_A_NUMBER, f"an answer holds {values[~is_number][:1].tolist()}", ~is_number)
            outside = is_number & ~is_offered
            problem = f"an answer holds {values[outside][:1].tolist()}, outside what is on offer"
            self._note(OUT_OF_RANGE, f"{problem}, {self._entries.limits.tolist()}", outside)
            is_none = np.repeat(self._by_signal(~(is_number & is_offered)), self._entries.widths, axis=-1)
            given = np.where(is_none, FOLLOW_PLAN, given)
        return given.astype(np.int64) if self._entries.is_whole else given

    def _by_signal(self, where: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which signals, (..., num_signals), have an entry that is true."""
        return np.asarray(np.logical_or.reduceat(where, self._first, axis=-1))

    def _note(self, kind: int, problem: str, where: NDArray[np.bool_]) -> None:
        """Count the signals concerned, and say so once per kind; ValueError in strict mode."""
        if not where.any():
            return
        if self._is_strict:
            raise ValueError(problem)
        self.counts[..., kind] += self._by_signal(where).sum(axis=-1)
        if not self._is_told[kind]:
            self._is_told[kind] = True
            _log.warning("%s: the fixed plan is followed instead (further ones of this kind are only counted)", problem)


def count_by_kind(counts: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of one world as plain numbers."""
    return {kind: int(count) for kind, count in counts.items()}
