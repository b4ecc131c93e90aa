"""The signal monitor: a second, independent watch over the colours shown, in the manner of a traffic signal's own.

It sees nothing but the letters shown in each second and its own tables, and shares neither code nor tables with the
clearance function (``trafficai.core.signals``). The first fault is latched, with its time, signal and positions, until
the next reset; all are counted. Behind it stands the malfunction management unit of NEMA TS 2 and the supervision of
EN 12675: conflicting greens, yellow skipped or cut, green cut, intergreens, the order of colours, red for too long,
no indication at all.

What a signal's own program does is the traffic engineer's business: a change from one of its phases to the next, after
the phase has lasted, breaks no rule of time or order; positions that it shows green together may be; and its longest
red is none too long. Nothing else is excused.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.monitor_records import NEVER, NEVER_BOTH, ONE_YIELDS, WatchMemory, WatchTables
from trafficai.core.records import Network, World

(
    NO_FAULT,
    CONFLICT,
    SKIPPED_YELLOW,
    SHORT_YELLOW,
    SHORT_GREEN,
    INTERGREEN,
    SEQUENCE,
    MAX_RED,
    NO_INDICATION,
    UNKNOWN_COLOUR,
) = range(10)
"""What can be wrong; position in ``trafficai.datatypes.SIGNAL_RULES``."""

RED, YELLOW, GREEN, YIELDING, RED_AMBER, STOP_FIRST, BLINKING, DARK = 114, 121, 71, 103, 117, 115, 111, 79
"""ASCII of r y G g u s o O, the letters that a position may show."""

LONG_AGO = -NEVER

BLOCK = 32
"""Links that are looked at together: mostly none of them has changed."""


def letter_set(letters: str) -> int:
    """Return some letters as bits, 0 for ``@``: a look into them takes a third of the time of comparing one by one."""
    return sum(1 << (ord(letter) - 64) for letter in letters)


DRIVING, STANDING, OCCUPYING, KNOWN = letter_set("GgoO"), letter_set("rs"), letter_set("GgoOys"), letter_set("GgoOysru")


@kernel
def is_among(letter: int, letters: int) -> bool:
    """Return whether a letter is one of a set."""
    return 64 <= letter < 128 and (letters >> (int(letter) - 64)) & 1 == 1


@kernel
def drives(letter: int) -> bool:
    """Return whether vehicles may drive on without stopping first."""
    return is_among(letter, DRIVING)


@kernel
def stands(letter: int) -> bool:
    """Return whether vehicles have to stop, at least at first."""
    return is_among(letter, STANDING)


@kernel
def occupies(letter: int) -> bool:
    """Return whether vehicles may be on the junction: those that drive, drive out, or drive after a stop."""
    return is_among(letter, OCCUPYING)


@kernel
def same_aspect(letter: int, other: int) -> bool:
    """Return whether two letters are one green, yellow, red-amber or red."""
    return letter == other or (drives(letter) and drives(other)) or (stands(letter) and stands(other))


@kernel
def row_shows(tables: WatchTables, memory: WatchMemory, i: int, row: int, is_new: bool) -> bool:
    """Return whether the new letters of signal ``i``, or those before, are a phase of its own program."""
    signal = tables.watch_signals[i]
    for p in range(signal.num_places):
        lamp = memory.watch_lamps[signal.first_place + p]
        letter = lamp.shown if is_new else lamp.letter
        expected = tables.watch_letters[signal.first_letter + row * signal.num_places + p]
        if tables.watch_places[signal.first_place + p].is_watched == 1 and letter != expected:
            return False
    return True


@kernel
def leads_to_new(tables: WatchTables, memory: WatchMemory, i: int, row: int) -> bool:
    """Return whether the new letters follow on a phase of the program; phases below a second may not be seen."""
    signal = tables.watch_signals[i]
    for _ in range(signal.num_rows):
        row = tables.watch_rows[signal.first_row + row].next
        if row_shows(tables, memory, i, row, True):
            return True
        if tables.watch_rows[signal.first_row + row].duration >= 1000:
            return False
    return False


@kernel
def is_own_change(tables: WatchTables, memory: WatchMemory, i: int, now: int) -> bool:
    """Return whether signal ``i`` goes from a phase of its program that has lasted to the next; seconds are rounded."""
    signal = tables.watch_signals[i]
    shown_for = now - memory.watch_states[i].row_since
    for row in range(signal.num_rows):
        has_lasted = shown_for > tables.watch_rows[signal.first_row + row].duration - 1000
        if has_lasted and row_shows(tables, memory, i, row, False) and leads_to_new(tables, memory, i, row):
            return True
    return False


@kernel
def latch(memory: WatchMemory, i: int, rule: int, place: int, other: int, now: int) -> None:
    """Count a fault, and keep it if it is the first."""
    log = memory.watch_log[0]
    log.faults += 1
    if log.rule == NO_FAULT:
        log.rule, log.time, log.signal, log.place, log.other = rule, now, i, place, other


@kernel
def complain(tables: WatchTables, memory: WatchMemory, i: int, rule: int, place: int, other: int, now: int) -> None:
    """Count a fault of time or order, unless the signal's own program is just so."""
    if not is_own_change(tables, memory, i, now):
        latch(memory, i, rule, place, other, now)


