"""SUMO behind the Backend protocol: from the installed wheel, without SUMO_HOME, and always in a child process.

SUMO sees only files that we wrote ourselves, in a private folder: network, vehicle types, vehicles with explicit
departure attributes and frozen routes, and the signal programs in force. Its options are ours too. Collisions are dealt
with by SUMO's default, ``teleport``; such a vehicle counts among the teleports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from trafficai.backends._sumo_process import SumoProcess, sumo_home
from trafficai.backends.books import Books, Watcher
from trafficai.backends.emission_classes import class_in_sumo
from trafficai.backends.monitor import first_fault, letter_rows, monitor_tables, watch_of
from trafficai.backends.sighting import Sighting, no_sighting
from trafficai.backends.signals import build_signal_tables, state_string
from trafficai.backends.sumo_accounts import (
    SCHEDULED,
    Seconds,
    begin_interval,
    book_seconds,
    count_lanes,
    new_accounts,
    seconds_of,
    sighting_of,
)
from trafficai.backends.sumo_history import History, read_history, write_history
from trafficai.backends.sumo_results import read_safety, read_tripinfo, trips_of
from trafficai.core.conflict_monitor import run_watch, start_watch
from trafficai.core.monitor_records import new_memory
from trafficai.core.phase_wait import phase_waits
from trafficai.core.signals import MODE_PROGRAM, new_signal_state, run_signals, signal_view, start_signals
from trafficai.datatypes import (
    DetectorResults,
    DetectorStates,
    Discharge,
    EdgeUse,
    InputError,
    RunError,
    Safety,
    SignalWatch,
    Snapshot,
    Trips,
)
from trafficai.scenario import SumoFiles, write_sumo_demand, write_sumo_inputs
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw, apply

MAX_CHUNK_S: Final = 60
"""Seconds that the child simulates between two signs of life [s]."""

WAITING_MEMORY_S: Final = 1000
"""How long SUMO remembers a wait in what a vehicle has waited in all [s]; sumo-rl's choice."""

TRIPINFO: Final = "tripinfo.xml"
STATISTICS: Final = "statistics.xml"


def sumo_options(scenario: Scenario, seed: int, engine_emissions: bool) -> dict[str, str]:
    """Return SUMO's options apart from its input files; whatever decides a result is explicit."""
    return {
        "begin": str(scenario.begin),
        "seed": str(seed),
        "random": "false",
        "step-length": "1",
        "time-to-teleport": f"{scenario.time_to_teleport:g}",
        "max-depart-delay": "-1",
        "waiting-time-memory": str(WAITING_MEMORY_S),
        "collision.action": "teleport",
        "tripinfo-output": TRIPINFO,
        "tripinfo-output.write-unfinished": "true",
        "statistic-output": STATISTICS,
        "precision": "6",
        "device.emissions.probability": str(int(engine_emissions)),
        "xml-validation": "never",
        "xml-validation.net": "never",
        "xml-validation.routes": "never",
        "duration-log.disable": "true",
        "no-step-log": "true",
        "no-warnings": "true",
    }


