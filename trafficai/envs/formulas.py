"""Formulas as they are written down: weighted sums over what a Snapshot shows, which one kernel then computes.

An observation's numbers, a reward's terms and masks are all formulas; ``Sheet`` lays them out for
``trafficai.core.formulas``, which computes them for every world of a batch within the compiled call.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from trafficai.core.formulas import AT_MOST, EQUALS, FORMULA, LARGEST, NOWHERE, RATIO, TERM, Formulas
from trafficai.datatypes.features import Layout


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a Snapshot: of now, or of the decision before."""

    field: str
    index: int = 0
    is_before: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum over another sum, or a test of a sum; clipped to [low, high]."""

    kind: int
    upper: Sum
    lower: Sum = ()
    number: float = 0.0  # what a sum is tested against
    empty: float = 0.0  # value where the lower sum is not above 0
    divisor: float = 1.0
    low: float = -math.inf
    high: float = math.inf


Term: TypeAlias = "tuple[float, Column | Formula]"
Sum: TypeAlias = tuple[Term, ...]


def now(field: str, rows: Iterable[int] = (0,), weight: float = 1.0) -> Sum:
    """Return the sum of some numbers of a field, each with the same weight."""
    return tuple((weight, Column(field, int(row))) for row in rows)


def before(field: str, rows: Iterable[int] = (0,), weight: float = 1.0) -> Sum:
    """Return the same of the decision before."""
    return tuple((weight, Column(field, int(row), is_before=True)) for row in rows)


def total(upper: Sum, divisor: float = 1.0) -> Formula:
    """Return a sum over a number."""
    return Formula(RATIO, upper, divisor=divisor)


def ratio(upper: Sum, lower: Sum, divisor: float = 1.0, empty: float = 0.0) -> Formula:
    """Return a sum over another sum and a number; ``empty`` where the other sum is not above 0."""
    return Formula(RATIO, upper, lower, empty=empty, divisor=divisor)


def equals(upper: Sum, number: float) -> Formula:
    """Return 1 where a sum is a number, else 0."""
    return Formula(EQUALS, upper, number=number, low=0.0, high=1.0)


def at_most(upper: Sum, number: float) -> Formula:
    """Return 1 where a sum is at most a number, else 0."""
    return Formula(AT_MOST, upper, number=number, low=0.0, high=1.0)


def largest(terms: Sum, divisor: float = 1.0) -> Formula:
    """Return the largest of some terms over a number, 0 where there is none."""
    return Formula(LARGEST, terms, divisor=divisor)


def clip(formula: Formula, low: float = 0.0, high: float = 1.0) -> Formula:
    """Return the formula within bounds."""
    return replace(formula, low=low, high=high)


ONE = equals((), 0.0)
"""The number 1."""


class Sheet:
    """Formulas on their places in the row of a world: the features of now, those of before, then the values.

    Args:
        layout: where the features lie.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._positions: dict[Formula, int] = {}
        self._rows: list[tuple[float, ...]] = []
        self._outputs: list[int] = []
        self._terms: list[tuple[float, int]] = []

    def add(self, formula: Formula) -> int:
        """Return the position of a formula's value, after those of the formulas it builds on; each is there once."""
        known = self._positions.get(formula)
        if known is not None:
            return known
        upper, lower = ([(weight, self._place(of)) for weight, of in terms] for terms in (formula.upper, formula.lower))
        first, end = len(self._terms), len(self._terms) + len(upper)
        self._terms += upper + lower
        numbers = (formula.number, formula.empty, formula.divisor, formula.low, formula.high)
        self._positions[formula] = self._append((formula.kind, first, end, len(self._terms), *numbers))
        return self._positions[formula]

    def show(self, formula: Formula, place: int) -> None:
        """Show a formula's value at a place among the outputs; in a second place it is computed a second time."""
        row = self.add(formula) - self._first
        if self._outputs[row] != NOWHERE:
            row = self._append(self._rows[row]) - self._first
        self._outputs[row] = place

    def build(self) -> Formulas:
        """Return the table for kernels."""
        rows = [(*row[:4], place, *row[4:]) for row, place in zip(self._rows, self._outputs, strict=True)]
        return Formulas(
            rows=np.array(rows, dtype=FORMULA).view(np.recarray),
            terms=np.array(self._terms, dtype=TERM).view(np.recarray),
            first=np.array([self._first], dtype=np.int64),
        )

    @property
    def _first(self) -> int:
        return 2 * self._layout.size

    def _append(self, row: tuple[float, ...]) -> int:
        self._rows.append(row)
        self._outputs.append(NOWHERE)
        return self._first + len(self._rows) - 1

    def _place(self, of: Column | Formula) -> int:
        if isinstance(of, Formula):
            return self.add(of)
        start = self._layout.starts[of.field] + of.index
        return start + self._layout.size if of.is_before else start
