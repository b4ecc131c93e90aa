"""Tries plans: many at once, each in the same runs of the core."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.layouts import layout_of
from trafficai.backends.signals import build_signal_tables
from trafficai.backends.worlds import Kind, Worlds, make_kind
from trafficai.datatypes import FOLLOW_PROGRAM, RunError
from trafficai.metrics import emissions, travel
from trafficai.optimization.owners import Owners
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw, Randomisation, Randomiser

MOST_AT_ONCE = 64
"""Runs that are in memory at the same time."""


class Run(NamedTuple):
    """What a plan is tried in."""

    seed: int
    demand: float = 1.0  # [-], factor on the number of vehicles


class Outcome(NamedTuple):
    """What came of a plan in one run."""

    delay: float  # [s/veh], every scheduled vehicle counted
    co2: float  # [kg], of all vehicles
    own_delay: tuple[float, ...]  # [s], of each signal: lost on the ways to it
    own_co2: tuple[float, ...]  # [kg], likewise


class Outcomes(NamedTuple):
    """What came of several plans in the same runs."""

    all: NDArray[np.float64]  # (num_plans, num_runs, 2) delay [s/veh] and CO2 [kg]
    own: NDArray[np.float64]  # (num_plans, num_runs, num_signals, 2) delay [s] and CO2 [kg] put down to each signal


class Journal:
    """What was tried before, kept in a file so that a search can go on where it was cut.

    Args:
        path: a file of one JSON list per line; a last line that was cut is left out. None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[tuple[str, int, float], Outcome] = {}
        for line in path.read_text().splitlines() if path is not None and path.is_file() else ():
            try:
                mark, seed, demand, delay, co2, own_delay, own_co2 = json.loads(line)
                self._known[mark, seed, demand] = Outcome(delay, co2, tuple(own_delay), tuple(own_co2))
            except (ValueError, TypeError):
                continue

    def get(self, scenario: Scenario, run: Run) -> Outcome | None:
        """Return what came of it, None where it was not tried."""
        return self._known.get((scenario.sha256, run.seed, run.demand))

    def add(self, tried: Sequence[tuple[Scenario, Run, Outcome]]) -> None:
        """Remember what came of some trials.

        Raises:
            RunError: the file can't be written.
        """
        for scenario, run, outcome in tried:
            self._known[scenario.sha256, run.seed, run.demand] = outcome
        if self._path is None:
            return
        rows = [[scenario.sha256, *run, *outcome] for scenario, run, outcome in tried]
        try:
            with self._path.open("a") as file:
                file.write("".join(json.dumps(row) + "\n" for row in rows))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RunError(f"{self._path}: cannot be written: {error.strerror or error}") from error


class Trials:
    """Tries plans for one scenario.

    Args:
        scenario: whose signals the plans are for.
        journal: what was tried before.
        threads: runs at the same time; results do not depend on it.
    """

    def __init__(self, scenario: Scenario, journal: Journal, threads: int) -> None:
        self._scenario, self._journal, self._threads = scenario, journal, threads
        self._kind = make_kind(scenario)
        self._owners = Owners(scenario)
        self._randomisers: dict[float, Randomiser] = {}

    def num_vehicles(self, demand: float) -> int:
        """Return how many vehicles a run of that demand has."""
        draw = self._draw(Run(0, demand))
        return len(self._scenario.vehicles) if draw is None else len(draw.source)

    def outcomes(self, planned: Sequence[Scenario], runs: Sequence[Run]) -> Outcomes:
        """Return what comes of each plan, the scenario with its programs in force, in each run."""
        pairs = [(each, run) for each in planned for run in runs]
        missing = {(each.sha256, run): (each, run) for each, run in pairs if self._journal.get(each, run) is None}
        todo = list(missing.values())
        for first in range(0, len(todo), MOST_AT_ONCE):
            part = todo[first : first + MOST_AT_ONCE]
            self._journal.add([(*pair, found) for pair, found in zip(part, self._simulate(part), strict=True)])
        found = [outcome for pair in pairs if (outcome := self._journal.get(*pair)) is not None]
        shape = (len(planned), len(runs))
        both = np.array([(each.delay, each.co2) for each in found]).reshape(*shape, 2)
        own = np.array([(each.own_delay, each.own_co2) for each in found]).reshape(*shape, 2, -1)
        return Outcomes(both, own.swapaxes(-1, -2))

    def _simulate(self, pairs: Sequence[tuple[Scenario, Run]]) -> list[Outcome]:
        """Carry some runs to their end."""
        kinds = [self._kind_of(planned) for planned, _ in pairs]
        worlds = Worlds(kinds, min(self._threads, len(kinds)))
        draws = [self._draw(run) for _, run in pairs]
        worlds.reset([run.seed for _, run in pairs], draws=draws)
        requests = np.full((len(pairs), max(kind.layout.signal for kind in kinds)), FOLLOW_PROGRAM, dtype=np.int32)
        worlds.advance(requests, self._scenario.duration)
        worlds.close()
        return [self._outcome(kinds[w], worlds, w, draw) for w, draw in enumerate(draws)]

    def _outcome(self, kind: Kind, worlds: Worlds, w: int, draw: Draw | None) -> Outcome:
        """Return what came of a run that is over; the sums of its only interval are those of the run."""
        trips, end = worlds.simulations[w].trips(), self._scenario.end
        shown = kind.layout.snapshot(worlds.values[w, : kind.layout.size])
        routes = np.arange(len(self._scenario.vehicles)) if draw is None else draw.way
        delay = self._owners.of_lanes(shown.lane_time_loss_in_interval)
        delay += self._owners.of_departures(travel.depart_delays(trips, end), routes)
        co2 = self._owners.of_lanes(shown.lane_co2_in_interval / 1000.0)
        return Outcome(travel.delay_s(trips, end), emissions.co2_kg(trips), tuple(delay.tolist()), tuple(co2.tolist()))

    def _kind_of(self, planned: Scenario) -> Kind:
        """Return the layout of the scenario with other programs: the network and the demand are laid out once."""
        compiled = self._kind.compiled._replace(signals=build_signal_tables(planned.signals))
        return self._kind._replace(scenario=planned, compiled=compiled, layout=layout_of(planned))

    def _draw(self, run: Run) -> Draw | None:
        """Return the demand of a run, None for that of the scenario."""
        if run.demand == 1.0:
            return None
        if run.demand not in self._randomisers:
            scale = Randomisation(demand_scale=(run.demand, run.demand))
            self._randomisers[run.demand] = Randomiser(self._scenario, scale)
        return self._randomisers[run.demand].draw(run.seed)