class SumoBackend:
    """A simulation of one scenario in SUMO.

    Args:
        scenario: what to simulate.
        library: ``"libsumo"``, or ``"traci"`` for the slower socket (which listens on a port of this machine).
        timeout_s: how long SUMO may stay silent before it is stopped [s].
        engine_emissions: whether SUMO keeps its own CO2 figure for ``Trips.engine_co2``; costs a third of its time.
        memory_limit_mb: address space that SUMO may have [MiB], 0 for no limit.
        edge_data: whether edges, stop lines and safety are watched.
        detectors: whether the scenario's detectors are kept.
        cells: whether snapshots have cells.
        opinions: whether further models reckon the CO2.
        emission_model: one of ``PHEMLIGHT`` that SUMO's own figures of cars follow, instead of their emission class.
        transit: whether snapshots tell buses and trams apart.
        watchers: shown every second.

    Raises:
        RunError: SUMO is not installed. Later, from every method: SUMO died or was silent for too long.
        InputError: from ``reset``, SUMO refuses the scenario.
    """

    name = "sumo"

    def __init__(
        self,
        scenario: Scenario,
        library: Literal["libsumo", "traci"] = "libsumo",
        *,
        timeout_s: float = 60.0,
        engine_emissions: bool = True,
        memory_limit_mb: int = 0,
        edge_data: bool = False,
        detectors: bool = False,
        cells: bool = False,
        opinions: bool = False,
        transit: bool = False,
        emission_model: str | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self._has_cells, self._has_transit, self._has_opinions = cells, transit, opinions
        self._emission_model = emission_model
        self.scenario = scenario
        self._books = Books(scenario, edge_data=edge_data, detectors=detectors, watchers=watchers)
        self._binary = sumo_home() / "bin" / "sumo"
        self._engine_emissions = engine_emissions
        names = {"lanes": [lane.id for lane in scenario.network.lanes]}
        has_stops = any(vehicle.stops for vehicle in scenario.vehicles)
        names["signals"] = [signal.id for signal in scenario.signals]
        first = {"library": library, "memory_limit_mb": memory_limit_mb, "has_stops": has_stops, **names}
        self._process = SumoProcess(first, timeout_s)
        self._files: SumoFiles | None = None
        self._written: Scenario | None = None  # whose demand is in the files
        self._tables = build_signal_tables(scenario.signals)
        self._signals = new_signal_state(self._tables)
        self._monitor_tables = monitor_tables(scenario)
        self._monitor = new_memory(self._monitor_tables)
        self._trips: Trips | None = None
        self._history = History(0)
        self._simulated = scenario  # with the demand of the present run
        self._forget()

    def reset(self, seed: int, draw: Draw | None = None) -> Snapshot:
        """Start the run anew at ``scenario.begin``, with a drawn demand if one is given; return its first snapshot."""
        if not self._process.folder.exists():
            raise RunError("the backend was closed; make a new one")
        self._simulated = self.scenario if draw is None else apply(self.scenario, draw)
        self._forget()
        self._history = History(seed)
        try:
            self._process.start_run(self._command(seed), [vehicle.id for vehicle in self._simulated.vehicles])
        except RunError as error:
            if self._process.is_alive:  # it answered: SUMO refuses what it was given
                raise InputError(str(error), file=self.scenario.network_file) from error
            raise
        self._is_running = True
        return self._snapshot()

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` with requests (num_signals,) or (seconds, num_signals); stops at ``scenario.end``."""
        if not self._is_running:
            raise RunError("the run has ended or never began; call reset first")
        wanted = np.ascontiguousarray(requested, dtype=np.int32)
        num_signals = len(self.scenario.signals)
        if wanted.shape not in ((num_signals,), (seconds, num_signals)):
            raise ValueError(f"{num_signals} requests are needed, one per signal; got shape {wanted.shape}")
        self._history.note(wanted, seconds)
        begin_interval(self._accounts)
        self._books.begin_interval()
        begin, end = self._time, min(self._time + seconds, self.scenario.end)
        self._interval_begin = begin
        by_second = np.broadcast_to(wanted, (seconds, num_signals))
        while self._time < end:
            recorded = self._advance_chunk(by_second[self._time - begin :], min(MAX_CHUNK_S, end - self._time))
            if self._time == end:
                count_lanes(self._accounts, recorded)
        return self._snapshot()

    def trips(self) -> Trips:
        """Return what became of every scheduled vehicle; ends the run, and may be called again until the next reset."""
        if self._trips is None:
            if not self._is_running:
                raise RunError("there is no run to report on; call reset first")
            self._is_running = False
            self._process.finish_run()
            rows = read_tripinfo(self._process.folder / TRIPINFO, self._simulated)
            self._trips = trips_of(rows, self._accounts, float(self._time), self._teleports)
        return self._trips

    def vehicle_updates(self) -> int:
        """Return how many vehicle-seconds were simulated since the reset."""
        return int(self._accounts.totals[0].vehicle_updates)

    def edges(self) -> EdgeUse:
        """Return the use of every edge so far; ValueError where it was not asked for."""
        return self._books.require_traffic().edges.use()

    def discharge(self) -> Discharge:
        """Return the saturation headways so far; ValueError where they were not asked for."""
        return self._books.require_traffic().discharge.discharge()

    def safety(self) -> Safety:
        """Return what SUMO itself counted, once ``trips`` ended the run; ValueError where it was not asked for."""
        self._books.require_traffic()
        if self._trips is None:
            raise RunError("SUMO counts collisions at the end of a run; call trips first")
        return read_safety(self._process.folder / STATISTICS)

    def detectors(self) -> DetectorResults:
        """Return the complete intervals of every detector; ValueError where they were not asked for."""
        return self._books.detectors.results()

    def detector_states(self) -> DetectorStates:
        """Return what detectors show of the last second; ValueError where they were not asked for."""
        return self._books.detectors.now()

    def sighting(self) -> Sighting:
        """Return who is where on the road now."""
        return self._last

    def signal_watch(self) -> SignalWatch:
        """Return what the signal monitor saw since the reset: the colours that SUMO says it showed."""
        return watch_of(self._monitor, self.scenario)

    def save(self, path: Path | str) -> Path:
        """Write the seed and all requests of the run into a file: SUMO's own state files do not go on bit for bit.

        Raises:
            RunError: there is no run, it has the demand of a draw, or the place can't be written.
        """
        if not self._is_running:
            raise RunError("there is no run to save; call reset first")
        if self._simulated is not self.scenario:
            raise RunError("a run with a drawn demand can't be saved; simulate apply(scenario, draw)")
        return write_history(path, self._history, self.scenario, self._accounts, self._time)

    def load(self, path: Path | str) -> Snapshot:
        """Simulate a saved run anew up to where it was saved, and return the snapshot.

        Raises:
            InputError: the file can't be read, or was saved by another engine, scenario or SUMO.
            RunError: SUMO did not come to the same state.
        """
        history, require_repeated = read_history(path, self.scenario)
        snapshot = self.reset(history.seed)
        for requested, seconds in zip(history.requests, history.seconds, strict=True):
            snapshot = self.advance(requested[0] if len(requested) == 1 else requested, seconds)
        require_repeated(self._accounts)
        return snapshot

    def close(self) -> None:
        """End SUMO and remove its folder; a second call does nothing."""
        self._is_running = False
        self._process.close()

    def _forget(self) -> None:
        """Forget the last run."""
        vehicles, edge_index = self._simulated.vehicles, self.scenario.network.edge_index
        asked = {"cells": self._has_cells, "opinions": self._has_opinions, "transit": self._has_transit}
        self._accounts = new_accounts(self._simulated, **asked)
        self._books.start(self._simulated)
        self._factors = np.ones(len(vehicles))
        self._first_edges = np.array([edge_index[vehicle.route[0]] for vehicle in vehicles], dtype=np.int64)
        self._time = self.scenario.begin
        self._interval_begin = self.scenario.begin
        self._teleports = 0
        self._trips = None
        self._is_running = False
        start_signals(self._tables, self._signals, float(self._time))
        self._last = no_sighting(self._signals.colours)
        start_watch(self._monitor_tables, self._monitor, self._time)

    def _command(self, seed: int) -> list[str]:
        """Return SUMO's command line; its input files are written where they are not yet."""
        files = self._write()
        options = {
            "net-file": str(files.net),
            "route-files": str(files.routes),
            **sumo_options(self.scenario, seed, self._engine_emissions),
        }
        return [str(self._binary), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _write(self) -> SumoFiles:
        """Return SUMO's input files: the network written once, the demand whenever it is another."""
        if self._files is None:
            self._files = write_sumo_inputs(self._as_written, self._process.folder)
        elif self._written is not self._simulated:
            write_sumo_demand(self._as_written, self._files)
        self._written = self._simulated
        return self._files

    @property
    def _as_written(self) -> Scenario:
        """The scenario with the emission classes that SUMO is given."""
        model, types = self._emission_model, self._simulated.vehicle_types
        shown = (replace(kind, emission_class=class_in_sumo(kind.emission_class, model)) for kind in types)
        return self._simulated if model is None else replace(self._simulated, vehicle_types=tuple(shown))

    def _advance_chunk(self, requested: NDArray[np.int32], seconds: int) -> Seconds:
        """Simulate so many seconds, book them and return the recording."""
        told, shown = [], []
        for second in range(seconds):
            told += self._colours(requested[second], second)
            shown.append(self._signals.colours.copy())
        answer = self._process.ask("advance", {"seconds": seconds, "colours": told})
        recorded = seconds_of(answer)
        book_seconds(self._accounts, recorded, self._time)
        self._watch(recorded, shown)
        letters = letter_rows(answer.fields["states"])
        shown_letters = letters.reshape(seconds, len(self.scenario.signals), letters.shape[1])
        run_watch(self._monitor_tables, self._monitor, shown_letters, self._time)
        self._teleports += answer.fields["teleports"]
        self._time += seconds
        return recorded

    def _watch(self, recorded: Seconds, colours: Sequence[NDArray[np.uint8]]) -> None:
        """Keep the last second of a recording in which the signals showed ``colours``; book all where books are."""
        self._factors[recorded.departed] = recorded.factors
        num = len(recorded.rows)
        for second in range(num) if self._books else (num - 1,):
            sighting = sighting_of(recorded, second, self._factors, colours[second])
            if self._books:
                self._books.book(self._time + second + 1, sighting)
            self._last = sighting._replace(arrived=np.zeros(0, dtype=np.int32))

    def _colours(self, requested: NDArray[np.int32], second: int) -> list[tuple[int, str, str]]:
        """Advance the signals by a second and return what SUMO must be told: only of signals off their own program."""
        signals = self._signals.signals
        was_program = signals.mode == MODE_PROGRAM
        run_signals(self._tables, self._signals, requested, float(self._time + second))
        is_told = (signals.mode != MODE_PROGRAM) & (was_program | (signals.changed == 1))
        return [(second, self.scenario.signals[i].id, self._state(i)) for i in np.flatnonzero(is_told).tolist()]

    def _state(self, i: int) -> str:
        return state_string(self._signals.colours[i, : self._tables.signals[i].num_links])

    def _backlog(self) -> NDArray[np.int32]:
        tracks = self._accounts.tracks
        is_waiting = (tracks.depart < self._time) & (tracks.status == SCHEDULED)
        return np.bincount(self._first_edges[is_waiting], minlength=len(self.scenario.network.edges)).astype(np.int32)

    def _phase_waits(self) -> NDArray[np.float64]:
        waits = np.zeros(len(self._tables.green_rows))
        phase_waits(self._tables, self._signals, float(self._time), waits)
        return waits

    def _snapshot(self) -> Snapshot:
        lanes, totals = self._accounts.lane_books, self._accounts.totals[0]
        signal_phase, signal_elapsed = signal_view(self._signals, float(self._time))
        backlog = self._backlog()
        return Snapshot(
            time=np.array(float(self._time)),
            lane_count=lanes["count"].copy(),
            lane_near=lanes["near"].copy(),
            lane_queue=lanes["queue"].copy(),
            lane_speed_sum=lanes["speed_sum"].copy(),
            lane_waiting=lanes["waiting"].copy(),
            lane_longest_wait=lanes["longest_wait"].copy(),
            lane_seen=lanes["seen"].copy(),
            lane_seen_queue=lanes["seen_queue"].copy(),
            lane_seen_speed_sum=lanes["seen_speed_sum"].copy(),
            lane_seen_waiting=lanes["seen_waiting"].copy(),
            lane_length_sum=lanes["length_sum"].copy(),
            lane_relative_speed_sum=lanes["relative_speed_sum"].copy(),
            lane_own_waiting=lanes["own_waiting"].copy(),
            lane_time_loss_in_interval=lanes["time_loss"].copy(),
            lane_co2_in_interval=lanes["co2"] / 1000.0,
            lane_stops_in_interval=lanes["stops"].astype(np.int32),
            lane_left_in_interval=lanes["left"].astype(np.int32),
            cell_count=self._accounts.cells["count"].copy(),
            cell_speed_sum=self._accounts.cells["speed_sum"].copy(),
            transit_distance=self._accounts.transit.copy(),
            signal_phase=signal_phase,
            signal_elapsed=signal_elapsed,
            phase_wait=self._phase_waits(),
            edge_backlog=backlog,
            delay_in_interval=np.array(float(totals.delay)),
            co2_in_interval=np.array(float(totals.co2) / 1000.0),
            stops_in_interval=np.array(totals.stops, dtype=np.int32),
            total_inserted=np.array(totals.inserted, dtype=np.int32),
            total_arrived=np.array(totals.arrived, dtype=np.int32),
            total_running=np.array(totals.inserted - totals.arrived, dtype=np.int32),
            total_waiting_to_enter=np.array(backlog.sum(), dtype=np.int32),
            signal_fault=first_fault(self._monitor),
            seconds_in_interval=np.array(self._time - self._interval_begin, dtype=np.int32),
            **self._books.shown_fields(),
        )
