"""Plans as a planner's tables: ``plan.csv``, ``signalgroups.csv`` and ``intergreen.csv`` in one folder.

``signalgroups.csv`` says which positions of SUMO's state string each signal group has, ``plan.csv`` when it is green.
``intergreen.csv`` is that of scenarios (``trafficai.scenario.intergreens``), kept by position.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from trafficai.datatypes.errors import InputError
from trafficai.datatypes.files import write_text_atomically
from trafficai.plans.groups import SignalGroup, groups_of
from trafficai.plans.timetable import STEADY, Green, greens_at, program_of
from trafficai.scenario.intergreens import COLUMNS as INTERGREEN_COLUMNS
from trafficai.scenario.kinds import KINDS
from trafficai.scenario.model import Network, Program, Signal
from trafficai.scenario.tables import positions_of, read_rows
from trafficai.scenario.xml import to_number

PLAN, GROUPS, INTERGREEN = "plan.csv", "signalgroups.csv", "intergreen.csv"
PLAN_COLUMNS: Final = (
    *("signal", "program", "cycle", "offset", "group"),
    *("green_start", "green_end", "red_amber", "yellow", "colour"),
)
GROUP_COLUMNS: Final = ("signal", "group", "kind", "positions")
MAX_CYCLE: Final = 3600.0  # [s]
MAX_CELL: Final = 1e9  # [s], more than any clock of a simulation shows


Groups = dict[tuple[str, str], tuple[int, ...]]
"""The positions of each group, by signal and name."""


class _Head(NamedTuple):
    """What every row of a signal's plan repeats."""

    program: str
    cycle: float  # [s]
    offset: float  # [s]


def write_tables(
    folder: Path, programs: Sequence[Program], signals: Sequence[Signal], network: Network
) -> tuple[Path, ...]:
    """Write the tables of the programs, and the intergreens of those signals that have a matrix; return the files.

    Raises:
        InputError: green times can't tell what a program shows.
        RunError: the place can't be written.
    """
    groups = {program.signal: groups_of(program, network) for program in programs}
    group_rows = [
        (group.signal, group.name, group.kind, " ".join(map(str, group.positions)))
        for each in groups.values()
        for group in each
    ]
    plan_rows = [row for program in programs for row in _plan_rows(program, groups[program.signal])]
    written = [
        _write(folder / PLAN, PLAN_COLUMNS, plan_rows),
        _write(folder / GROUPS, GROUP_COLUMNS, group_rows),
    ]
    intergreen_rows = [row for signal in signals for row in _intergreen_rows(signal)]
    if intergreen_rows:
        written.append(_write(folder / INTERGREEN, INTERGREEN_COLUMNS, intergreen_rows))
    return tuple(written)


def _plan_rows(program: Program, groups: Iterable[SignalGroup]) -> list[tuple[str, ...]]:
    """Return one row per green of each group; a green that lasts into the next cycle ends before it starts."""
    head = (program.signal, program.program, text_of(program.cycle), text_of(program.offset))
    rows = []
    for group in groups:
        for green in greens_at(program, group.positions[0]):
            end = green.end - program.cycle if green.end > program.cycle else green.end
            times = (green.start, end, green.red_amber, green.yellow)
            rows.append((*head, group.name, *map(text_of, times), green.colour))
    return rows


def _intergreen_rows(signal: Signal) -> list[tuple[str, ...]]:
    """Return the entries of a signal's matrix, those of one time together."""
    rows: list[tuple[str, ...]] = []
    for ending, times in enumerate(signal.intergreen):
        for time in sorted({time for time in times if time > 0.0}):
            starting = " ".join(str(position) for position, each in enumerate(times) if each == time)
            rows.append((signal.id, str(ending), starting, text_of(time)))
    return rows


def text_of(seconds: float) -> str:
    """Return a time as text, to the millisecond."""
    return repr(round(seconds, 3) + 0.0).removesuffix(".0")


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return write_text_atomically(path, text.getvalue())


