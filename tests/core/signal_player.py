"""Plays the clearance function and the monitor against each other, a whole run in one compiled call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import trafficai.core.conflict_monitor as conflict_monitor
from tests.core.junctions import Junction
from trafficai.backends.monitor import letter_rows, watch_of
from trafficai.core._compile import entry
from trafficai.core._struct import reference
from trafficai.core.conflict_monitor import reset_watch, watch_letters
from trafficai.core.monitor_records import MonitorMemory, MonitorTables, new_memory
from trafficai.core.signals import SignalState, SignalTables, advance_signals, new_signal_state, reset_signals
from trafficai.datatypes import SignalWatch
from trafficai.scenario.model import Network, Scenario

LETTERS = np.frombuffer(b"rygGusoO", dtype=np.uint8)
"""ASCII of each colour code, in order."""


def scenario_of(junction: Junction) -> Scenario:
    """Return a scenario of nothing but the signal."""
    return Scenario("junction", Network((), (), ()), (junction.signal,), (), (), 0, 1, None, "")  # type: ignore[arg-type]


def watch(junction: Junction, states: Sequence[str], monitor: Any = conflict_monitor) -> SignalWatch:
    """Return what a monitor says of the states of one second after the other."""
    memory = new_memory(junction.monitor)
    monitor.start_watch(junction.monitor, memory, 0)
    monitor.run_watch(junction.monitor, memory, letter_rows(states)[:, None, :], 0)
    return watch_of(memory, scenario_of(junction))


@entry
def play_seconds(
    tables: SignalTables,
    state: SignalState,
    monitor: MonitorTables,
    memory: MonitorMemory,
    requests: NDArray[np.int32],
    resets: NDArray[np.bool_],
    display: NDArray[np.uint8],
    total: NDArray[np.int64],
) -> None:
    """Run the signals of the tables second by second; the display changes where the signals say that they do."""
    for second in range(len(requests)):
        if resets[second]:
            reset_signals(tables, state, float(second))
            reset_watch(monitor, memory, second)
        advance_signals(tables, state, requests[second : second + 1], float(second))
        if state.signals[0].changed == 1:
            for link in range(tables.signals[0].num_links):
                display[0, link] = LETTERS[state.colours[0, link]]
        watch_letters(monitor, memory, display, second)
        total[0] += 1
        if memory.watch_log[0].faults > 0:
            return


def play(junction: Junction, requests: NDArray[np.int32], resets: NDArray[np.bool_]) -> SignalWatch:
    """Return what the monitor says of the requests, up to its first fault; resets begin the run anew."""
    state, memory = new_signal_state(junction.tables), new_memory(junction.monitor)
    tables = reference(junction.tables, constant=True), reference(state)
    monitor = reference(junction.monitor, constant=True), reference(memory)
    total = np.zeros(1, dtype=np.int64)
    display = np.zeros((1, junction.tables.colours.shape[1]), dtype=np.uint8)
    play_seconds(*tables, *monitor, requests, resets, display, total)
    return watch_of(memory, scenario_of(junction))._replace(signal_seconds=int(total[0]))


def play_plainly(signals: Any, junction: Junction, requests: NDArray[np.int32]) -> SignalWatch:
    """Do the same, without resets, with another clearance function in plain Python."""
    state = signals.new_signal_state(junction.tables)
    signals.reset_signals(junction.tables, state, 0.0)
    display, states = "", []
    for second, request in enumerate(requests.tolist()):
        signals.advance_signals(junction.tables, state, [request], float(second))
        if state.signals[0].changed == 1:
            display = LETTERS[state.colours[0, : junction.tables.signals[0].num_links]].tobytes().decode()
        states.append(display)
    return watch(junction, states)