@kernel
def broken_light(lamp: int, shown: int, is_watched: int) -> int:
    """Return which rule a letter breaks by itself."""
    if shown == 0:
        return NO_INDICATION if is_watched == 1 or lamp != 0 else NO_FAULT
    return NO_FAULT if is_among(shown, KNOWN) else UNKNOWN_COLOUR


@kernel
def broken_end_of_green(shown: int, lasted: int, min_green: int) -> int:
    """Return which rule the end of a green breaks that lasted so long [ms]."""
    if shown != YELLOW:
        return SKIPPED_YELLOW
    return SHORT_GREEN if lasted < min_green else NO_FAULT


@kernel
def broken_order(before: int, shown: int, lasted: int, red_amber: int) -> int:
    """Return whether red, red-amber, green and yellow do not follow each other, or red-amber is cut short."""
    is_after_red_amber = before == RED_AMBER and (not drives(shown) or lasted < red_amber)
    is_without_red_amber = stands(before) and drives(shown) and red_amber > 0
    is_without_red = before == YELLOW and not stands(shown)
    is_without_green = stands(before) and shown == YELLOW
    if is_after_red_amber or is_without_red_amber or is_without_red or is_without_green:
        return SEQUENCE
    return NO_FAULT


@kernel
def broken_change(tables: WatchTables, memory: WatchMemory, row: int, now: int) -> int:
    """Return which rule of time or order a position breaks that shows another aspect than in the second before."""
    place, lamp = tables.watch_places[row], memory.watch_lamps[row]
    lasted = now - lamp.since
    if drives(lamp.letter):
        return broken_end_of_green(lamp.shown, lasted, place.min_green)
    if lamp.letter == YELLOW and lasted < place.yellow:
        return SHORT_YELLOW
    return broken_order(lamp.letter, lamp.shown, lasted, place.red_amber)


@kernel
def judge_place(tables: WatchTables, memory: WatchMemory, i: int, row: int, now: int) -> None:
    """Judge one position of signal ``i`` by itself, and note when its aspect began."""
    place, lamp = tables.watch_places[row], memory.watch_lamps[row]
    p = row - tables.watch_signals[i].first_place
    broken = broken_light(lamp.letter, lamp.shown, place.is_watched)
    if lamp.num_changed != place.num_links:  # some links show the new letter, some do not
        broken = UNKNOWN_COLOUR
    lamp.num_changed = 0
    if broken != NO_FAULT:
        latch(memory, i, broken, p, -1, now)
    if lamp.letter != 0 and not same_aspect(lamp.letter, lamp.shown):
        if broken == NO_FAULT and place.is_watched == 1:
            broken = broken_change(tables, memory, row, now)
            if broken != NO_FAULT:
                complain(tables, memory, i, broken, p, -1, now)
        lamp.since = now
        if drives(lamp.letter):
            lamp.green_end = now


@kernel
def may_both_show(together: int, letter: int, other: int) -> bool:
    """Return whether two positions may show these letters at a time."""
    if together == NEVER_BOTH:
        return not (occupies(letter) and occupies(other))
    return together != ONE_YIELDS or letter != GREEN or other != GREEN


