"""The microscopic Numba core as a backend: one world, or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.books import NO_DETECTORS, Books, Watcher
from trafficai.backends.detector_book import DetectorBook
from trafficai.backends.monitor import watch_of
from trafficai.backends.sighting import Sighting
from trafficai.backends.worlds import Worlds, make_kind
from trafficai.core.records import ARRIVED
from trafficai.datatypes import (
    DetectorResults,
    DetectorStates,
    Discharge,
    EdgeUse,
    Safety,
    SignalWatch,
    Snapshot,
    Trips,
)
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw, apply


class NumbaBackend:
    """The core as one simulation; raises InputError where it can't simulate the scenario."""

    name = "numba"

    def __init__(
        self,
        scenario: Scenario,
        *,
        edge_data: bool = False,
        detectors: bool = False,
        cells: bool = False,
        opinions: bool = False,
        transit: bool = False,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        """Lay the scenario out for the core.

        With ``edge_data`` edges, stop lines and safety are watched every second, with ``detectors`` the detectors are
        kept, with ``cells`` snapshots have cells, with ``opinions`` further models reckon the CO2, with ``transit``
        snapshots tell buses and trams apart, and every watcher is shown every second.
        """
        self.scenario = scenario
        kind = make_kind(scenario, cells=cells, detectors=detectors, opinions=opinions, transit=transit)
        self._layout = kind.layout
        self._worlds = Worlds([kind])
        self._simulation = self._worlds.simulations[0]
        self._books = Books(scenario, edge_data=edge_data, watchers=watchers)

    def reset(self, seed: int, draw: Draw | None = None) -> Snapshot:
        """Start the run anew at ``scenario.begin``, with a drawn demand if one is given; return its first snapshot."""
        if self._books:
            self._books.start(self.scenario if draw is None else apply(self.scenario, draw))
        self._worlds.reset([seed], draws=None if draw is None else [draw])
        return self._snapshot()

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` with requested green phases, (num_signals,) or (seconds, num_signals)."""
        requests = np.asarray(requested, dtype=np.int32)[None]
        if self._books:
            self._advance_booked(requests, seconds, self._books)
        else:
            self._worlds.advance(requests, seconds)
        return self._snapshot()

    def _advance_booked(self, requests: NDArray[np.int32], seconds: int, books: Books) -> None:
        """Do the same second by second, and book where everybody is."""
        world = self._simulation.world
        clock, status, sights = world.clock[0], np.asarray(world.vehicles["status"]), world.sights.copy()
        for second in range(min(seconds, self.scenario.end - int(clock.time))):
            was_arrived = status == ARRIVED
            wanted = requests if requests.ndim == 2 else requests[:, second]
            self._worlds.advance(wanted, 1, goes_on=second > 0)
            sighting = self._simulation.sighting(np.flatnonzero((status == ARRIVED) & ~was_arrived))
            books.book(int(clock.time), sighting)
        world.sights[:] = sights  # what was seen before: lanes are looked at for decisions only
        self._worlds.take_over(0)

    def _snapshot(self) -> Snapshot:
        """Return what the world shows now."""
        return self._layout.snapshot(self._worlds.values[0, : self._layout.size])

    def trips(self) -> Trips:
        """Return what became of every scheduled vehicle so far."""
        return self._simulation.trips()

    def vehicle_updates(self) -> int:
        """Return how many vehicle-seconds were simulated since the reset."""
        return int(self._simulation.world.clock[0].updates)

    def edges(self) -> EdgeUse:
        """Return the use of every edge so far; ValueError where it was not asked for."""
        return self._books.require_traffic().edges.use()

    def discharge(self) -> Discharge:
        """Return the saturation headways so far; ValueError where they were not asked for."""
        return self._books.require_traffic().discharge.discharge()

    def safety(self) -> Safety:
        """Return the collisions and hard braking so far; ValueError where they were not asked for."""
        counted = self._books.require_traffic().safety
        stops = int(self._simulation.world.clock[0].emergency_stops)
        return Safety(counted.collisions, stops, counted.emergency_braking)

    def detectors(self) -> DetectorResults:
        """Return the complete intervals of every detector; ValueError where they were not asked for."""
        return self._detectors.results()

    def detector_states(self) -> DetectorStates:
        """Return what detectors show of the last second; ValueError where they were not asked for."""
        return self._detectors.now()

    @property
    def _detectors(self) -> DetectorBook:
        """The detectors, which the core itself keeps; ValueError where they were not asked for."""
        if not self._simulation.detectors.are_kept:
            raise ValueError(NO_DETECTORS)
        return self._simulation.detectors.book

    def sighting(self) -> Sighting:
        """Return who is where on the road now."""
        return self._simulation.sighting(np.zeros(0, dtype=np.intp))

    def signal_watch(self) -> SignalWatch:
        """Return what the signal monitor saw since the reset."""
        return watch_of(self._simulation.world, self.scenario)

    def save(self, path: Path | str) -> Path:
        """Write the whole state into a file, so that a run goes on from it bit for bit; RunError where it can't."""
        return self._simulation.save(path, self._books)

    def load(self, path: Path | str) -> Snapshot:
        """Go on from a saved state, and return its snapshot; InputError where the file is not of this scenario."""
        self._simulation.load(path, self._books)
        self._worlds.take_over(0)
        return self._snapshot()

    def close(self) -> None:
        """Do nothing: the core holds only memory."""


class NumbaBatch:
    """Many worlds of one scenario, each with its own seed; every Snapshot array has a leading world axis.

    Threads carry whole worlds through whole decisions, so results do not depend on their number.
    """

    def __init__(self, scenario: Scenario, num_worlds: int, threads: int = 1, *, detectors: bool = False) -> None:
        """Lay the scenario out once and make room for the worlds, with ``detectors`` for its detectors too."""
        self.scenario = scenario
        self.num_worlds = num_worlds
        kind = make_kind(scenario, detectors=detectors)
        self._layout = kind.layout
        self._worlds = Worlds([kind] * num_worlds, threads)

    def reset(self, seeds: Sequence[int], draws: Sequence[Draw] | None = None) -> Snapshot:
        """Start every world anew, world ``i`` with ``seeds[i]``, and with the demand of ``draws[i]`` if given."""
        self._worlds.reset(list(seeds), draws=draws)
        return self._snapshot()

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` in every world with requests (num_worlds, num_signals) or (num_worlds, seconds, ...)."""
        self._worlds.advance(requested, seconds)
        return self._snapshot()

    def _snapshot(self) -> Snapshot:
        return self._layout.snapshot(self._worlds.values[:, : self._layout.size])

    def trips(self, world: int) -> Trips:
        """Return what became of every vehicle of one world so far."""
        return self._worlds.simulations[world].trips()

    def save(self, world: int, path: Path | str) -> Path:
        """Write the whole state of one world into a file; a single NumbaBackend can load it, too."""
        return self._worlds.simulations[world].save(path)

    def load(self, world: int, path: Path | str) -> Snapshot:
        """Let one world go on from a saved state, and return the snapshot of all."""
        self._worlds.simulations[world].load(path)
        self._worlds.take_over(world)
        return self._snapshot()

    def vehicle_updates(self) -> int:
        """Return how many vehicle-seconds were simulated in all worlds since the reset."""
        return self._worlds.vehicle_updates()

    def close(self) -> None:
        """Stop the threads; a second call does nothing."""
        self._worlds.close()
