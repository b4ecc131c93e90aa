"""The best fixed-time plan for a demand, searched for in the core: the one call that ``trafficai optimize`` makes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from trafficai.controllers.phases import require_signals
from trafficai.datatypes import InputError
from trafficai.datatypes.files import require_writable_folder
from trafficai.optimization.search import Found, Search
from trafficai.optimization.settings import Settings
from trafficai.optimization.trials import Journal, Trials
from trafficai.scenario.model import Scenario

JOURNAL: Final = "trials.jsonl"
"""What was tried, in the folder of the plan: a search that was cut goes on from there."""


class Period(NamedTuple):
    """A time of day, and what was found for it."""

    begin: int  # [s]
    end: int  # [s]
    found: Found


@dataclass(frozen=True)
class Optimised:
    """The plans that were found, one for each time of day."""

    scenario: Scenario
    settings: Settings
    periods: tuple[Period, ...]

    def best(self, period: int = 0) -> Scenario:
        """Return the whole scenario with the best plan of a time of day in force."""
        found = self.periods[period].found
        plan = found.plans[found.best]
        mark = hashlib.sha256(f"{self.scenario.sha256} {plan.sha256}".encode()).hexdigest()
        return replace(self.scenario, signals=plan.signals, sha256=mark)


class Progress(Protocol):
    """Told how a search goes."""

    def __call__(self, share: float, note: str) -> None:
        """Hear which share of the trials is done, with a few words on what came last."""
        ...


def optimize(
    scenario: Scenario,
    settings: Settings | None = None,
    switch_at: Sequence[int] = (),
    journal: Path | str | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Optimised:
    """Return the best fixed-time plan for a scenario's demand, or one for each time of day.

    The same scenario, settings and seed give the same plan, whatever ``jobs`` is, and also where a search was cut and
    goes on.

    Args:
        scenario: whose signals are to be set; signals without a choice keep their program.
        settings: what is sought, and how long.
        switch_at: times at which another plan takes over [s]; each plan is sought for the vehicles that depart
            while it is in force, on roads that are empty at its begin.
        journal: file that keeps what was tried; what is in it is not simulated again.
        jobs: runs at the same time, by default one per processor.
        progress: told after every batch of trials.

    Raises:
        InputError: there is no signal to set, or a time lies outside of the scenario's.
        RunError: the journal can't be written.
    """
    chosen = settings or Settings()
    kept, threads = Journal(None if journal is None else Path(journal)), jobs or os.cpu_count() or 1
    parts = periods_of(scenario, switch_at)
    periods = []
    for number, part in enumerate(parts):

        def tell(num_trials: int, note: str, number: int = number) -> None:
            if progress is not None:
                progress((number + min(1.0, num_trials / chosen.trials)) / len(parts), note)

        found = Search(part, chosen, Trials(part, kept, threads), tell).run()
        periods.append(Period(part.begin, part.end, found))
    return Optimised(scenario, chosen, tuple(periods))


def periods_of(scenario: Scenario, switch_at: Sequence[int]) -> tuple[Scenario, ...]:
    """Return the scenario cut at some times [s]: each part has the vehicles that depart in it.

    Raises:
        InputError: there is no signal to set, a time lies outside of the scenario, the times are not in order, or
            nobody departs in a part.
    """
    require_signals(scenario, "optimize")
    where = f"scenario {scenario.name!r}"
    if all(signal.num_phases < 2 for signal in scenario.signals):
        raise InputError("no signal has two green phases, so there is nothing to optimise", element=where)
    if not switch_at:
        return (scenario,)
    cuts = [scenario.begin, *switch_at, scenario.end]
    if any(late <= early for early, late in pairwise(cuts)):
        span = f"{scenario.begin} and {scenario.end} s"
        raise InputError(f"plans must switch at rising times between {span}; correct them", element=where)
    return tuple(_part(scenario, *pair) for pair in pairwise(cuts))


def _part(scenario: Scenario, begin: int, end: int) -> Scenario:
    vehicles = tuple(vehicle for vehicle in scenario.vehicles if begin <= vehicle.depart < end)
    if not vehicles:
        raise InputError(
            f"nobody departs from {begin} to {end} s, so there is no plan to seek; leave the time out",
            element=f"scenario {scenario.name!r}",
        )
    mark = hashlib.sha256(f"{scenario.sha256} {begin} {end}".encode()).hexdigest()
    return replace(scenario, vehicles=vehicles, begin=begin, end=end, sha256=mark)


def prepare_folder(folder: Path, resume: bool) -> Path:
    """Return the folder if a search can write into it.

    Raises:
        InputError: it can't be written, holds another search that is not to be gone on with, or none to go on with.
    """
    require_writable_folder(folder)
    is_there = (folder / JOURNAL).is_file()
    if is_there and not resume:
        raise InputError("holds a search already; name another folder, or go on with --resume", file=folder)
    if resume and not is_there:
        raise InputError("holds no search to go on with; leave --resume out", file=folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
