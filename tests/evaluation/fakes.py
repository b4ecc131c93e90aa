"""A scenario, controllers and an engine small enough to reckon with."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError, RunError, SignalFault, SignalWatch, Snapshot, Trips
from trafficai.scenario.model import Network, Program, Scenario, Signal


def make_scenario(begin: int = 0, end: int = 100, name: str = "toy", notes: tuple[str, ...] = ()) -> Scenario:
    """Return a scenario without network or vehicles; its signal takes any number for a request."""
    return Scenario(
        name=name,
        network=Network((), (), ()),
        signals=(Signal("toy", Program("toy", "0", "static", 0.0, ()), (), tuple(range(10_000)), 3.0, 0.0),),
        vehicle_types=(),
        vehicles=(),
        begin=begin,
        end=end,
        network_file=Path("toy.net.xml"),
        sha256="0" * 64,
        notes=notes,
    )


def make_trips(scheduled: Sequence[float], teleports: int = 0, **fields: Sequence[float]) -> Trips:
    """Return trips with zeros where nothing is given, and no figure of the engine's own or of further models."""
    columns = {name: np.zeros(len(scheduled)) for name in Trips._fields if name != "teleports"}
    for name in columns:
        if name.startswith(("engine_", "co2_")):
            columns[name][:] = math.nan
    columns |= {name: np.array(values, dtype=np.float64) for name, values in fields.items()}
    columns["scheduled"] = np.array(scheduled, dtype=np.float64)
    columns["stops"] = columns["stops"].astype(np.int32)
    return Trips(**columns, teleports=teleports)  # type: ignore[arg-type]


def make_snapshot(now: float) -> Snapshot:
    """Return a snapshot of an empty network."""
    empty = Snapshot(*(np.zeros(()) for _ in Snapshot._fields))
    return empty._replace(time=np.array(now), signal_fault=np.zeros(5, dtype=np.int32))


class FakeController:
    """Wants nothing; its ``level`` is the delay it causes [s]."""

    def __init__(self, name: str, level: float, decision_interval: int = 30) -> None:
        self.name, self.level, self.decision_interval = name, level, decision_interval
        self.num_resets = 0

    def reset(self, scenario: Scenario, seed: int) -> None:
        del scenario, seed
        self.num_resets += 1

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        del snapshot
        return np.array([self.level], dtype=np.int32)


class PickyController(FakeController):
    """Serves no scenario at all."""

    def reset(self, scenario: Scenario, seed: int) -> None:
        del seed
        raise InputError(f"agent {self.name!r} was trained for another scenario than {scenario.name!r}")


class DesigningController(FakeController):
    """Has the scenario simulated under another name."""

    def design(self, scenario: Scenario) -> Scenario:
        return replace(scenario, name=f"{scenario.name} for {self.name}", sha256="1" * 64)


class FakeBackend:
    """Yields one vehicle whose time loss is what was requested, plus ten times the seed, plus a hundred for SUMO."""

    crashes: ClassVar[list[int]] = []  # seeds whose next run dies
    faulty: ClassVar[list[int]] = []  # seeds in which the signal monitor sees a fault
    lock = threading.Lock()

    def __init__(self, scenario: Scenario, name: str, pause: float = 0.0, **asked: object) -> None:
        assert asked in ({}, {"opinions": True, "emission_model": None})
        self.scenario, self.name, self.pause = scenario, name, pause
        self.calls: list[int] = []
        self.is_closed = False

    def reset(self, seed: int) -> Snapshot:
        self.seed, self.calls = seed, []
        return make_snapshot(self.scenario.begin)

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        with self.lock:
            if self.seed in self.crashes:
                self.crashes.remove(self.seed)
                raise RunError("SUMO ended with signal 11")
        time.sleep(self.pause)
        self.requested = float(requested[0])
        self.calls.append(seconds)
        return make_snapshot(self.scenario.begin + sum(self.calls))

    def trips(self) -> Trips:
        loss = self.requested + 10.0 * self.seed + (100.0 if self.name == "sumo" else 0.0)
        return make_trips([0.0], time_loss=[loss], duration=[2.0 * loss], route_length=[500.0], co2=[1000.0 * loss])

    def vehicle_updates(self) -> int:
        return sum(self.calls)

    def signal_watch(self) -> SignalWatch:
        first = None if self.seed not in self.faulty else SignalFault("yellow skipped", 9.0, "toy", (1,))
        return SignalWatch(sum(self.calls), int(first is not None), first)

    def close(self) -> None:
        self.is_closed = True
