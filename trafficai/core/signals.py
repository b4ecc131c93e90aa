"""The one clearance function: it alone sets signal colours, in both engines and for every controller.

A controller only asks for a green phase. This module carries the request out: least green first, then yellow for the
movements that lose green, then all-red or what the intergreen matrix asks for, red-amber where the signal has it, then
the new green. Where a movement would be red for too long, it serves that one, whatever was asked for. Until the first
request a signal follows its own fixed-time program exactly as SUMO's static programs run: at step ``t`` SUMO carries
out every switch that is due before ``t + 1``, in whole milliseconds (measured against SUMO 1.28.0 with fractional
durations and offsets; https://sumo.dlr.de/docs/Simulation/Traffic_Lights.html).

Times are kept in whole milliseconds, as SUMO does, so that no sum of durations drifts. The tables are laid out from a
scenario by ``trafficai.backends.signals``.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.max_red import first_supervision, supervised_request
from trafficai.core.signal_records import (
    COLOUR_LETTERS,
    MAJOR_GREEN,
    MINOR_GREEN,
    MODE_ALL_RED,
    MODE_GREEN,
    MODE_PROGRAM,
    MODE_YELLOW,
    PHASE,
    RED,
    RED_YELLOW,
    SIGNAL,
    SIGNAL_LINK,
    YELLOW,
    RecordArray,
    SignalState,
    SignalTables,
    green_row,
    is_go,
    new_signal_state,
    to_milliseconds,
    whole_seconds,
)
from trafficai.datatypes.requests import FOLLOW_PLAN

__all__ = [
    "COLOUR_LETTERS",
    "MAJOR_GREEN",
    "MINOR_GREEN",
    "MODE_PROGRAM",
    "PHASE",
    "RED",
    "SIGNAL",
    "SIGNAL_LINK",
    "RecordArray",
    "SignalState",
    "SignalTables",
    "advance_signals",
    "new_signal_state",
    "reset_signals",
    "run_signals",
    "signal_view",
    "start_signals",
]


@kernel
def yellow_colour(before: int, after: int) -> int:
    """Return what a link shows in its yellow between two greens."""
    return YELLOW if is_go(before) and not is_go(after) else before


@kernel
def all_red_colour(before: int, after: int) -> int:
    """Return what a link shows in the all-red between two greens: red, or the weaker green where both are green."""
    if before == after:
        return before
    return MINOR_GREEN if is_go(before) and is_go(after) else RED


@kernel
def set_colour(state: SignalState, i: int, link: int, colour: int, now: int) -> None:
    """Show a colour on one link of signal ``i``, and note whether that changes anything and whether green ends."""
    shown = state.colours[i, link]
    if shown != colour:
        if is_go(shown) and not is_go(colour):
            state.green_ends[i, link] = now
        state.colours[i, link] = colour
        state.signals[i].changed = 1


@kernel
def show_row(tables: SignalTables, state: SignalState, i: int, row: int, now: int) -> None:
    """Show the colours of one row of the phase table on signal ``i``."""
    for link in range(tables.signals[i].num_links):
        set_colour(state, i, link, tables.colours[row, link], now)


@kernel
def link_yellow(tables: SignalTables, i: int, link: int) -> int:
    """Return the yellow of one link [ms], as whole seconds show it."""
    return whole_seconds(tables.links[tables.signals[i].first_link + link].yellow)


@kernel
def clearance_colour(tables: SignalTables, state: SignalState, i: int, link: int, now: int) -> int:
    """Return what a link of signal ``i`` shows between the green it leaves and the green it clears towards."""
    signal = state.signals[i]
    before = tables.colours[green_row(tables, i, signal.shown), link]
    after = tables.colours[green_row(tables, i, signal.target), link]
    is_losing = is_go(before) and not is_go(after)
    if is_go(after) and not is_go(before) and now >= signal.ready - whole_seconds(tables.signals[i].red_amber):
        return RED_YELLOW
    yellow_end = signal.since + link_yellow(tables, i, link) if is_losing else signal.yellow_end
    return yellow_colour(before, after) if now < yellow_end else all_red_colour(before, after)


@kernel
def next_show(tables: SignalTables, state: SignalState, i: int, now: int) -> int:
    """Return when the clearance of signal ``i`` next shows other colours [ms]: a yellow or all red ends."""
    signal = state.signals[i]
    until = signal.ready
    for end in (signal.yellow_end, signal.ready - whole_seconds(tables.signals[i].red_amber)):
        if now < end < until:
            until = end
    for link in range(tables.signals[i].num_links):
        end = signal.since + link_yellow(tables, i, link)
        if now < end < until:
            until = end
    return until


@kernel
def show_clearance(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Show signal ``i`` between the green it leaves and the green it clears towards."""
    signal = state.signals[i]
    signal.mode = MODE_YELLOW if now < signal.yellow_end else MODE_ALL_RED
    for link in range(tables.signals[i].num_links):
        set_colour(state, i, link, clearance_colour(tables, state, i, link, now), now)
    signal.until = next_show(tables, state, i, now)


