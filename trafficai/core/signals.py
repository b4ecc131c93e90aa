"""The one clearance function: it alone sets signal colours, in both engines and for every controller.

A controller only asks for a green phase. This module carries the request out: least green first, then yellow for the
movements that lose green, then all-red, then the new green. Until the first request a signal follows its own fixed-time
program exactly as SUMO's static programs run: at step ``t`` SUMO carries out every switch that is due before ``t + 1``,
in whole milliseconds (measured against SUMO 1.28.0 with fractional durations and offsets;
https://sumo.dlr.de/docs/Simulation/Traffic_Lights.html).

Times are kept in whole milliseconds, as SUMO does, so that no sum of durations drifts. The tables are laid out from a
scenario by ``trafficai.backends.signals``.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel

RED, YELLOW, MINOR_GREEN, MAJOR_GREEN, RED_YELLOW, STOP_GREEN, OFF_BLINKING, OFF = range(8)
"""Colour codes; position in ``COLOUR_LETTERS``."""

COLOUR_LETTERS = "rygGusoO"
"""SUMO's letter of each colour code: red, yellow, yielding green, green, red-yellow, stop first, off blinking, off."""

MODE_PROGRAM, MODE_GREEN, MODE_YELLOW, MODE_ALL_RED = range(4)
"""What a signal is doing: its own program, a green on demand, or one half of the clearance between two greens."""

SIGNAL = np.dtype(
    [
        ("num_links", np.int32),  # positions of the state string
        ("num_phases", np.int32),  # phases of the own program
        ("num_green", np.int32),  # green phases on offer
        ("first_phase", np.int32),  # row of the program's first phase in SignalTables.phases
        ("first_green", np.int32),  # row of the first green phase in SignalTables.green_rows
        ("cycle", np.int64),  # [ms]
        ("offset", np.int64),  # [ms], a positive one delays the program
        ("yellow", np.int64),  # [ms]
        ("all_red", np.int64),  # [ms]
        ("min_green", np.int64),  # [ms]
    ],
    align=True,
)
"""One row per signal; never changes during a run."""

PHASE = np.dtype([("duration", np.int64), ("next", np.int32), ("green", np.int32)], align=True)
"""One row per program phase: duration [ms], position of the next phase in the program, green index or -1."""

SIGNAL_STATE = np.dtype(
    [
        ("mode", np.int32),  # MODE_*
        ("is_leaving", np.int32),  # 1 once a phase was asked for: the own program ends with its next green
        ("phase", np.int32),  # position in the own program, in MODE_PROGRAM
        ("shown", np.int32),  # green index on show or losing its green; -1 where the program shows none
        ("target", np.int32),  # green index being cleared towards, else the one on show
        ("is_fresh", np.int32),  # 1 from the reset until the first second
        ("changed", np.int32),  # 1 if this second's colours differ from those of the second before, or it is the first
        ("since", np.int64),  # [ms], first second of the present mode, or of the program's present phase
        ("switch", np.int64),  # [ms], end of the program's present phase, in MODE_PROGRAM
    ],
    align=True,
)
"""One row per signal and world."""

RecordArray: TypeAlias = "np.recarray[Any, Any]"
Record: TypeAlias = Any


class SignalTables(NamedTuple):
    """What never changes about the signals of a scenario; shared by all worlds."""

    signals: RecordArray  # (num_signals,) SIGNAL
    phases: RecordArray  # (total_phases,) PHASE, signal after signal
    colours: NDArray[np.uint8]  # (total_phases, max_links) colour codes, padded with RED
    green_rows: NDArray[np.int32]  # (total_green,) row in ``phases`` of each green phase, signal after signal


class SignalState(NamedTuple):
    """The signals of one world."""

    signals: RecordArray  # (num_signals,) SIGNAL_STATE
    colours: NDArray[np.uint8]  # (num_signals, max_links) colour codes of the present second


def new_signal_state(tables: SignalTables) -> SignalState:
    """Return room for the signals of one world; ``reset_signals`` must fill it."""
    num_signals = len(tables.signals)
    return SignalState(
        signals=np.zeros(num_signals, dtype=SIGNAL_STATE).view(np.recarray),
        colours=np.zeros((num_signals, tables.colours.shape[1]), dtype=np.uint8),
    )


@kernel
def to_milliseconds(time: float) -> int:
    """Return a time [s] in whole milliseconds."""
    return int(np.rint(time * 1000.0))


