"""From the scenario's signals to the tables of the one clearance function (``trafficai.core.signals``)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.core.signals import COLOUR_LETTERS, PHASE, RED, SIGNAL, SIGNAL_LINK, RecordArray, SignalTables
from trafficai.datatypes import InputError
from trafficai.scenario.model import Phase, Scenario, Signal

_GO = frozenset("gGoO")


def colour_codes(state: str) -> NDArray[np.uint8]:
    """Return the colour code of each letter of a SUMO state string; ValueError for an unknown letter."""
    return np.array([COLOUR_LETTERS.index(letter) for letter in state], dtype=np.uint8)


def state_string(colours: NDArray[np.uint8]) -> str:
    """Return the SUMO state string of a row of colour codes."""
    return "".join(COLOUR_LETTERS[code] for code in colours)


_REPLACED: Final[dict[str, dict[str, Any]]] = {
    "yellow": {"yellows": ()},
    "all_red": {"red_amber": 0.0, "intergreen": ()},
}
"""What else of a signal a time takes the place of."""


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000.0)


def _next_phase(phases: tuple[Phase, ...], position: int) -> int:
    """Return the phase that follows in a static program: the first of ``next`` where given, as in SUMO."""
    following = phases[position].next
    return following[0] if following and 0 <= following[0] < len(phases) else (position + 1) % len(phases)


def _phase_rows(signal: Signal) -> list[tuple[int, int, int]]:
    """Return the PHASE rows of the signal's own program and, behind it, of the greens that it lacks.

    Raises:
        InputError: where a phase of the program has no length.
    """
    phases = signal.program.phases
    if not phases or any(_milliseconds(phase.duration) <= 0 for phase in phases):
        raise InputError("every phase of a program needs a duration above 0 s", element=f"tlLogic {signal.id!r}")
    green = {phase: index for index, phase in enumerate(signal.green_phases)}
    own = [(_milliseconds(p.duration), _next_phase(phases, i), green.get(i, -1)) for i, p in enumerate(phases)]
    return own + [(0, 0, number) for number in range(len(green), signal.num_phases)]


def _states(signal: Signal) -> list[str]:
    """Return the colours of the signal's PHASE rows."""
    return [*(phase.state for phase in signal.program.phases), *signal.built_greens]


