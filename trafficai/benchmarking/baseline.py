"""What a ratio was before: on one machine, or on several kinds of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from trafficai.benchmarking.model import Row
from trafficai.datatypes import InputError
from trafficai.evaluation import SCHEMA


class Seen(NamedTuple):
    """A row as it was measured on some machine."""

    name: str
    ratio: float
    theirs: float | None = None  # the other side's median there, which tells kinds of machines apart


class Baseline:
    """The ratios that rows are held against.

    A ratio of two programs depends on the machine: SUMO goes to memory more often than the core does, and loses more
    where memory is slow. A baseline may hold a row several times, each from another kind of machine. What is expected
    then goes by how fast the other side, whose code does not change, is in this run: between two of those machines the
    ratio is interpolated, in logarithms, and beyond them it is that of the nearest.
    """

    def __init__(self, seen: Iterable[Seen] = ()) -> None:
        """Keep the measurements."""
        self._seen: dict[str, list[Seen]] = {}
        for one in seen:
            self._seen.setdefault(one.name, []).append(one)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of rows."""
        return iter(self._seen)

    def __contains__(self, name: object) -> bool:
        """Return whether it has a row of this name."""
        return name in self._seen

    def expect(self, row: Row) -> float | None:
        """Return the ratio of such a machine, the lowest where that can't be told; None where the row is new."""
        seen = self._seen.get(row.name, [])
        placed = sorted((one.theirs, one.ratio) for one in seen if one.theirs is not None)
        if len(placed) < len(seen) or len(placed) < 2:
            return min((one.ratio for one in seen), default=None)
        theirs, ratios = np.log(np.array(placed)).T
        return float(np.exp(np.interp(math.log(median(row.theirs)), theirs, ratios)))


def read_baseline(path: Path) -> Baseline:
    """Return the rows of a file that ``bench --json`` wrote, or that was put together from several of them.

    Raises:
        InputError: the file is missing, or is no such file.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON: {error}", file=path) from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"is no result of `trafficai bench --json` of schema {SCHEMA}", file=path)
    rows = document.get("rows")
    if not isinstance(rows, list) or not rows:
        raise InputError("has no rows", file=path)
    return Baseline(_seen(row, path) for row in rows)


def _seen(row: Any, path: Path) -> Seen:
    """Return what one row of the file says."""
    match row:
        case {"name": str(name), "ratio": ratio, **rest} if _is_positive(ratio):
            samples = rest.get("theirs")
            if samples is None:
                return Seen(name, float(ratio))
            if isinstance(samples, list) and samples and all(map(_is_positive, samples)):
                return Seen(name, float(ratio), float(median(samples)))
    raise InputError(f"a row needs a name, a positive ratio and positive samples, not {row!r:.80}", file=path)


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0.0 and math.isfinite(value)