@kernel
def is_go(colour: int) -> bool:
    """Return whether the colour lets vehicles drive on without stopping first, so that it may only end in yellow."""
    return colour in (MAJOR_GREEN, MINOR_GREEN, OFF, OFF_BLINKING)


@kernel
def yellow_colour(before: int, after: int) -> int:
    """Return what a link shows in the yellow between two greens."""
    return YELLOW if is_go(before) and not is_go(after) else before


@kernel
def all_red_colour(before: int, after: int) -> int:
    """Return what a link shows in the all-red between two greens: red, or the weaker green where both are green."""
    if before == after:
        return before
    return MINOR_GREEN if is_go(before) and is_go(after) else RED


@kernel
def set_colour(state: SignalState, i: int, link: int, colour: int) -> None:
    """Show a colour on one link of signal ``i`` and note whether that changes anything."""
    if state.colours[i, link] != colour:
        state.colours[i, link] = colour
        state.signals[i].changed = 1


@kernel
def show_row(tables: SignalTables, state: SignalState, i: int, row: int) -> None:
    """Show the colours of one row of the phase table on signal ``i``."""
    for link in range(tables.signals[i].num_links):
        set_colour(state, i, link, tables.colours[row, link])


@kernel
def green_row(tables: SignalTables, i: int, green: int) -> int:
    """Return the phase table row of a green phase of signal ``i``."""
    return int(tables.green_rows[tables.signals[i].first_green + green])


@kernel
def show_clearance(tables: SignalTables, state: SignalState, i: int) -> None:
    """Show signal ``i`` between the green it leaves and the green it clears towards, by its mode."""
    before_row = green_row(tables, i, state.signals[i].shown)
    after_row = green_row(tables, i, state.signals[i].target)
    is_yellow = state.signals[i].mode == MODE_YELLOW
    for link in range(tables.signals[i].num_links):
        before, after = tables.colours[before_row, link], tables.colours[after_row, link]
        colour = yellow_colour(before, after) if is_yellow else all_red_colour(before, after)
        set_colour(state, i, link, colour)


@kernel
def any_loses_green(tables: SignalTables, i: int, before: int, after: int) -> bool:
    """Return whether a link that may drive in green phase ``before`` may not in ``after``."""
    before_row, after_row = green_row(tables, i, before), green_row(tables, i, after)
    for link in range(tables.signals[i].num_links):
        if is_go(tables.colours[before_row, link]) and not is_go(tables.colours[after_row, link]):
            return True
    return False


@kernel
def next_green(tables: SignalTables, i: int, phase: int) -> int:
    """Return the green index of a program phase, or of the first one after it that has one; -1 where none has."""
    first = tables.signals[i].first_phase
    for _ in range(tables.signals[i].num_phases):
        if tables.phases[first + phase].green >= 0:
            return int(tables.phases[first + phase].green)
        phase = tables.phases[first + phase].next
    return -1


@kernel
def enter_program_phase(tables: SignalTables, state: SignalState, i: int, phase: int) -> None:
    """Put signal ``i`` into a phase of its own program that begins when the last one ended."""
    row = tables.signals[i].first_phase + phase
    signal = state.signals[i]
    signal.phase = phase
    signal.since = signal.switch - signal.switch % 1000
    signal.switch = signal.switch + tables.phases[row].duration
    signal.shown = tables.phases[row].green
    signal.target = next_green(tables, i, phase)


