"""From a scenario to the tables of the signal monitor, and from its log to words.

Nothing is taken from the clearance function's tables: what conflicts stands in the network's right-of-way matrix, what
a program shows in the program, times in the scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core.monitor_records import (
    FREE,
    NEVER,
    NEVER_BOTH,
    ONE_YIELDS,
    WATCH_LINK,
    WATCH_PAIR,
    WATCH_PLACE,
    WATCH_ROW,
    WATCH_SIGNAL,
    MonitorTables,
    RecordArray,
    WatchMemory,
)
from trafficai.datatypes import SIGNAL_RULES, SignalFault, SignalSafetyFault, SignalWatch
from trafficai.scenario.foes import find_foes
from trafficai.scenario.model import Scenario, Signal

DRIVES = frozenset("GgoO")
OCCUPIES = DRIVES | frozenset("ys")


def monitor_tables(scenario: Scenario) -> MonitorTables:
    """Return the tables for the signals of a scenario, in their order."""
    foes = find_foes(scenario.network)
    return signal_monitor_tables(scenario.signals, [foes.get(signal.id, set()) for signal in scenario.signals])


def signal_monitor_tables(signals: Sequence[Signal], foes: Sequence[set[tuple[int, int]]]) -> MonitorTables:
    """Return the tables for signals whose conflicting positions are given, both ways round."""
    heads: list[tuple[int, ...]] = []
    places: list[tuple[int, ...]] = []
    pairs: list[tuple[int, ...]] = []
    rows: list[tuple[int, int]] = []
    letters = ""
    for signal, own_foes in zip(signals, foes, strict=True):
        size, num_rows = _size(signal), len(signal.program.phases)
        reds = [_longest_red(signal, position) for position in range(size)]
        heads.append((size, len(places), int(min(reds) < NEVER), num_rows, len(rows), len(letters)))
        for position, red in enumerate(reds):
            own_pairs = _pair_rows(signal, own_foes, position)
            places.append((*_place_row(signal, position, red), len(pairs), len(own_pairs), 0))
            pairs += own_pairs
        rows += _program_rows(signal)
        letters += "".join(phase.state for phase in signal.program.phases)
    return MonitorTables(
        watch_signals=np.array(heads, dtype=WATCH_SIGNAL).view(np.recarray),
        watch_places=np.array(places, dtype=WATCH_PLACE).view(np.recarray),
        watch_pairs=np.array(pairs, dtype=WATCH_PAIR).view(np.recarray),
        watch_rows=np.array(rows, dtype=WATCH_ROW).view(np.recarray),
        watch_letters=np.frombuffer(letters.encode(), dtype=np.uint8).copy(),
    )


class WatchedLinks(NamedTuple):
    """The core's links at positions that are watched, signal after signal."""

    rows: RecordArray  # (num_watch_links,) WATCH_LINK
    links: NDArray[np.int32]  # (num_watch_links,)


def watched_links(links: RecordArray, tables: MonitorTables) -> WatchedLinks:
    """Return which of the core's links, LINK rows, are watched; how many show a position goes into ``tables``."""
    found = []
    for link in np.flatnonzero(links["signal"] >= 0).tolist():
        signal = int(links["signal"][link])
        place = int(tables.watch_signals[signal].first_place) + int(links["signal_index"][link])
        if tables.watch_places[place].is_watched:
            found.append((place, signal, link))
            tables.watch_places[place].num_links += 1
    found.sort()
    rows = np.array([(place, signal) for place, signal, _ in found], dtype=WATCH_LINK)
    return WatchedLinks(rows.view(np.recarray), np.array([link for *_, link in found], dtype=np.int32))


def _size(signal: Signal) -> int:
    return len(signal.program.phases[0].state)


def _ms(seconds: float) -> int:
    return round(seconds * 1000.0)


