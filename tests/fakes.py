"""A toy scenario and a point-queue engine for it: deterministic, exact by arithmetic, one world or many.

Each signal has two approaches and two phases, one for each approach. A vehicle arrives at the end of its queue, waits
for green, and leaves the network as it crosses the stop line; a green approach lets one vehicle go per second. While a
signal clears (CLEARANCE_S) nobody goes. A queued vehicle collects one second of delay and CO2_G_S gram of CO2 a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import FOLLOW_PROGRAM, Snapshot, Trips
from trafficai.scenario.model import (
    Connection,
    Edge,
    Lane,
    Network,
    Phase,
    Program,
    Scenario,
    Signal,
    Vehicle,
    VehicleType,
)

CLEARANCE_S = 4
PROGRAM_GREEN_S = 20
CO2_G_S = 0.5
ARRIVALS_PER_S = (0.10, 0.35)  # of each signal's two approaches
LANE_LENGTH_M = 150.0


def toy_edge(name: str, length: float = LANE_LENGTH_M) -> Edge:
    lane = Lane(f"{name}_0", name, 0, length, 13.9, None, ((0.0, 0.0), (length, 0.0)))
    return Edge(name, "normal", "A", "B", (lane,))


def toy_signal(name: str, states: Sequence[str] = ("Gr", "yr", "rG", "ry")) -> Signal:
    """A signal whose two links lead from <name>n and <name>w to <name>s and <name>e."""
    phases = tuple(Phase(PROGRAM_GREEN_S if "G" in s else CLEARANCE_S, s) for s in states)
    greens = tuple(i for i, s in enumerate(states) if "G" in s)
    links = (((f"{name}n_0", f"{name}s_0"),), ((f"{name}w_0", f"{name}e_0"),))
    return Signal(name, Program(name, "0", "static", 0.0, phases), links, greens, yellow=4.0, all_red=0.0)


def toy_scenario(names: str = "A", duration: int = 600, signals: Sequence[Signal] | None = None) -> Scenario:
    """One signal per letter of ``names``, each with its own four edges."""
    edges = tuple(toy_edge(f"{name}{side}") for name in names for side in "nwse")
    connections = tuple(
        Connection(f"{n}{a}", f"{n}{b}", 0, 0, None, n, i, "s", "O")
        for n in names
        for i, (a, b) in enumerate(("ns", "we"))
    )
    return Scenario(
        name=f"toy{names}",
        network=Network(edges, (), connections),
        signals=tuple(toy_signal(name) for name in names) if signals is None else tuple(signals),
        vehicle_types=(VehicleType("car"),),
        vehicles=(Vehicle("v0", 0, 0.0, (f"{names[0]}n", f"{names[0]}s")),),
        begin=0,
        end=duration,
        network_file=Path("toy.net.xml"),
        sha256="0" * 64,
    )


def _with_length(edge: Edge, length: float) -> Edge:
    return replace(edge, lanes=tuple(replace(lane, length=length) for lane in edge.lanes))


def cut_approach(length: float = 0.9, before: float = 0.5, signal: str | None = None) -> Scenario:
    """Return the toy with its lane w cut: c, b of ``before`` metres and w of ``length``; b and c are its last lanes."""
    toy = toy_scenario()
    edges = [_with_length(edge, length) if edge.id == "Aw" else edge for edge in toy.network.edges]
    edges += [toy_edge("Ab", before), toy_edge("Ac", 200.0)]
    links = [
        Connection("Ab", "Aw", 0, 0, None, signal, -1, "s", "M"),
        Connection("Ac", "Ab", 0, 0, None, None, -1, "s", "M"),
    ]
    network = replace(toy.network, edges=tuple(edges), connections=(*toy.network.connections, *links))
    return replace(toy, network=network)


class ToyBatch:
    """Many worlds of a toy scenario, one leading axis on every array of the snapshot."""

    def __init__(self, scenario: Scenario, num_worlds: int) -> None:
        self.scenario = scenario
        self.num_worlds = num_worlds
        self._approach = np.array([[4 * i, 4 * i + 1] for i in range(len(scenario.signals))], dtype=np.intp)

    def reset(self, seeds: Sequence[int]) -> Snapshot:
        num_signals = len(self.scenario.signals)
        shape = (self.scenario.duration, num_signals, 2)
        draws = np.stack([np.random.default_rng(seed).random(shape) for seed in seeds])
        self._due = draws < np.array(ARRIVALS_PER_S)
        self._time = self.scenario.begin
        self._queue = np.zeros((self.num_worlds, num_signals, 2), dtype=np.int32)
        self._phase = np.zeros((self.num_worlds, num_signals), dtype=np.int32)
        self._elapsed = np.zeros((self.num_worlds, num_signals))
        self._clearing = np.zeros((self.num_worlds, num_signals), dtype=np.int32)
        self._inserted = np.zeros(self.num_worlds, dtype=np.int32)
        self._start_interval()
        return self._snapshot()

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        self._start_interval()
        for second in range(min(seconds, self.scenario.end - self._time)):
            self._switch(requested if requested.ndim == 2 else requested[:, second])
            self._serve()
            self._time += 1
        return self._snapshot()

    def close(self) -> None:
        pass

    def _start_interval(self) -> None:
        self._interval_begin = self._time
        self._delay = np.zeros((self.num_worlds, len(self.scenario.signals), 2))
        self._stops = np.zeros(self.num_worlds, dtype=np.int32)

    def _switch(self, requested: NDArray[np.int32]) -> None:
        own = np.where(self._elapsed >= PROGRAM_GREEN_S, 1 - self._phase, self._phase)
        wanted = np.where(requested == FOLLOW_PROGRAM, own, requested)
        change = (self._clearing == 0) & (wanted != self._phase)
        self._phase = np.where(change, wanted, self._phase).astype(np.int32)
        self._clearing = np.where(change, CLEARANCE_S, np.maximum(self._clearing - 1, 0)).astype(np.int32)
        self._elapsed = np.where(self._clearing > 0, 0.0, self._elapsed + 1.0)

    def _serve(self) -> None:
        due = self._due[:, self._time - self.scenario.begin]
        self._queue += due
        self._inserted += due.sum(axis=(1, 2), dtype=np.int32)
        self._stops += due.sum(axis=(1, 2), dtype=np.int32)
        green = (np.arange(2) == self._phase[..., None]) & (self._clearing == 0)[..., None]
        self._queue -= (green & (self._queue > 0)).astype(np.int32)
        self._delay += self._queue

    def _lanes(self, values: NDArray) -> NDArray:
        lanes = np.zeros((self.num_worlds, len(self.scenario.network.normal_lanes)), dtype=values.dtype)
        lanes[:, self._approach] = values
        return lanes

    def _snapshot(self) -> Snapshot:
        queue, delay = self._lanes(self._queue), self._delay.sum(axis=(1, 2))
        running = self._queue.sum(axis=(1, 2), dtype=np.int32)
        return Snapshot(
            time=np.full(self.num_worlds, float(self._time)),
            lane_count=queue,
            lane_near=np.minimum(queue, 6),
            lane_queue=queue,
            lane_speed_sum=np.zeros(queue.shape),
            lane_waiting=queue * 3.0,
            lane_longest_wait=np.minimum(queue, 1) * 3.0,
            lane_seen=np.minimum(queue, 20),
            lane_seen_queue=np.minimum(queue, 20),
            lane_seen_speed_sum=np.zeros(queue.shape),
            lane_seen_waiting=np.minimum(queue, 20) * 3.0,
            lane_length_sum=queue * 5.0,
            lane_relative_speed_sum=np.zeros(queue.shape),
            lane_own_waiting=queue * 3.0,
            lane_time_loss_in_interval=self._lanes(self._delay),
            lane_co2_in_interval=CO2_G_S * self._lanes(self._delay),
            lane_stops_in_interval=np.zeros(queue.shape, dtype=np.int32),
            lane_left_in_interval=np.zeros(queue.shape, dtype=np.int32),
            cell_count=np.zeros((self.num_worlds, 0), dtype=np.int32),
            cell_speed_sum=np.zeros((self.num_worlds, 0)),
            transit_distance=np.zeros((self.num_worlds, 0)),
            signal_phase=self._phase.copy(),
            signal_elapsed=self._elapsed.copy(),
            phase_wait=np.zeros((self.num_worlds, sum(signal.num_phases for signal in self.scenario.signals))),
            edge_backlog=np.zeros((self.num_worlds, len(self.scenario.network.edges)), dtype=np.int32),
            delay_in_interval=delay,
            co2_in_interval=CO2_G_S * delay,
            stops_in_interval=self._stops,
            total_inserted=self._inserted.copy(),
            total_arrived=self._inserted - running,
            total_running=running,
            total_waiting_to_enter=np.zeros(self.num_worlds, dtype=np.int32),
            signal_fault=np.zeros((self.num_worlds, 5), dtype=np.int32),
            seconds_in_interval=np.full(self.num_worlds, self._time - self._interval_begin, dtype=np.int32),
            loop_count_in_interval=np.zeros((self.num_worlds, 0), dtype=np.int32),
            loop_occupied_in_interval=np.zeros((self.num_worlds, 0)),
            loop_left_in_interval=np.zeros((self.num_worlds, 0), dtype=np.int32),
            loop_speed_sum_in_interval=np.zeros((self.num_worlds, 0)),
            area_count=np.zeros((self.num_worlds, 0), dtype=np.int32),
            area_halted=np.zeros((self.num_worlds, 0), dtype=np.int32),
            area_jam_length=np.zeros((self.num_worlds, 0)),
        )


class ToyBackend:
    """One world of a toy scenario."""

    name = "toy"

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._batch = ToyBatch(scenario, 1)

    def reset(self, seed: int) -> Snapshot:
        return Snapshot(*(field[0] for field in self._batch.reset([seed])))

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        return Snapshot(*(field[0] for field in self._batch.advance(requested[None], seconds)))

    def trips(self) -> Trips:
        raise NotImplementedError

    def vehicle_updates(self) -> int:
        return 0

    def close(self) -> None:
        pass
