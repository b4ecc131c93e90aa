"""Plans as an agent: a folder with an agent.toml of kind "plan" says which plan is in force from when on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S, Designed
from trafficai.controllers.phases import require_signals
from trafficai.datatypes import FOLLOW_PROGRAM, InputError, Snapshot
from trafficai.datatypes.files import write_text_atomically
from trafficai.plans.apply import load_plan
from trafficai.scenario.model import Scenario, Signal
from trafficai.scenario.plans import plan_of

AGENT_FILE: Final = "agent.toml"

SEARCHED: Final = "optimised"
"""What the plan of a search is called."""


class TimedPlan(NamedTuple):
    """A plan, and from when on it is in force."""

    begin: float  # [s], simulation time
    path: Path


class PlannedTimes:
    """Runs fixed-time plans, each from its time of day on.

    One plan becomes the program of its signals, which both engines then run by themselves. Of several the first becomes
    the program, and greens that only others have are added to what the signals offer; then each second the green that
    the plan in force shows, or comes to next, is asked for. So a change of plans takes place through the clearance that
    any change of greens takes, without a transition of its own.

    Args:
        name: of the agent.
        plans: in order of their begins; the first is in force before its begin, too.
    """

    def __init__(self, name: str, plans: Sequence[TimedPlan]) -> None:
        self.name = name
        self.decision_interval = 1 if len(plans) > 1 else DECISION_INTERVAL_S
        self._plans = tuple(plans)
        self._designed = Designed()
        self._tables: list[list[_Greens]] = []
        self._num_signals = 0

    def design(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the first plan in force, its signals offering the greens of all.

        Raises:
            InputError: a plan can't be read, or does not fit the network.
        """
        return self._designed.once(scenario, self._offer)

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario that ``design`` returned.

        Raises:
            InputError: where it has no signal, or is another.
        """
        del seed
        require_signals(scenario, self.name)
        self._designed.require(scenario, self.name)
        self._num_signals = len(scenario.signals)

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        if not self._tables:
            return np.full(self._num_signals, FOLLOW_PROGRAM, dtype=np.int32)
        now = float(snapshot.time)
        number = max(sum(plan.begin <= now for plan in self._plans), 1) - 1
        return np.array([greens.at(now) for greens in self._tables[number]], dtype=np.int32)

    def _offer(self, scenario: Scenario) -> Scenario:
        planned = [load_plan(scenario, plan.path) for plan in self._plans]
        if len(planned) == 1:
            return planned[0]
        offering = [_offering(signals) for signals in zip(*(each.signals for each in planned), strict=True)]
        self._tables = [[_greens(*pair) for pair in zip(offering, each.signals, strict=True)] for each in planned]
        marks = " ".join(f"{plan.begin!r} {each.sha256}" for plan, each in zip(self._plans, planned, strict=True))
        return replace(planned[0], signals=tuple(offering), sha256=hashlib.sha256(marks.encode()).hexdigest())


def searched_folder(scenario: str) -> Path:
    """Return where the plan of a search for a scenario of that name lies unless told otherwise."""
    return Path("runs") / f"{SEARCHED}-{scenario}"


class _Greens(NamedTuple):
    """Which green of one signal a plan asks for."""

    cycle: float  # [s]
    offset: float  # [s]
    ends: NDArray[np.float64]  # (num_greens,) [s], after the begin of the cycle; the last may lie in the next one
    phases: tuple[int, ...]  # of the signal's green phases

    def at(self, time: float) -> int:
        """Return the green phase that is shown at a time [s], or comes next; FOLLOW_PROGRAM without any."""
        if not self.phases:
            return FOLLOW_PROGRAM
        position = (time - self.offset) % self.cycle
        if position < self.ends[-1] - self.cycle:
            return self.phases[-1]
        return self.phases[int(np.searchsorted(self.ends, position, side="right")) % len(self.phases)]


def _offering(planned: Sequence[Signal]) -> Signal:
    """Return the first of one signal's forms, offering what the others show, too."""
    first = planned[0]
    states = [first.green_state(phase) for phase in range(first.num_phases)]
    others = (signal.green_state(phase) for signal in planned[1:] for phase in range(signal.num_phases))
    more = tuple(dict.fromkeys(state for state in others if state not in states))
    return replace(first, built_greens=(*first.built_greens, *more))


def _greens(offering: Signal, planned: Signal) -> _Greens:
    """Return what the plan of one signal asks for, in the green phases on offer."""
    number = {offering.green_state(phase): phase for phase in range(offering.num_phases)}
    try:
        plan = plan_of(planned)
    except InputError:  # a program that is no plan; the signal follows it, as it does without a plan
        return _Greens(planned.program.cycle, 0.0, np.zeros(0), ())
    phases = tuple(number[planned.green_state(green.phase)] for green in plan.greens)
    return _Greens(plan.cycle, plan.offset, np.array([green.end for green in plan.greens]), phases)


def read_plan_agent(folder: Path, content: Mapping[str, Any]) -> PlannedTimes:
    """Return the agent that an agent.toml of kind "plan" describes.

    Args:
        folder: where it lies; plans are named relative to it.
        content: what it says: ``name``, and in ``plans`` tables of ``begin`` [s] and ``path``.

    Raises:
        InputError: it names no plan, a begin is no number, or begins are not in order.
    """
    file = folder / AGENT_FILE
    rows = content.get("plans")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError("key 'plans': must be tables [[plans]] with begin and path", file=file)
    plans = [_timed_plan(folder, row, file) for row in rows]
    if any(late.begin <= early.begin for early, late in pairwise(plans)):
        raise InputError("key 'plans': begins must rise; put them in order", file=file)
    return PlannedTimes(str(content.get("name", folder.name)), plans)


def _timed_plan(folder: Path, row: Mapping[str, Any], file: Path) -> TimedPlan:
    begin, path = row.get("begin"), row.get("path")
    if isinstance(begin, bool) or not isinstance(begin, int | float) or not isinstance(path, str):
        raise InputError("key 'plans': begin must be a number of seconds, path a text", file=file)
    return TimedPlan(float(begin), folder / path)


def write_plan_agent(
    folder: Path, name: str, description: str, source: str, plans: Sequence[tuple[float, Path]]
) -> Path:
    """Write the agent.toml of some plans, each with its begin [s], that lie in or below the folder; return it.

    Raises:
        RunError: the place can't be written.
    """
    lines = [f"{key} = {json.dumps(text)}" for key, text in (("name", name), ("kind", "plan"))]
    lines += [f"{key} = {json.dumps(text)}" for key, text in (("description", description), ("source", source))]
    for begin, path in plans:
        lines += ["", "[[plans]]", f"begin = {begin:g}", f"path = {json.dumps(path.relative_to(folder).as_posix())}"]
    return write_text_atomically(folder / AGENT_FILE, "\n".join(lines) + "\n")