@kernel
def longest_yellow(tables: SignalTables, i: int, before: int, after: int) -> int:
    """Return the longest yellow of links that may drive in green ``before``, not in ``after`` [ms]; 0 if none does."""
    before_row, after_row = green_row(tables, i, before), green_row(tables, i, after)
    longest = 0
    for link in range(tables.signals[i].num_links):
        if is_go(tables.colours[before_row, link]) and not is_go(tables.colours[after_row, link]):
            longest = max(longest, link_yellow(tables, i, link))
    return longest


@kernel
def ended_at(tables: SignalTables, state: SignalState, i: int, link: int, now: int) -> int:
    """Return when the green of a link ended, ``now`` for one that loses it in a change that begins now [ms]."""
    before_row = green_row(tables, i, state.signals[i].shown)
    return now if is_go(tables.colours[before_row, link]) else state.green_ends[i, link]


@kernel
def cleared_by_yellow(tables: SignalTables, state: SignalState, i: int, green: int, now: int) -> int:
    """Return when every green that phase ``green`` lacks is followed by yellow, all-red and red-amber [ms]."""
    row = green_row(tables, i, green)
    after = whole_seconds(tables.signals[i].all_red) + whole_seconds(tables.signals[i].red_amber)
    cleared = now
    for link in range(tables.signals[i].num_links):
        if not is_go(tables.colours[row, link]):
            end = ended_at(tables, state, i, link, now) + link_yellow(tables, i, link) + after
            cleared = max(cleared, end)
    return cleared


@kernel
def cleared_by_matrix(tables: SignalTables, state: SignalState, i: int, green: int, now: int) -> int:
    """Return when every intergreen before phase ``green`` has passed [ms]."""
    signal, row = tables.signals[i], green_row(tables, i, green)
    before_row = green_row(tables, i, state.signals[i].shown)
    cleared = now
    for starting in range(signal.num_links):
        if is_go(tables.colours[row, starting]) and not is_go(tables.colours[before_row, starting]):
            for ending in range(signal.num_links):
                if not is_go(tables.colours[row, ending]):
                    needed = tables.intergreens[signal.first_intergreen + ending * signal.num_links + starting]
                    cleared = max(cleared, ended_at(tables, state, i, ending, now) + whole_seconds(needed))
    return cleared


@kernel
def gains_green(tables: SignalTables, i: int, before: int, after: int) -> bool:
    """Return whether a link that may not drive in green phase ``before`` may in ``after``."""
    before_row, after_row = green_row(tables, i, before), green_row(tables, i, after)
    for link in range(tables.signals[i].num_links):
        if is_go(tables.colours[after_row, link]) and not is_go(tables.colours[before_row, link]):
            return True
    return False


