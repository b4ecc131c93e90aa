"""The microscopic Numba core as a backend: one world, or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.books import Books, Watcher
from trafficai.backends.compile import Compiled, compile_scenario
from trafficai.backends.core_state import load_core, named_arrays, save_core
from trafficai.backends.monitor import first_fault, watch_of
from trafficai.backends.sighting import Sighting
from trafficai.core._struct import reference
from trafficai.core.monitor_records import new_memory
from trafficai.core.records import (
    ARRIVED,
    CHANGE,
    CLOCK,
    EDGE_STATE,
    HALT,
    ITEM,
    LANE_STATE,
    LINK_STATE,
    MAX_ADVICES,
    PLACE_STATE,
    SCAN,
    TRANSFER,
    TRIP,
    VEHICLE,
    Network,
    RecordArray,
    World,
)
from trafficai.core.signals import SignalState, SignalTables, new_signal_state, signal_view
from trafficai.core.snapshot import NUM_LANE_VIEWS, view_lanes
from trafficai.core.step import reset_world, run_world
from trafficai.datatypes import (
    DetectorResults,
    DetectorStates,
    Discharge,
    EdgeUse,
    RunError,
    Safety,
    SignalWatch,
    Snapshot,
    Trips,
)
from trafficai.scenario.model import Scenario

FIRST_ROOM = 512
"""Drive items of a step that a new world has room for; some 100 vehicles need them."""


def _records(size: int, dtype: np.dtype[np.void]) -> RecordArray:
    return np.zeros(size, dtype=dtype).view(np.recarray)


def new_world(compiled: Compiled, time_to_teleport: float = -1.0) -> World:
    """Return the memory of one world, where vehicles teleport after that wait [s]; ``reset_world`` must fill it."""
    net = compiled.network
    num_vehicles, slots = len(net.demand), compiled.num_slots
    world = World(
        clock=_records(1, CLOCK),
        vehicles=_records(num_vehicles, VEHICLE),
        trips=_records(num_vehicles, TRIP),
        items=_records(2 * FIRST_ROOM, ITEM),
        advices=np.zeros((slots, MAX_ADVICES)),
        slots=np.zeros(slots, dtype=np.int32),
        running=np.zeros(slots, dtype=np.int32),
        waiting=np.zeros(num_vehicles, dtype=np.int32),
        lanes=_records(len(net.lanes), LANE_STATE),
        brutto_lengths=np.zeros(len(net.lanes)),
        links=_records(len(net.links), LINK_STATE),
        edges=_records(len(net.edges), EDGE_STATE),
        scan=_records(1, SCAN),
        change=_records(1, CHANGE),
        lane_sums=np.zeros((int((net.lanes.normal >= 0).sum()), 2)),
        halts=_records(num_vehicles if len(net.stops) else 0, HALT),
        places=_records(len(net.places), PLACE_STATE),
        transfers=_records(slots if len(net.stops) or time_to_teleport > 0.0 else 0, TRANSFER),
        **new_memory(net)._asdict(),
    )
    world.clock.time_to_teleport[:] = time_to_teleport
    world.links.state[:] = compiled.link_states
    return world


class Simulation:
    """One world and its signals, driven from Python once per decision."""

    def __init__(self, compiled: Compiled, scenario: Scenario) -> None:
        self.compiled, self.scenario = compiled, scenario
        self.world = new_world(compiled, scenario.time_to_teleport)
        self.signals: SignalState = new_signal_state(compiled.signals)
        self._kernel_view = self._view()
        self.lane_views = np.zeros((self.world.lane_sums.shape[0], NUM_LANE_VIEWS))
        self._has_begun = False

    def save(self, path: Path | str, books: Books | None = None) -> Path:
        """Write the whole state into a file, so that a run goes on from it bit for bit.

        Raises:
            RunError: there is no run, or the place can't be written.
        """
        if not self._has_begun:
            raise RunError("there is no run to save; call reset first")
        clock = self.world.clock[0]
        return save_core(path, self.compiled, self.scenario, self._arrays(books), int(clock.seed), int(clock.time))

    def load(self, path: Path | str, books: Books | None = None) -> None:
        """Put the state of a file in the place of the present one, which stays where that fails.

        Raises:
            InputError: the file can't be read, or was saved by another engine, scenario or version of the core.
        """
        items = load_core(path, self.compiled, self.scenario, self._arrays(books))
        self.world = self.world._replace(items=items.view(np.recarray))
        self._kernel_view = self._view()
        self._has_begun = True

    def _arrays(self, books: Books | None) -> dict[str, NDArray[Any]]:
        """Return everything that changes during a run, by name."""
        return named_arrays(world=self.world, signals=self.signals, **(books.states() if books else {}))

    def _view(self) -> tuple[Network, World, SignalTables, SignalState]:
        """Return what kernels are given."""
        constant = reference(self.compiled.network, constant=True), reference(self.compiled.signals, constant=True)
        return constant[0], reference(self.world), constant[1], reference(self.signals)

    def reset(self, seed: int) -> None:
        """Start the run anew at ``scenario.begin``."""
        self._has_begun = True
        reset_world(*self._kernel_view, np.uint64(seed), self.scenario.begin)

    def advance(self, requested: NDArray[np.int32], seconds: int) -> None:
        """Simulate ``seconds`` with one requested green phase per signal, (num_signals,)."""
        seconds = max(0, min(seconds, self.scenario.end - int(self.world.clock[0].time)))
        while seconds > 0:
            seconds -= run_world(*self._kernel_view, requested, self.compiled.emissions, seconds)
            if seconds > 0:
                self._make_room()

    def _make_room(self) -> None:
        """Double the room for drive items; the rows of those registered in the odd half move up."""
        items = self.world.items
        more = len(items) // 2
        self.world = self.world._replace(items=_records(2 * len(items), ITEM))
        odd = int(self.world.clock[0].parity)
        self.world.items[odd * 2 * more :][:more] = items[odd * more :][:more]
        if odd:
            for rows in (self.world.items.next, self.world.links.first_item):
                rows[rows >= 0] += more
            self.world.vehicles.first_item_odd += more
        self._kernel_view = self._view()

    def advance_booked(self, requested: NDArray[np.int32], seconds: int, books: Books) -> None:
        """Do the same second by second, and book where everybody is."""
        clock, delay, co2, stops = self.world.clock[0], 0.0, 0.0, 0
        status = np.asarray(self.world.vehicles["status"])
        lane_sums = np.zeros_like(self.world.lane_sums)
        for _ in range(min(seconds, self.scenario.end - int(clock.time))):
            was_arrived = status == ARRIVED
            self.advance(requested, 1)
            self._book_second(books, np.flatnonzero((status == ARRIVED) & ~was_arrived))
            delay, co2, stops = delay + clock.interval_delay, co2 + clock.interval_co2, stops + clock.interval_stops
            lane_sums += self.world.lane_sums
        clock.interval_delay, clock.interval_co2, clock.interval_stops = delay, co2, stops
        self.world.lane_sums[:] = lane_sums

    def _book_second(self, books: Books, arrived: NDArray[np.intp]) -> None:
        """Book the second that has just ended."""
        books.book(int(self.world.clock[0].time), self.sighting(arrived))

    def sighting(self, arrived: NDArray[np.intp]) -> Sighting:
        """Return who is where on the road now."""
        vehicles = self.world.vehicles
        running = self.world.running[: self.world.clock[0].num_running]
        return Sighting(
            vehicles=running.copy(),
            lanes=vehicles["lane"][running],
            positions=vehicles["pos"][running],
            speeds=vehicles["speed"][running],
            factors=vehicles["speed_factor"][running],
            arrived=arrived,
            colours=self.signals.colours.copy(),
        )

    def snapshot(self) -> Snapshot:
        """Return what the world shows now."""
        clock = self.world.clock[0]
        view_lanes(*self._kernel_view[:2], self.lane_views)
        views = self.lane_views
        phase, elapsed = signal_view(self.signals, float(clock.time))
        return Snapshot(
            time=np.array(float(clock.time)),
            lane_count=views[:, 0].astype(np.int32),
            lane_near=views[:, 1].astype(np.int32),
            lane_queue=views[:, 2].astype(np.int32),
            lane_speed_sum=views[:, 3].copy(),
            lane_waiting=views[:, 4].copy(),
            lane_time_loss_in_interval=self.world.lane_sums[:, 0].copy(),
            lane_co2_in_interval=self.world.lane_sums[:, 1] / 1000.0,
            signal_phase=phase,
            signal_elapsed=elapsed,
            edge_backlog=np.array(self.world.edges.num_waiting, dtype=np.int32),
            delay_in_interval=np.array(float(clock.interval_delay)),
            co2_in_interval=np.array(float(clock.interval_co2) / 1000.0),
            stops_in_interval=np.array(clock.interval_stops, dtype=np.int32),
            total_inserted=np.array(clock.num_inserted, dtype=np.int32),
            total_arrived=np.array(clock.num_arrived, dtype=np.int32),
            total_running=np.array(clock.num_running + clock.num_transfers, dtype=np.int32),
            total_waiting_to_enter=np.array(clock.num_waiting, dtype=np.int32),
            signal_fault=first_fault(self.world),
        )

    def trips(self) -> Trips:
        """Return what became of every scheduled vehicle so far."""
        now = float(self.world.clock[0].time)
        trips, vehicles, demand = self.world.trips, self.world.vehicles, self.compiled.network.demand
        scheduled = np.array(demand.depart)
        inserted, arrived = np.array(trips.inserted), np.array(trips.arrived)
        got_in, running = ~np.isnan(inserted), ~np.isnan(inserted) & np.isnan(arrived)
        delay = np.where(got_in, inserted - scheduled, np.maximum(0.0, now - scheduled))
        duration = np.where(got_in, np.where(running, now, arrived) - np.where(got_in, inserted, 0.0), 0.0)
        return Trips(
            scheduled=scheduled,
            inserted=inserted,
            arrived=arrived,
            duration=duration,
            depart_delay=delay,
            time_loss=np.array(trips.time_loss),
            waiting_time=np.array(trips.waiting_time),
            stops=np.array(trips.stops, dtype=np.int32),
            route_length=np.where(running, vehicles.odometer, trips.route_length),
            co2=trips.co2 / 1000.0,
            fuel=trips.fuel / 1000.0,
            engine_co2=np.full(len(scheduled), np.nan),
            nox=trips.nox / 1000.0,
            engine_fuel=np.full(len(scheduled), np.nan),
            engine_nox=np.full(len(scheduled), np.nan),
            teleports=int(self.world.clock[0].num_teleports),
        )


class NumbaBackend:
    """The core as one simulation; raises InputError where it can't simulate the scenario."""

    name = "numba"

    def __init__(
        self, scenario: Scenario, *, edge_data: bool = False, detectors: bool = False, watchers: Sequence[Watcher] = ()
    ) -> None:
        """Lay the scenario out for the core.

        With ``edge_data`` edges, stop lines and safety are watched every second, with ``detectors`` the detectors are
        kept, and every watcher is shown every second.
        """
        self.scenario = scenario
        self._simulation = Simulation(compile_scenario(scenario), scenario)
        self._books = Books(scenario, edge_data=edge_data, detectors=detectors, watchers=watchers)

    def reset(self, seed: int) -> Snapshot:
        """Start the run anew at ``scenario.begin`` and return its first snapshot."""
        self._books.clear()
        self._simulation.reset(seed)
        return self._simulation.snapshot()

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` with one requested green phase per signal, (num_signals,)."""
        requests = np.ascontiguousarray(requested, dtype=np.int32)
        if self._books:
            self._simulation.advance_booked(requests, seconds, self._books)
        else:
            self._simulation.advance(requests, seconds)
        return self._simulation.snapshot()

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
        return self._books.detectors.results()

    def detector_states(self) -> DetectorStates:
        """Return what detectors show of the last second; ValueError where they were not asked for."""
        return self._books.detectors.now()

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
        return self._simulation.snapshot()

    def close(self) -> None:
        """Do nothing: the core holds only memory."""


class NumbaBatch:
    """Many worlds of one scenario, each with its own seed; every Snapshot array has a leading world axis.

    Threads carry whole worlds through whole decisions, so results do not depend on their number.
    """

    def __init__(self, scenario: Scenario, num_worlds: int, threads: int = 1) -> None:
        """Lay the scenario out once and make room for the worlds."""
        self.scenario = scenario
        self.num_worlds = num_worlds
        compiled = compile_scenario(scenario)
        self._worlds = [Simulation(compiled, scenario) for _ in range(num_worlds)]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def reset(self, seeds: Sequence[int]) -> Snapshot:
        """Start every world anew, world ``i`` with ``seeds[i]``."""
        for world, seed in zip(self._worlds, seeds, strict=True):
            world.reset(seed)
        return self._snapshot()

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` in every world with the requests (num_worlds, num_signals)."""
        requests = np.ascontiguousarray(requested, dtype=np.int32)

        def run(row: int) -> None:
            self._worlds[row].advance(requests[row], seconds)

        list(self._pool.map(run, range(self.num_worlds)) if self._pool else map(run, range(self.num_worlds)))
        return self._snapshot()

    def _snapshot(self) -> Snapshot:
        return Snapshot(*(np.stack(parts) for parts in zip(*(w.snapshot() for w in self._worlds), strict=True)))

    def trips(self, world: int) -> Trips:
        """Return what became of every vehicle of one world so far."""
        return self._worlds[world].trips()

    def save(self, world: int, path: Path | str) -> Path:
        """Write the whole state of one world into a file; a single NumbaBackend can load it, too."""
        return self._worlds[world].save(path)

    def load(self, world: int, path: Path | str) -> Snapshot:
        """Let one world go on from a saved state, and return the snapshot of all."""
        self._worlds[world].load(path)
        return self._snapshot()

    def vehicle_updates(self) -> int:
        """Return how many vehicle-seconds were simulated in all worlds since the reset."""
        return sum(int(simulation.world.clock[0].updates) for simulation in self._worlds)

    def close(self) -> None:
        """Stop the threads; a second call does nothing."""
        if self._pool:
            self._pool.shutdown()