def _up(seconds: float) -> float:
    """Return a time rounded up to the seconds in which colours change [s]."""
    return float(-(-_ms(seconds) // 1000))


def _place_row(signal: Signal, position: int, longest_red: int) -> tuple[int, ...]:
    """Return the times of a position and whether it is watched, as WATCH_PLACE has them."""
    times = (signal.yellow_of(position), signal.min_green, signal.red_amber)
    return (*map(_ms, times), longest_red, int(bool(signal.links[position])))


def _longest_red(signal: Signal, position: int) -> int:
    """Return how long a position may have no green [ms].

    A request may come when the program's own red has lasted almost to its end; then every phase may come once before.
    """
    is_served = any(signal.green_state(phase)[position] in DRIVES for phase in range(signal.num_phases))
    if not (signal.max_red and is_served and signal.links[position]):
        return NEVER
    yellow = max(_up(signal.yellow_of(place)) for place in range(_size(signal)))
    change = yellow + _up(signal.all_red) + _up(signal.red_amber)
    if signal.intergreen:
        change = max(yellow, _up(signal.red_amber), max(_up(time) for row in signal.intergreen for time in row))
    service = change + _up(signal.min_green)
    own = _up(signal.program.cycle if _program_is_cut(signal) else _program_red(signal, position))
    return _ms(max(signal.max_red, own + signal.num_phases * service + change))


def _program_is_cut(signal: Signal) -> bool:
    """Return whether the program has phases that do not follow each other in order."""
    return any(phase.next for phase in signal.program.phases)


def _program_red(signal: Signal, position: int) -> float:
    """Return the longest time without green of a position in its program, which runs over and over [s]."""
    longest = lasted = 0.0
    for phase in signal.program.phases * 2:
        lasted = 0.0 if phase.state[position] in DRIVES else lasted + phase.duration
        longest = max(longest, lasted)
    return longest


def _pair_rows(signal: Signal, foes: set[tuple[int, int]], starting: int) -> list[tuple[int, ...]]:
    """Return the WATCH_PAIR rows of a position whose green begins, with every other that it is not free of."""
    rows: list[tuple[int, ...]] = []
    for ending in range(_size(signal)):
        is_conflict = (ending, starting) in foes
        together = _together(signal, ending, starting) if is_conflict else FREE
        intergreen = _ms(_intergreen(signal, ending, starting, is_conflict))
        if intergreen > 0 or together != FREE:
            rows.append((intergreen, together, ending))
    return rows


def _intergreen(signal: Signal, ending: int, starting: int, is_conflict: bool) -> float:
    """Return the least time from the end of one green to the begin of another [s]."""
    if signal.intergreen:
        return signal.intergreen[ending][starting]
    return signal.yellow_of(ending) + signal.all_red + signal.red_amber if is_conflict else 0.0


def _together(signal: Signal, position: int, other: int) -> int:
    """Return how two conflicting positions may be green together: as the program shows them, or so that one yields.

    What a program lacks, was built; there no two greens that conflict are believed.
    """
    shown = {frozenset((phase.state[position], phase.state[other])) for phase in signal.program.phases}
    if frozenset("G") in shown:
        return FREE
    shown |= {frozenset((state[position], state[other])) for state in signal.built_greens}
    return ONE_YIELDS if any(letters <= OCCUPIES for letters in shown) else NEVER_BOTH


def _program_rows(signal: Signal) -> list[tuple[int, int]]:
    """Return the WATCH_ROW rows of a program."""
    phases = signal.program.phases
    following = [phase.next[0] if phase.next else (row + 1) % len(phases) for row, phase in enumerate(phases)]
    return [(_ms(phase.duration), after) for phase, after in zip(phases, following, strict=True)]


def first_fault(memory: WatchMemory) -> NDArray[np.int32]:
    """Return rule, time [s], signal, position and other position (or -1) of the first fault, (5,); zeros if none."""
    log = memory.watch_log[0]
    return np.array([log.rule, log.time // 1000, log.signal, log.place, log.other], dtype=np.int32)


def describe_fault(fault: NDArray[Any], scenario: Scenario) -> SignalFault | None:
    """Return in words what ``first_fault`` says, None where there is none."""
    rule, time, signal, place, other = (int(value) for value in fault)
    if rule == 0:
        return None
    positions = (place,) if other < 0 else (place, other)
    return SignalFault(SIGNAL_RULES[rule], float(time), scenario.signals[signal].id, positions)


def require_safe(faults: NDArray[np.int32], scenario: Scenario) -> None:
    """Raise SignalSafetyFault if the monitor saw a fault, (..., 5) as ``first_fault`` gives it, in any world."""
    for fault in faults.reshape(-1, faults.shape[-1]):
        found = describe_fault(fault, scenario)
        if found is not None:
            raise SignalSafetyFault(f"the signal monitor stopped the episode: {found}")


def watch_of(memory: WatchMemory, scenario: Scenario) -> SignalWatch:
    """Return what was watched so far."""
    log = memory.watch_log[0]
    first = describe_fault(first_fault(memory), scenario)
    return SignalWatch(int(log.signal_seconds), int(log.faults), first)


def letter_rows(states: Sequence[str]) -> NDArray[np.uint8]:
    """Return state strings as rows of ASCII letters, padded with 0."""
    width = max(map(len, states), default=0)
    rows = np.zeros((len(states), width), dtype=np.uint8)
    for row, state in zip(rows, states, strict=True):
        row[: len(state)] = np.frombuffer(state.encode("ascii", "replace"), dtype=np.uint8)
    return rows