@kernel
def reset_signal(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Put signal ``i`` where its own program is at ``now`` [ms]."""
    first, signal = tables.signals[i].first_phase, state.signals[i]
    elapsed = (now - tables.signals[i].offset) % tables.signals[i].cycle
    phase = 0
    while elapsed >= tables.phases[first + phase].duration:
        elapsed -= tables.phases[first + phase].duration
        phase += 1
    signal.mode, signal.is_leaving, signal.is_fresh = MODE_PROGRAM, 0, 1
    signal.switch = now - elapsed
    enter_program_phase(tables, state, i, phase)
    show_row(tables, state, i, first + phase)


@kernel
def follow_program(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Carry out the switches of signal ``i``'s own program that are due before the coming second is over."""
    signal, first = state.signals[i], tables.signals[i].first_phase
    is_switched = False
    while signal.switch < now + 1000:
        enter_program_phase(tables, state, i, tables.phases[first + signal.phase].next)
        is_switched = True
    if is_switched:
        show_row(tables, state, i, first + signal.phase)


@kernel
def leave_program(state: SignalState, i: int) -> None:
    """Take the program's green of signal ``i`` over, with the time it has shown; without one, wait for the next."""
    signal = state.signals[i]
    signal.is_leaving = 1
    if signal.shown >= 0:
        signal.mode = MODE_GREEN


@kernel
def begin_green(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Show the green that signal ``i`` was cleared towards."""
    signal = state.signals[i]
    signal.mode, signal.shown, signal.since = MODE_GREEN, signal.target, now
    show_row(tables, state, i, green_row(tables, i, signal.target))


@kernel
def begin_change(tables: SignalTables, state: SignalState, i: int, green: int, now: int) -> None:
    """Start the change of signal ``i`` to another green phase: by yellow if a link loses its green, else at once."""
    signal = state.signals[i]
    signal.target = green
    if any_loses_green(tables, i, signal.shown, green):
        signal.mode, signal.since = MODE_YELLOW, now
        show_clearance(tables, state, i)
    else:
        begin_green(tables, state, i, now)


@kernel
def continue_clearance(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Carry signal ``i`` from yellow to all-red and from all-red to green when each has lasted."""
    signal = state.signals[i]
    if signal.mode == MODE_YELLOW and now - signal.since >= tables.signals[i].yellow:
        signal.mode, signal.since = MODE_ALL_RED, now
        show_clearance(tables, state, i)
    if signal.mode == MODE_ALL_RED and now - signal.since >= tables.signals[i].all_red:
        begin_green(tables, state, i, now)


@kernel
def advance_signal(tables: SignalTables, state: SignalState, i: int, request: int, now: int) -> None:
    """Set the colours of signal ``i`` for the second that begins at ``now`` [ms]."""
    signal = state.signals[i]
    is_request = 0 <= request < tables.signals[i].num_green
    if signal.mode == MODE_PROGRAM:
        follow_program(tables, state, i, now)
        if is_request or signal.is_leaving == 1:
            leave_program(state, i)
    else:
        continue_clearance(tables, state, i, now)
    is_change = is_request and signal.mode == MODE_GREEN and request != signal.shown
    if is_change and now - signal.since >= tables.signals[i].min_green:
        begin_change(tables, state, i, request, now)


@kernel
def reset_signals(tables: SignalTables, state: SignalState, time: float) -> None:
    """Put every signal where its own program is at ``time`` [s]."""
    for i in range(len(tables.signals)):
        reset_signal(tables, state, i, to_milliseconds(time))


@kernel
def advance_signals(tables: SignalTables, state: SignalState, requested: NDArray[np.int32], time: float) -> None:
    """Set the colours of the second [time, time + 1) from one requested green phase per signal, (num_signals,).

    -1 asks for nothing: the own program runs on until the first request, and the phase on show is kept after it. So
    does a request that names no green phase. While a signal clears, requests are not listened to.
    """
    for i in range(len(tables.signals)):
        state.signals[i].changed = state.signals[i].is_fresh
        state.signals[i].is_fresh = 0
        advance_signal(tables, state, i, requested[i], to_milliseconds(time))


@entry
def start_signals(tables: SignalTables, state: SignalState, time: float) -> None:
    """Call ``reset_signals`` from Python."""
    reset_signals(tables, state, time)


@entry
def run_signals(tables: SignalTables, state: SignalState, requested: NDArray[np.int32], time: float) -> None:
    """Call ``advance_signals`` from Python."""
    advance_signals(tables, state, requested, time)


@kernel
def green_since(state: SignalState, i: int, time: float) -> float:
    """Return how long [s] signal ``i`` has shown its present green at ``time`` [s], 0 while it clears."""
    signal = state.signals[i]
    if signal.mode > MODE_GREEN or signal.shown < 0:
        return 0.0
    return float(max(0.0, time - signal.since / 1000.0))


def signal_view(state: SignalState, time: float) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return Snapshot's ``signal_phase`` and ``signal_elapsed`` at ``time`` [s], both (num_signals,)."""
    signals = state.signals
    is_green = (signals.mode <= MODE_GREEN) & (signals.shown >= 0)
    elapsed = np.where(is_green, np.maximum(0.0, time - signals.since / 1000.0), 0.0)
    return cast(NDArray[np.int32], np.array(signals.target, dtype=np.int32)), elapsed
