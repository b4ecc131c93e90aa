"""Puts the programs of a plan into a scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from trafficai.datatypes.errors import InputError
from trafficai.plans.sumo_file import read_sumo_plan
from trafficai.plans.sumo_groups import read_sumo_groups
from trafficai.plans.tables import INTERGREEN, PLAN, read_tables
from trafficai.plans.timetable import simplified
from trafficai.scenario.export import program_element
from trafficai.scenario.foes import find_foes
from trafficai.scenario.intergreens import read_intergreens, require_both_ways
from trafficai.scenario.model import Program, Scenario, Signal
from trafficai.scenario.notes import Notes
from trafficai.scenario.programs import build_signals
from trafficai.scenario.xml import FORBIDDEN_IN_IDS

MAX_NAME: Final = 200
"""Letters of a program's id."""


def programs_in_force(scenario: Scenario) -> tuple[Program, ...]:
    """Return the program of every signal, those that no controller can set included."""
    return (*(signal.program for signal in scenario.signals), *scenario.other_programs)


def load_plan(scenario: Scenario, path: Path | str) -> Scenario:
    """Return the scenario with the programs of a plan; signals that it does not name keep their own.

    Args:
        scenario: whose signals the plan is for.
        path: SUMO's additional file (``.xml``), a folder with ``plan.csv`` and ``signalgroups.csv``, or a file or
            folder of files of SUMO's ``tls_csvSignalGroups.py`` (``.csv``). An ``intergreen.csv`` beside ``plan.csv``
            takes the place of the scenario's own.

    Raises:
        InputError: there is no such plan, it is malformed, or it does not fit the network.
    """
    path = Path(path)
    planned = with_programs(scenario, _read(scenario, path), path)
    matrices = path / INTERGREEN
    return _with_intergreens(planned, matrices) if path.is_dir() and matrices.is_file() else planned


def with_programs(scenario: Scenario, programs: Iterable[Program], source: Path) -> Scenario:
    """Return the scenario with other programs in force; intergreens and the longest red stay with their signals.

    Args:
        scenario: whose signals the programs are for.
        programs: at most one per signal.
        source: where they come from, for messages.

    Raises:
        InputError: a program names no signal, or shows another number of colours than the signal has.
    """
    in_force = {program.signal: program for program in programs_in_force(scenario)}
    given = {program.signal: program for program in programs}
    for name, program in given.items():
        _require_fit(program, in_force.get(name), source)
    merged = {name: {program.program: program} for name, program in (in_force | given).items()}
    built = build_signals(scenario.network, merged, source, Notes())
    old = {signal.id: signal for signal in scenario.signals}
    signals = tuple(_with_times_of(signal, old.get(signal.id)) for signal in built.controllable)
    text = "".join(program_element(simplified(given[name])) for name in sorted(given))
    sha256 = hashlib.sha256(f"{scenario.sha256} {text}".encode()).hexdigest()
    return replace(scenario, signals=signals, other_programs=built.others, sha256=sha256)


def require_name(name: str) -> None:
    """Raise InputError for an id of a program that SUMO could not be given."""
    if not name.isprintable() or not FORBIDDEN_IN_IDS.isdisjoint(name) or len(name) > MAX_NAME:
        raise InputError(f"program {name!r:.80} holds a character that SUMO refuses in ids, or too many; rename it")


def _require_fit(program: Program, own: Program | None, source: Path) -> None:
    require_name(program.program)
    if own is None:
        raise InputError(
            "the network has no such signal; correct it", file=source, element=f"signal {program.signal!r}"
        )
    size, needed = len(program.phases[0].state), len(own.phases[0].state)
    if size != needed:
        message = f"its states show {size} colours, those of the network {needed}; correct them"
        raise InputError(message, file=source, element=f"signal {program.signal!r}")


def _with_times_of(signal: Signal, old: Signal | None) -> Signal:
    """Return a signal with what a scenario, not a program, gives it."""
    return signal if old is None else replace(signal, intergreen=old.intergreen, max_red=old.max_red)


def _with_intergreens(scenario: Scenario, path: Path) -> Scenario:
    signals = read_intergreens(path, tuple(replace(signal, intergreen=()) for signal in scenario.signals))
    require_both_ways(signals, find_foes(scenario.network), path)
    digest = hashlib.sha256(f"{scenario.sha256} ".encode() + path.read_bytes())
    return replace(scenario, signals=signals, sha256=digest.hexdigest())


def _read(scenario: Scenario, path: Path) -> Sequence[Program]:
    programs = programs_in_force(scenario)
    sizes = {program.signal: len(program.phases[0].state) for program in programs}
    if path.is_dir():
        return _read_folder(scenario, path, sizes)
    if not path.is_file():
        raise InputError("no such plan; name a file or a folder", file=path)
    if path.suffix == ".csv":
        return (read_sumo_groups(path, scenario.network, sizes),)
    return read_sumo_plan(path, programs)


def _read_folder(scenario: Scenario, folder: Path, sizes: Mapping[str, int]) -> Sequence[Program]:
    if (folder / PLAN).is_file():
        return read_tables(folder, sizes)
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(f"the folder has neither {PLAN} nor files of SUMO's tls_csvSignalGroups.py", file=folder)
    return tuple(read_sumo_groups(file, scenario.network, sizes) for file in files)