@kernel
def judge_pairs(tables: WatchTables, memory: WatchMemory, i: int, row: int, now: int) -> None:
    """Hold a position of signal ``i`` that may now be driven over against all others: conflicts and intergreens."""
    first, place = tables.watch_signals[i].first_place, tables.watch_places[row]
    lamp = memory.watch_lamps[row]
    begins = drives(lamp.shown) and lamp.letter != 0 and not drives(lamp.letter)
    for k in range(place.first_pair, place.first_pair + place.num_pairs):
        pair = tables.watch_pairs[k]
        other = memory.watch_lamps[first + pair.ending]
        if not may_both_show(pair.together, lamp.shown, other.shown):
            latch(memory, i, CONFLICT, row - first, pair.ending, now)
        elif begins and now - other.green_end < pair.intergreen and not drives(other.shown):
            complain(tables, memory, i, INTERGREEN, pair.ending, row - first, now)


@kernel
def red_from(memory: WatchMemory, row: int) -> int:
    """Return since when a position that may not be driven over has had no green [ms], as far as it was watched."""
    return max(memory.watch_lamps[row].green_end, memory.watch_log[0].begin)


@kernel
def first_deadline(tables: WatchTables, memory: WatchMemory, i: int) -> int:
    """Return when the first red of signal ``i`` gets too long [ms]."""
    signal, deadline = tables.watch_signals[i], NEVER
    if signal.has_max_red == 0:
        return deadline
    for row in range(signal.first_place, signal.first_place + signal.num_places):
        if not drives(memory.watch_lamps[row].letter):
            deadline = min(deadline, red_from(memory, row) + tables.watch_places[row].max_red)
    return deadline


@kernel
def judge_red(tables: WatchTables, memory: WatchMemory, i: int, now: int) -> None:
    """Complain of the red of signal ``i`` that has lasted too long, and again when it has lasted as long once more."""
    signal = tables.watch_signals[i]
    for p in range(signal.num_places):
        row = signal.first_place + p
        max_red = tables.watch_places[row].max_red
        if not drives(memory.watch_lamps[row].letter) and now - red_from(memory, row) >= max_red:
            latch(memory, i, MAX_RED, p, -1, now)
            memory.watch_states[i].red_deadline = now + max_red


@kernel
def gets_stronger(before: int, shown: int) -> bool:
    """Return whether a position may newly be driven over, or now with priority."""
    return occupies(shown) and (not occupies(before) or (shown == GREEN and before != GREEN))


@kernel
def judge_change(tables: WatchTables, memory: WatchMemory, i: int, now: int) -> None:
    """Judge the second in which some positions of signal ``i`` show another letter."""
    seen, first = memory.watch_states[i], tables.watch_signals[i].first_place
    end = first + seen.num_changed
    for k in range(first, end):
        judge_place(tables, memory, i, memory.watch_changed[k], now)
    for k in range(first, end):
        lamp = memory.watch_lamps[memory.watch_changed[k]]
        if gets_stronger(lamp.letter, lamp.shown):
            judge_pairs(tables, memory, i, memory.watch_changed[k], now)
    for k in range(first, end):
        lamp = memory.watch_lamps[memory.watch_changed[k]]
        lamp.letter = lamp.shown
    seen.num_changed, seen.row_since = 0, LONG_AGO if memory.watch_log[0].is_fresh == 1 else now
    seen.red_deadline = first_deadline(tables, memory, i)


@kernel
def notice(tables: WatchTables, memory: WatchMemory, i: int, row: int, letter: int) -> None:
    """Note that a position of signal ``i`` shows a new letter."""
    lamp, seen = memory.watch_lamps[row], memory.watch_states[i]
    if lamp.shown == lamp.letter:
        memory.watch_changed[tables.watch_signals[i].first_place + seen.num_changed] = row
        seen.num_changed += 1
    lamp.shown = letter


@kernel
def look_at_all(tables: WatchTables, memory: WatchMemory) -> None:
    """Count every position as changed, for the first second."""
    for i in range(len(tables.watch_signals)):
        signal = tables.watch_signals[i]
        memory.watch_states[i].num_changed = signal.num_places
        for row in range(signal.first_place, signal.first_place + signal.num_places):
            memory.watch_changed[row] = row