def _whole(seconds: float) -> int:
    """Return a time [s] rounded up to whole seconds [ms]."""
    return -(-_milliseconds(seconds) // 1000) * 1000


def _num_links(signal: Signal) -> int:
    return len(signal.program.phases[0].state)


def _longest_yellow(signal: Signal) -> int:
    """Return the longest yellow among the positions of the signal [ms]."""
    return max(_whole(signal.yellow_of(position)) for position in range(_num_links(signal)))


def _least_yellow(signal: Signal) -> int:
    """Return how long a change keeps the green before it where nobody loses it [ms]."""
    return _longest_yellow(signal) if signal.always_yellow else 0


def longest_change(signal: Signal) -> int:
    """Return what a change between two greens of the signal takes at most [ms]."""
    yellow = _longest_yellow(signal)
    red_amber = _whole(signal.red_amber)
    if signal.intergreen:
        return max(yellow, red_amber, max(_whole(time) for row in signal.intergreen for time in row))
    return yellow + _whole(signal.all_red) + red_amber


def change_time(signal: Signal, before: int, after: int) -> float:
    """Return what a change from one green phase to another takes [s], where all greens before are long over.

    Counted from the end, -1 is the last phase.
    """
    num_phases = signal.num_phases
    pairs = list(zip(signal.green_state(before % num_phases), signal.green_state(after % num_phases), strict=True))
    ending = [i for i, (old, new) in enumerate(pairs) if old in _GO and new not in _GO]
    starting = [i for i, (old, new) in enumerate(pairs) if new in _GO and old not in _GO]
    yellow = max((_whole(signal.yellow_of(position)) for position in ending), default=_least_yellow(signal))
    times = [yellow if signal.intergreen or yellow == 0 else yellow + _whole(signal.all_red)]
    if starting:
        times.append(_whole(signal.red_amber))
    if starting and signal.intergreen:
        times += [_whole(signal.intergreen[end][start]) for end in ending for start in starting]
    elif starting and ending:
        times.append(yellow + _whole(signal.all_red) + _whole(signal.red_amber))
    return max(times) / 1000.0


def least_max_red(signal: Signal) -> float:
    """Return the shortest longest red that can be kept whatever is asked for [s]: every phase once, and one change."""
    change = longest_change(signal)
    return (signal.num_phases * (change + _whole(signal.min_green)) + change) / 1000.0


def with_max_red(scenario: Scenario, max_red: float) -> Scenario:
    """Return the scenario with a longest red [s] at every signal that has none of its own; 0 changes nothing.

    A signal that can't keep it gets the least that it can.
    """
    if not max_red:
        return scenario
    signals = (s if s.max_red else replace(s, max_red=max(max_red, least_max_red(s))) for s in scenario.signals)
    return replace(scenario, signals=tuple(signals))


def with_clearance(
    scenario: Scenario,
    yellow: float | None = None,
    all_red: float | None = None,
    min_green: float | None = None,
    *,
    always_yellow: bool = False,
) -> Scenario:
    """Return the scenario with these times [s] at every signal, each where it is given.

    An all-red takes the place of red-amber and intergreens too. With ``always_yellow`` a change takes its time also
    where nobody loses green.

    Raises:
        InputError: a time is negative or not finite.
    """
    changes: dict[str, Any] = {"always_yellow": True} if always_yellow else {}
    for name, time in (("yellow", yellow), ("all_red", all_red), ("min_green", min_green)):
        if time is not None:
            if not 0.0 <= time < float("inf"):
                raise InputError(f"{name} must be a time of at least 0 s, not {time!r}")
            changes |= {name: float(time), **_REPLACED.get(name, {})}
    return replace(scenario, signals=tuple(replace(s, **changes) for s in scenario.signals)) if changes else scenario


def _check_times(signal: Signal) -> None:
    """Refuse times that can't be kept."""
    where = f"tlLogic {signal.id!r}"
    if signal.intergreen and {len(signal.intergreen), *map(len, signal.intergreen)} != {_num_links(signal)}:
        raise InputError(f"its intergreen matrix needs {_num_links(signal)} rows and columns", element=where)
    if 0.0 < signal.max_red < least_max_red(signal):
        least = f"{least_max_red(signal):g}"
        raise InputError(f"max_red {signal.max_red:g} s can't be kept; give at least {least} s, or 0", element=where)


def _signal_row(signal: Signal, first_rows: tuple[int, ...]) -> tuple[int, ...]:
    """Return the SIGNAL row of a signal whose phases, greens, links and intergreens start at the given table rows."""
    _check_times(signal)
    durations = [_milliseconds(phase.duration) for phase in signal.program.phases]
    offset = _milliseconds(signal.program.offset)
    times = (signal.yellow, signal.all_red, signal.min_green, signal.red_amber, signal.max_red)
    counts = (_num_links(signal), len(durations), signal.num_phases)
    changes = (longest_change(signal), _least_yellow(signal))
    return (*counts, *first_rows, sum(durations), offset, *map(_milliseconds, times), *changes)


def _signal_rows(signals: tuple[Signal, ...]) -> tuple[RecordArray, NDArray[np.int32]]:
    """Return the SIGNAL table and, signal after signal, the phase row of each green phase."""
    rows: list[tuple[int, ...]] = []
    green_rows: list[int] = []
    first_phase = first_link = first_intergreen = 0
    for signal in signals:
        first_of_matrix = first_intergreen if signal.intergreen else -1
        rows.append(_signal_row(signal, (first_phase, len(green_rows), first_link, first_of_matrix)))
        num_own, num_rows = len(signal.program.phases), len(_states(signal))
        green_rows += [first_phase + phase for phase in (*signal.green_phases, *range(num_own, num_rows))]
        first_phase += num_rows
        first_link += _num_links(signal)
        first_intergreen += sum(map(len, signal.intergreen))
    return np.array(rows, dtype=SIGNAL).view(np.recarray), np.array(green_rows, dtype=np.int32)


def _link_rows(signal: Signal) -> list[tuple[int, int]]:
    """Return the SIGNAL_LINK rows of a signal."""
    greens = [signal.green_state(phase) for phase in range(signal.num_phases)]
    served = [any(state[position] in _GO for state in greens) for position in range(_num_links(signal))]
    return [(_milliseconds(signal.yellow_of(position)), int(is_served)) for position, is_served in enumerate(served)]


def build_signal_tables(signals: tuple[Signal, ...]) -> SignalTables:
    """Lay the signals out as tables, in their order; InputError where a program cannot run."""
    phase_rows = [row for signal in signals for row in _phase_rows(signal)]
    states = [state for signal in signals for state in _states(signal)]
    colours = np.full((len(states), max(map(len, states), default=0)), RED, dtype=np.uint8)
    for row, state in enumerate(states):
        colours[row, : len(state)] = colour_codes(state)
    rows, green_rows = _signal_rows(signals)
    links = np.array([row for signal in signals for row in _link_rows(signal)], dtype=SIGNAL_LINK)
    intergreens = [_milliseconds(time) for signal in signals for row in signal.intergreen for time in row]
    return SignalTables(
        signals=rows,
        phases=np.array(phase_rows, dtype=PHASE).view(np.recarray),
        colours=colours,
        green_rows=green_rows,
        links=links.view(np.recarray),
        intergreens=np.array(intergreens, dtype=np.int64),
    )
