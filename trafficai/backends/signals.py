"""From the scenario's signals to the tables of the one clearance function (``trafficai.core.signals``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core.signals import COLOUR_LETTERS, PHASE, RED, SIGNAL, RecordArray, SignalTables
from trafficai.datatypes import InputError
from trafficai.scenario.model import Phase, Signal


def colour_codes(state: str) -> NDArray[np.uint8]:
    """Return the colour code of each letter of a SUMO state string; ValueError for an unknown letter."""
    return np.array([COLOUR_LETTERS.index(letter) for letter in state], dtype=np.uint8)


def state_string(colours: NDArray[np.uint8]) -> str:
    """Return the SUMO state string of a row of colour codes."""
    return "".join(COLOUR_LETTERS[code] for code in colours)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000.0)


def _next_phase(phases: tuple[Phase, ...], position: int) -> int:
    """Return the phase that follows in a static program: the first of ``next`` where given, as in SUMO."""
    following = phases[position].next
    return following[0] if following and 0 <= following[0] < len(phases) else (position + 1) % len(phases)


def _phase_rows(signal: Signal) -> list[tuple[int, int, int]]:
    """Return the PHASE rows of the signal's own program; InputError where a phase has no length."""
    phases = signal.program.phases
    if not phases or any(_milliseconds(phase.duration) <= 0 for phase in phases):
        raise InputError("every phase of a program needs a duration above 0 s", element=f"tlLogic {signal.id!r}")
    green = {phase: index for index, phase in enumerate(signal.green_phases)}
    return [(_milliseconds(p.duration), _next_phase(phases, i), green.get(i, -1)) for i, p in enumerate(phases)]


def _signal_row(signal: Signal, first_phase: int, first_green: int) -> tuple[int, ...]:
    """Return the SIGNAL row of a signal whose phases and greens start at the given table rows."""
    durations = [_milliseconds(phase.duration) for phase in signal.program.phases]
    times = (signal.program.offset, signal.yellow, signal.all_red, signal.min_green)
    counts = (len(signal.program.phases[0].state), len(durations), signal.num_phases)
    return (*counts, first_phase, first_green, sum(durations), *(_milliseconds(time) for time in times))


def _signal_rows(signals: tuple[Signal, ...]) -> tuple[RecordArray, NDArray[np.int32]]:
    """Return the SIGNAL table and, signal after signal, the phase row of each green phase."""
    rows: list[tuple[int, ...]] = []
    green_rows: list[int] = []
    first_phase = 0
    for signal in signals:
        rows.append(_signal_row(signal, first_phase, len(green_rows)))
        green_rows += [first_phase + phase for phase in signal.green_phases]
        first_phase += len(signal.program.phases)
    return np.array(rows, dtype=SIGNAL).view(np.recarray), np.array(green_rows, dtype=np.int32)


def build_signal_tables(signals: tuple[Signal, ...]) -> SignalTables:
    """Lay the signals out as tables, in their order; InputError where a program cannot run."""
    phase_rows = [row for signal in signals for row in _phase_rows(signal)]
    states = [phase.state for signal in signals for phase in signal.program.phases]
    colours = np.full((len(states), max(map(len, states), default=0)), RED, dtype=np.uint8)
    for row, state in enumerate(states):
        colours[row, : len(state)] = colour_codes(state)
    rows, green_rows = _signal_rows(signals)
    return SignalTables(rows, np.array(phase_rows, dtype=PHASE).view(np.recarray), colours, green_rows)
