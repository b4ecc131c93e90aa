"""One run of one controller on one scenario with one seed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from trafficai.backends.base import Backend
from trafficai.backends.stream_book import StreamBook
from trafficai.controllers.base import Controller, designed, engine_options
from trafficai.controllers.fallback import Fallback, count_by_kind, one_phase_each
from trafficai.datatypes import FOLLOW_PLAN, InputError, SignalWatch, Snapshot
from trafficai.evaluation.processor_time import cpu_seconds
from trafficai.evaluation.service import Service, service_of
from trafficai.evaluation.warm_up import NO_WARM_UP, WarmUp, counted, warm_up_of
from trafficai.logs import RunLog
from trafficai.metrics import Metrics, compute_metrics
from trafficai.scenario.model import Scenario

Progress = Callable[[int], None]
"""Called after every decision with the seconds simulated so far."""


class Performance(NamedTuple):
    """What a run cost, without loading and compilation."""

    simulated_s: int
    vehicle_updates: int  # vehicle-seconds
    wall_s: float
    cpu_s: float  # this thread and every child process, so not to be read where several runs go at once


class SignalReport(NamedTuple):
    """What was seen of the signals in one run, and of the requests to them."""

    watch: SignalWatch
    fallbacks: Mapping[str, int]  # signals that followed their plan since the answer was no request, by kind

    @property
    def is_valid(self) -> bool:
        """Whether the run may be counted: the signal monitor saw no fault."""
        return self.watch.faults == 0


class EpisodeResult(NamedTuple):
    """What one run yields."""

    metrics: Metrics
    performance: Performance
    signals: SignalReport
    service: Service | None = None  # where streams were watched
    warm_up: WarmUp = NO_WARM_UP  # what the metrics leave out


def run_episode(
    backend: Backend,
    controller: Controller,
    seed: int,
    progress: Progress | None = None,
    time_budget: float | None = None,
    warm_up: int = 0,
) -> EpisodeResult:
    """Run the backend's scenario, which is as the controller wants it, from begin to end under the controller.

    The controller decides every ``decision_interval`` seconds; the last interval is cut at ``scenario.end``. The clocks
    run from the first decision to the last, so resetting is not counted. A decision that is none, or takes longer than
    ``time_budget`` [s], is replaced by the fixed plan of the signals concerned, and counted. Vehicles scheduled in the
    first ``warm_up`` seconds are in no metric.

    Raises:
        InputError: the controller cannot serve the scenario, or the warm-up leaves nothing to count.
        RunError: the engine broke.
    """
    if controller.decision_interval < 1:
        interval = controller.decision_interval
        raise InputError(f"agent {controller.name!r} decides every {interval} s; at least 1 is needed")
    left_out = warm_up_of(backend.scenario, warm_up)
    controller.reset(backend.scenario, seed)
    snapshot = backend.reset(seed)
    clock = _Clock(backend)
    fallback = fallback_of(backend.scenario, time_budget)
    _drive(backend, controller, fallback, snapshot, progress)
    performance = clock.read()
    signals = SignalReport(backend.signal_watch(), count_by_kind(fallback.by_kind()))
    metrics = compute_metrics(counted(backend.trips(), backend.scenario, left_out), backend.scenario)
    return EpisodeResult(metrics, performance, signals, warm_up=left_out)


def fallback_of(scenario: Scenario, time_budget: float | None = None) -> Fallback:
    """Return what catches the decisions of a controller that are none."""
    num_phases = np.array([signal.num_phases for signal in scenario.signals], dtype=np.int64)
    return Fallback(one_phase_each(num_phases, lowest=FOLLOW_PLAN), time_budget=time_budget)


def simulate(
    scenario: Scenario,
    controller: Controller,
    backend: str = "numba",
    seed: int = 1,
    progress: Progress | None = None,
    log: RunLog | None = None,
    streams: bool = False,
    warm_up: int = 0,
    emission_model: str | None = None,
) -> EpisodeResult:
    """Run the scenario once in the named engine, as the controller wants it; compilation comes before the clocks start.

    With a ``log``, which costs time, its files are written at the end of the run. With ``streams``, which costs time,
    too, the result has the quality of service of every stream under a signal. Vehicles scheduled in the first
    ``warm_up`` seconds are in no metric; logs and streams are of the whole run. CO2 is reckoned by further models, too;
    SUMO's own figures follow ``emission_model`` where one is given.

    Raises:
        InputError: there is no such engine, or the controller cannot serve the scenario.
        RunError: the engine broke.
    """
    from trafficai.backends import make_backend

    scenario = designed(controller, scenario)
    book = StreamBook(scenario) if streams else None
    watchers = (*(() if log is None else log.watchers), *(() if book is None else (book,)))
    options: dict[str, Any] = {**({"watchers": watchers} if watchers else {}), **engine_options(controller)}
    options |= {"opinions": True, "emission_model": emission_model}
    options |= ({} if log is None else {"detectors": True}) | ({} if book is None else {"edge_data": True})
    with contextlib.closing(make_backend(scenario, backend, **options)) as engine:
        _warm_up(engine, controller, seed)
        result = run_episode(engine, controller, seed, progress, warm_up=warm_up)
        if log is not None:
            log.write(engine)
        return result if book is None else result._replace(service=_service(engine, book))


def _service(engine: Backend, book: StreamBook) -> Service:
    """Return the quality of service of a run that has ended."""
    measured = engine.discharge().saturation_flow
    return service_of(engine.scenario, book.streams, book.counts(), measured, engine.trips())


def _drive(
    backend: Backend, controller: Controller, fallback: Fallback, snapshot: Snapshot, progress: Progress | None
) -> None:
    """Let the controller decide until the scenario ends."""
    simulated, duration = 0, backend.scenario.duration
    while simulated < duration:
        seconds = min(controller.decision_interval, duration - simulated)
        asked = time.perf_counter()
        decision = controller.decide(snapshot)
        requested = fallback.mend(decision, time.perf_counter() - asked)
        snapshot = backend.advance(requested.astype(np.int32), seconds)
        simulated += seconds
        if progress is not None:
            progress(simulated)


def _warm_up(backend: Backend, controller: Controller, seed: int) -> None:
    """Run one decision and throw it away: Numba, which both engines use, compiles on first use."""
    controller.reset(backend.scenario, seed)
    decision = controller.decide(backend.reset(seed))
    backend.advance(fallback_of(backend.scenario).mend(decision).astype(np.int32), 1)
    backend.trips()


class _Clock:
    """Wall and CPU time of one run."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._wall, self._cpu = time.perf_counter(), cpu_seconds()

    def read(self) -> Performance:
        """Return what has passed since the clock was made."""
        wall, cpu = time.perf_counter() - self._wall, cpu_seconds() - self._cpu
        return Performance(self._backend.scenario.duration, self._backend.vehicle_updates(), wall, cpu)