@kernel
def judge_all(tables: WatchTables, memory: WatchMemory, now: int) -> None:
    """Judge what all signals show in the second that begins at ``now`` [ms]."""
    log = memory.watch_log[0]
    log.signal_seconds += len(tables.watch_signals)
    if log.is_fresh == 1:
        look_at_all(tables, memory)
    for i in range(len(tables.watch_signals)):
        if memory.watch_states[i].num_changed > 0:
            judge_change(tables, memory, i, now)
        if now >= memory.watch_states[i].red_deadline:
            judge_red(tables, memory, i, now)
    log.is_fresh = 0


@kernel
def reset_watch(tables: WatchTables, memory: WatchMemory, begin: int) -> None:
    """Forget all faults and all that was seen; the run begins at ``begin`` [s]."""
    log = memory.watch_log[0]
    log.rule = log.time = log.signal = log.place = log.other = 0
    log.faults = log.signal_seconds = 0
    log.begin, log.is_fresh = begin * 1000, 1
    for i in range(len(tables.watch_signals)):
        seen = memory.watch_states[i]
        seen.num_changed, seen.row_since, seen.red_deadline = 0, LONG_AGO, NEVER
    for row in range(len(tables.watch_places)):
        lamp = memory.watch_lamps[row]
        lamp.letter = lamp.shown = lamp.num_changed = 0
        lamp.since = lamp.green_end = LONG_AGO


@kernel
def any_changed(net: Network, world: World, first: int, end: int) -> bool:
    """Return whether some of a row of links show another letter than in the second before, without a branch."""
    difference = 0
    for k in range(first, end):
        difference |= world.links[net.watch_index[k]].state ^ world.watch_seen[k]
    return difference != 0


@kernel
def look_at(net: Network, world: World, k: int, letter: int) -> None:
    """Look at a link that shows another letter than in the second before."""
    watched = net.watch_links[k]
    world.watch_seen[k] = letter
    notice(net, world, watched.signal, watched.place, letter)
    world.watch_lamps[watched.place].num_changed += 1


@kernel
def watch_links(net: Network, world: World) -> None:
    """Look at the letter that drivers see at every link under a signal, and judge it."""
    num_links = len(net.watch_links)
    for first in range(0, num_links, BLOCK):
        end = min(first + BLOCK, num_links)
        if any_changed(net, world, first, end):
            for k in range(first, end):
                letter = world.links[net.watch_index[k]].state
                if letter != world.watch_seen[k]:
                    look_at(net, world, k, letter)
    judge_all(net, world, world.clock[0].time * 1000)


@kernel
def forget_links(net: Network, world: World) -> None:
    """Forget what the links showed."""
    for k in range(len(net.watch_links)):
        world.watch_seen[k] = 0


@kernel
def watch_letters(tables: WatchTables, memory: WatchMemory, letters: NDArray[np.uint8], time: int) -> None:
    """Look at the state strings of the second from ``time`` [s] on, and judge them.

    They are (num_signals, width) ASCII letters, padded with 0.
    """
    for i in range(len(tables.watch_signals)):
        signal = tables.watch_signals[i]
        for p in range(max(letters.shape[1], signal.num_places)):
            letter = int(letters[i, p]) if p < letters.shape[1] else 0
            if p < signal.num_places:
                if letter != memory.watch_lamps[signal.first_place + p].letter:
                    notice(tables, memory, i, signal.first_place + p, letter)
            elif letter != 0:
                latch(memory, i, NO_INDICATION, p, -1, time * 1000)
    judge_all(tables, memory, time * 1000)


@entry
def start_watch(tables: WatchTables, memory: WatchMemory, begin: int) -> None:
    """Call ``reset_watch`` from Python."""
    reset_watch(tables, memory, begin)


@entry
def run_watch(tables: WatchTables, memory: WatchMemory, letters: NDArray[np.uint8], begin: int) -> None:
    """Watch one second after the other from ``begin`` [s] on; letters are (num_seconds, num_signals, width)."""
    for second in range(len(letters)):
        watch_letters(tables, memory, letters[second], begin + second)
