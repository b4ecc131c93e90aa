"""Formulas: observations, rewards and masks as rows of a table, so that one kernel computes all there are.

A formula is a sum of weighted terms over another such sum, with a scale and bounds, or a test of a sum. A term names a
position of a world's row: the features of now come first, then those of the decision before, then the values of the
formulas in their order, so that a formula can build on those before it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.features import Sheet
from trafficai.core.signal_records import Record, RecordArray

RATIO, EQUALS, AT_MOST, LARGEST = range(4)
"""Kinds: sum over sum; 1 where the sum is ``number``, else 0; 1 where it is at most that; the largest of the terms."""

NOWHERE = -1
"""Place of a formula that is no output."""

FORMULA = np.dtype(
    [
        ("kind", np.int64),
        ("first_term", np.int64),  # its terms are first_term .. end_term - 1, of its first sum
        ("end_term", np.int64),  # those of its second sum are end_term .. last_term - 1
        ("last_term", np.int64),
        ("output", np.int64),  # place among the outputs, or NOWHERE
        ("number", np.float64),  # EQUALS, AT_MOST
        ("empty", np.float64),  # value where the second sum is not above 0
        ("divisor", np.float64),  # what comes out is divided by it
        ("low", np.float64),
        ("high", np.float64),
    ],
    align=True,
)
"""One row per formula; without a second sum the first one is taken alone."""

TERM = np.dtype([("weight", np.float64), ("position", np.int64)], align=True)
"""A weight and a position of a world's row."""


class Formulas(NamedTuple):
    """What is computed from the features of a world, in this order."""

    rows: RecordArray  # (num_formulas,) FORMULA
    terms: RecordArray  # (num_terms,) TERM
    first: NDArray[np.int64]  # (1,) position of the first formula's value in a row


class Outputs(NamedTuple):
    """What agents are shown: the values of formulas that have a place here."""

    values: NDArray[np.float32]  # (num_worlds, most outputs)


def no_formulas(first: int) -> Formulas:
    """Return nothing to compute, behind ``first`` other numbers of a row."""
    rows, terms = np.zeros(0, dtype=FORMULA), np.zeros(0, dtype=TERM)
    return Formulas(rows.view(np.recarray), terms.view(np.recarray), np.array([first], dtype=np.int64))


@kernel
def weighted_sum(formulas: Formulas, begin: int, end: int, sheet: Sheet, w: int) -> float:
    """Return the sum of some terms in row ``w``."""
    total = 0.0
    for t in range(begin, end):
        total += formulas.terms[t].weight * sheet.values[w, formulas.terms[t].position]
    return total


@kernel
def largest_term(formulas: Formulas, begin: int, end: int, sheet: Sheet, w: int) -> float:
    """Return the largest of some terms in row ``w``, 0 where there is none."""
    largest = -math.inf if end > begin else 0.0
    for t in range(begin, end):
        largest = max(largest, formulas.terms[t].weight * sheet.values[w, formulas.terms[t].position])
    return largest


@kernel
def formula_value(formulas: Formulas, formula: Record, sheet: Sheet, w: int) -> float:
    """Return the value of a formula in row ``w``, bounds left out."""
    if formula.kind == LARGEST:
        return float(largest_term(formulas, formula.first_term, formula.end_term, sheet, w) / formula.divisor)
    total = weighted_sum(formulas, formula.first_term, formula.end_term, sheet, w)
    if formula.kind == EQUALS:
        return 1.0 if total == formula.number else 0.0
    if formula.kind == AT_MOST:
        return 1.0 if total <= formula.number else 0.0
    if formula.last_term == formula.end_term:
        return float(total / formula.divisor)
    lower = weighted_sum(formulas, formula.end_term, formula.last_term, sheet, w)
    return float(total / lower / formula.divisor) if lower > 0.0 else float(formula.empty)


@kernel
def compute_formulas(formulas: Formulas, sheet: Sheet, outputs: Outputs, w: int) -> None:
    """Compute the formulas one after the other from the features in row ``w``."""
    first = formulas.first[0]
    for k in range(len(formulas.rows)):
        formula = formulas.rows[k]
        value = min(max(formula_value(formulas, formula, sheet, w), formula.low), formula.high)
        sheet.values[w, first + k] = value
        if formula.output != NOWHERE:
            outputs.values[w, formula.output] = value


@entry
def compute_row(formulas: Formulas, sheet: Sheet, outputs: Outputs, w: int) -> None:
    """Compute the formulas of one row, for features that were put there from Python."""
    compute_formulas(formulas, sheet, outputs, w)
