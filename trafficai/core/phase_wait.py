"""How long a request for each green phase would have to wait: what min green, clearance and the longest red forbid.

The same rules as in ``trafficai.core.signals``, looked at before anything is asked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.max_red import longest_red
from trafficai.core.signal_records import (
    MODE_GREEN,
    MODE_PROGRAM,
    NO_LINK,
    SignalState,
    SignalTables,
    green_row,
    is_go,
    to_milliseconds,
)
from trafficai.datatypes.snapshot import NEVER_S


@kernel
def program_green_begin(tables: SignalTables, state: SignalState, i: int) -> int:
    """Return when the own program of signal ``i`` comes to its next green [ms]."""
    signal, first = state.signals[i], tables.signals[i].first_phase
    begin, phase = signal.switch, tables.phases[first + signal.phase].next
    for _ in range(tables.signals[i].num_phases):
        if tables.phases[first + phase].green >= 0:
            break
        begin += tables.phases[first + phase].duration
        phase = tables.phases[first + phase].next
    return int(begin)


@kernel
def change_begin(tables: SignalTables, state: SignalState, i: int, now: int) -> int:
    """Return when signal ``i`` can begin to change to another green, its least green having passed [ms]."""
    signal, min_green = state.signals[i], tables.signals[i].min_green
    if signal.mode == MODE_GREEN or (signal.mode == MODE_PROGRAM and signal.shown >= 0):
        return int(max(now, signal.since + min_green))
    if signal.mode == MODE_PROGRAM:
        return program_green_begin(tables, state, i) + int(min_green)
    return int(signal.ready + min_green)


@kernel
def urgent_link(tables: SignalTables, state: SignalState, i: int, now: int) -> int:
    """Return the link of signal ``i`` that has to be served at ``now`` [ms], whatever is asked for; else NO_LINK."""
    signal = state.signals[i]
    if signal.mode != MODE_GREEN or tables.signals[i].max_red == 0 or now < signal.supervised:
        return NO_LINK
    return longest_red(tables, state, i, now)


@kernel
def phase_wait(
    tables: SignalTables, state: SignalState, i: int, green: int, begin: int, urgent: int, now: int
) -> float:
    """Return how long a request for a green phase waits [s]; changes can begin at ``begin`` [ms], ``urgent`` a link."""
    if urgent != NO_LINK and not is_go(tables.colours[green_row(tables, i, green), urgent]):
        return NEVER_S
    if green == state.signals[i].target:
        return 0.0
    return (begin - now) / 1000.0


@entry
def phase_waits(tables: SignalTables, state: SignalState, time: float, waits: NDArray[np.float64]) -> None:
    """Write how long a request for each green phase waits at ``time`` [s] into ``waits`` (num_phases,) [s]."""
    now = to_milliseconds(time)
    for i in range(len(tables.signals)):
        begin = change_begin(tables, state, i, now)
        urgent = urgent_link(tables, state, i, begin)
        for green in range(tables.signals[i].num_green):
            waits[tables.signals[i].first_green + green] = phase_wait(tables, state, i, green, begin, urgent, now)