@kernel
def change_end(tables: SignalTables, state: SignalState, i: int, yellow: int, now: int) -> int:
    """Return when the change of signal ``i`` to its target, with a yellow of that length, may end in green [ms]."""
    signal = tables.signals[i]
    shown, target = state.signals[i].shown, state.signals[i].target
    is_by_matrix = signal.first_intergreen >= 0
    end = now + yellow if is_by_matrix or yellow == 0 else now + yellow + whole_seconds(signal.all_red)
    if gains_green(tables, i, shown, target):
        end = max(end, now + whole_seconds(signal.red_amber))
        if is_by_matrix:
            return max(end, cleared_by_matrix(tables, state, i, target, now))
        return max(end, cleared_by_yellow(tables, state, i, target, now))
    return end


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
def planned_green(tables: SignalTables, i: int, now: int) -> int:
    """Return the green phase that the fixed plan of signal ``i`` shows in the second from ``now`` [ms], or the next."""
    first = tables.signals[i].first_phase
    elapsed = (now + 999 - tables.signals[i].offset) % tables.signals[i].cycle
    phase = 0
    while elapsed >= tables.phases[first + phase].duration:
        elapsed -= tables.phases[first + phase].duration
        phase += 1
    return next_green(tables, i, phase)


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
    show_row(tables, state, i, first + phase, now)
    for link in range(tables.signals[i].num_links):
        state.green_ends[i, link] = signal.since  # or earlier


@kernel
def follow_program(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Carry out the switches of signal ``i``'s own program that are due before the coming second is over."""
    signal, first = state.signals[i], tables.signals[i].first_phase
    is_switched = False
    while signal.switch < now + 1000:
        enter_program_phase(tables, state, i, tables.phases[first + signal.phase].next)
        is_switched = True
    if is_switched:
        show_row(tables, state, i, first + signal.phase, now)


@kernel
def leave_program(tables: SignalTables, state: SignalState, i: int) -> None:
    """Take the program's green of signal ``i`` over, with the time it has shown; without one, wait for the next."""
    signal = state.signals[i]
    signal.is_leaving = 1
    if signal.shown >= 0:
        signal.mode = MODE_GREEN
        signal.supervised = first_supervision(tables, state, i)


@kernel
def begin_green(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Show the green that signal ``i`` was cleared towards."""
    signal = state.signals[i]
    signal.mode, signal.shown, signal.since = MODE_GREEN, signal.target, now
    show_row(tables, state, i, green_row(tables, i, signal.target), now)
    signal.supervised = first_supervision(tables, state, i)


@kernel
def begin_change(tables: SignalTables, state: SignalState, i: int, green: int, now: int) -> None:
    """Start the change of signal ``i`` to another green phase; at once where nothing has to be cleared."""
    signal = state.signals[i]
    signal.target = green
    yellow = max(longest_yellow(tables, i, signal.shown, green), tables.signals[i].least_yellow)
    signal.ready = change_end(tables, state, i, yellow, now)
    if signal.ready > now:
        signal.since, signal.yellow_end = now, now + yellow
        show_clearance(tables, state, i, now)
    else:
        begin_green(tables, state, i, now)


@kernel
def continue_clearance(tables: SignalTables, state: SignalState, i: int, now: int) -> None:
    """Carry signal ``i`` from yellow to all-red, to red-amber and to green when each has lasted."""
    if state.signals[i].mode != MODE_GREEN and now >= state.signals[i].until:
        if now >= state.signals[i].ready:
            begin_green(tables, state, i, now)
        else:
            show_clearance(tables, state, i, now)


@kernel
def advance_signal(tables: SignalTables, state: SignalState, i: int, request: int, now: int) -> None:
    """Set the colours of signal ``i`` for the second that begins at ``now`` [ms]."""
    signal = state.signals[i]
    if signal.mode == MODE_PROGRAM:
        follow_program(tables, state, i, now)
        if 0 <= request < tables.signals[i].num_green or signal.is_leaving == 1:
            leave_program(tables, state, i)
    else:
        continue_clearance(tables, state, i, now)
    if signal.mode == MODE_GREEN and now - signal.since >= tables.signals[i].min_green:
        if request == FOLLOW_PLAN:
            request = planned_green(tables, i, now)
        if tables.signals[i].max_red > 0 and now >= signal.supervised:
            request = supervised_request(tables, state, i, request, now)
        if 0 <= request < tables.signals[i].num_green and request != signal.shown:
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
    does a request that names no green phase. FOLLOW_PLAN asks for the green that the fixed plan shows by the clock.
    While a signal clears, requests are not listened to.
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