def read_tables(folder: Path, sizes: Mapping[str, int]) -> tuple[Program, ...]:
    """Return the programs of the tables in a folder.

    Args:
        folder: where ``plan.csv`` and ``signalgroups.csv`` are.
        sizes: number of positions of each signal that there is.

    Raises:
        InputError: a table can't be read, names what is not there, or contradicts itself.
    """
    groups = _read_groups(folder / GROUPS, sizes)
    path = folder / PLAN
    heads: dict[str, _Head] = {}
    greens: dict[str, list[list[Green]]] = {}
    for line, row in enumerate(read_rows(path, PLAN_COLUMNS), start=2):
        where = f"line {line}"
        positions = groups.get((row["signal"], row["group"]))
        if positions is None:
            message = f"signal {row['signal']!r} has no group {row['group']!r} in {GROUPS}; add it there"
            raise InputError(message, file=path, element=where)
        head = _head(row, path, where)
        if heads.setdefault(row["signal"], head) != head:
            message = f"signal {row['signal']!r} has another program, cycle or offset above; make them one"
            raise InputError(message, file=path, element=where)
        each = greens.setdefault(row["signal"], [[] for _ in range(sizes[row["signal"]])])
        for position in positions:
            each[position].append(_green(row, head.cycle, path, where))
    _require_all(heads, groups, sizes, folder / GROUPS)
    return tuple(_program(signal, head, greens[signal], path) for signal, head in heads.items())


def _require_all(signals: Iterable[str], groups: Groups, sizes: Mapping[str, int], path: Path) -> None:
    """Raise InputError where a position of a signal is in no group."""
    for signal in signals:
        grouped = {position for (name, _), positions in groups.items() if name == signal for position in positions}
        missing = sorted(set(range(sizes[signal])) - grouped)
        if missing:
            message = f"position {missing[0]} is in no group; add it to one, if only to one that is never green"
            raise InputError(message, file=path, element=f"signal {signal!r}")


def _program(signal: str, head: _Head, greens: Sequence[Sequence[Green]], path: Path) -> Program:
    try:
        return program_of(signal, head.program, (head.cycle, head.offset), greens)
    except InputError as error:
        raise InputError(str(error), file=path) from error


def _read_groups(path: Path, sizes: Mapping[str, int]) -> Groups:
    """Return the positions of each group.

    Raises:
        InputError: a group is there twice, or a position is in two or not there.
    """
    groups: Groups = {}
    taken: dict[tuple[str, int], str] = {}
    for line, row in enumerate(read_rows(path, GROUP_COLUMNS), start=2):
        where, key = f"line {line}", (row["signal"], row["group"])
        if row["signal"] not in sizes:
            raise InputError(f"there is no signal {row['signal']!r}; correct it", file=path, element=where)
        if key in groups:
            raise InputError(f"group {row['group']!r} is there twice; keep one", file=path, element=where)
        if row["kind"] not in KINDS:
            raise InputError(
                f"kind {row['kind']!r} is none of {', '.join(KINDS)}; correct it", file=path, element=where
            )
        groups[key] = positions_of(row["positions"], sizes[row["signal"]], path, where)
        for position in groups[key]:
            other = taken.setdefault((row["signal"], position), row["group"])
            if other != row["group"]:
                message = f"position {position} is in group {other!r}, too; keep it in one"
                raise InputError(message, file=path, element=where)
    return groups


def _head(row: Mapping[str, str], path: Path, where: str) -> _Head:
    cycle = _number(row, "cycle", path, where)
    if not 1.0 <= cycle <= MAX_CYCLE:
        message = f"cycle {row['cycle']!r} is no time of 1 to {MAX_CYCLE:g} s; correct it"
        raise InputError(message, file=path, element=where)
    if not row["program"]:
        raise InputError("the program has no name; give it one", file=path, element=where)
    return _Head(row["program"], cycle, _number(row, "offset", path, where))


def _green(row: Mapping[str, str], cycle: float, path: Path, where: str) -> Green:
    """Return the green of a row of plan.csv."""
    start, end, red_amber, yellow = (
        _number(row, name, path, where) for name in ("green_start", "green_end", "red_amber", "yellow")
    )
    if not (0.0 <= start < cycle and 0.0 <= end <= cycle and start != end and min(red_amber, yellow) >= 0.0):
        message = f"green_start and green_end should be two different times in the cycle of {cycle:g} s; correct them"
        raise InputError(message, file=path, element=where)
    if len(row["colour"]) != 1 or row["colour"] not in STEADY:
        message = f"colour {row['colour']!r} is none of {' '.join(STEADY)}; correct it"
        raise InputError(message, file=path, element=where)
    return Green(row["colour"], start, end if end > start else end + cycle, red_amber, yellow)


def _number(row: Mapping[str, str], name: str, path: Path, where: str) -> float:
    value = to_number(row[name])
    if value is None or abs(value) > MAX_CELL:
        raise InputError(f"{name} {row[name]!r} is no time in seconds; correct it", file=path, element=where)
    return value
