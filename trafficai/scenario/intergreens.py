"""Reads a scenario's intergreen matrices (``intergreen.csv``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from trafficai.datatypes.errors import InputError
from trafficai.scenario.model import Signal
from trafficai.scenario.tables import positions_of, read_rows

COLUMNS: Final = ("signal", "ending", "starting", "seconds")
MAX_SECONDS: Final = 60.0  # [s]; the longest in practice are below 20 s

Matrix = dict[tuple[int, int], float]


def read_intergreens(path: Path, signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    """Return the signals with the matrices that a file gives them; those it does not name keep yellow and all-red.

    A row holds for every pair of a position of ``ending``, whose green ends, and one of ``starting``, whose green
    begins: positions in the state string, one or several with blanks between.

    Raises:
        InputError: the file can't be read, or names what is not there; a pair is there twice.
    """
    matrices: dict[str, Matrix] = {signal.id: {} for signal in signals}
    sizes = {signal.id: len(signal.links) for signal in signals}
    for line, row in enumerate(read_rows(path, COLUMNS), start=2):
        where = f"line {line}"
        if row["signal"] not in matrices:
            raise InputError(f"there is no signal {row['signal']!r} to control; correct it", file=path, element=where)
        size = sizes[row["signal"]]
        seconds = _seconds(row["seconds"], path, where)
        for ending in positions_of(row["ending"], size, path, where):
            for starting in positions_of(row["starting"], size, path, where):
                _add(matrices[row["signal"]], (ending, starting), seconds, path, where)
    return tuple(_with_matrix(signal, matrices[signal.id]) for signal in signals)


def require_both_ways(signals: tuple[Signal, ...], foes: Mapping[str, set[tuple[int, int]]], path: Path) -> None:
    """Check that a signal's matrix says how long to wait wherever positions conflict and the program keeps them apart.

    Raises:
        InputError: an entry is missing.
    """
    for signal in signals:
        for ending, starting in sorted(foes.get(signal.id, ())) if signal.intergreen else ():
            if signal.intergreen[ending][starting] <= 0.0 and not _shown_together(signal, ending, starting):
                problem = (
                    f"positions {ending} and {starting} conflict, but no time is given from {ending} to {starting}"
                )
                raise InputError(f"{problem}; add the row", file=path, element=f"signal {signal.id!r}")


def _shown_together(signal: Signal, position: int, other: int) -> bool:
    return any({phase.state[position], phase.state[other]} <= set("gGsoO") for phase in signal.program.phases)


def _seconds(text: str, path: Path, where: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= MAX_SECONDS:
        raise InputError(f"seconds {text!r} is no time of 0 to {MAX_SECONDS:g} s; correct it", file=path, element=where)
    return seconds


def _add(matrix: Matrix, pair: tuple[int, int], seconds: float, path: Path, where: str) -> None:
    if pair in matrix:
        raise InputError(f"{pair[0]} to {pair[1]} is there twice; keep one", file=path, element=where)
    matrix[pair] = seconds


def _with_matrix(signal: Signal, matrix: Matrix) -> Signal:
    if not matrix:
        return signal
    size = range(len(signal.links))
    return replace(signal, intergreen=tuple(tuple(matrix.get((i, j), 0.0) for j in size) for i in size))
