"""The records of the clearance function: what never changes about signals, what does, and what their colours mean."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import kernel

RED, YELLOW, MINOR_GREEN, MAJOR_GREEN, RED_YELLOW, STOP_GREEN, OFF_BLINKING, OFF = range(8)
"""Colour codes; position in ``COLOUR_LETTERS``."""

COLOUR_LETTERS = "rygGusoO"
"""SUMO's letter of each colour code: red, yellow, yielding green, green, red-yellow, stop first, off blinking, off."""

NO_LINK = -1
"""No position of a state string."""

MODE_PROGRAM, MODE_GREEN, MODE_YELLOW, MODE_ALL_RED = range(4)
"""What a signal is doing: its own program, a green on demand, or one half of the clearance between two greens."""

SIGNAL = np.dtype(
    [
        ("num_links", np.int32),  # positions of the state string
        ("num_phases", np.int32),  # phases of the own program
        ("num_green", np.int32),  # green phases on offer
        ("first_phase", np.int32),  # row of the program's first phase in SignalTables.phases
        ("first_green", np.int32),  # row of the first green phase in SignalTables.green_rows
        ("first_link", np.int32),  # row of the first position in SignalTables.links
        ("first_intergreen", np.int32),  # of the signal's matrix in SignalTables.intergreens, -1 where it has none
        ("cycle", np.int64),  # [ms]
        ("offset", np.int64),  # [ms], a positive one delays the program
        ("yellow", np.int64),  # [ms]
        ("all_red", np.int64),  # [ms]
        ("min_green", np.int64),  # [ms]
        ("red_amber", np.int64),  # [ms], 0 where red-amber is not shown
        ("max_red", np.int64),  # [ms], 0 where red may last for ever
        ("longest_change", np.int64),  # [ms], whole seconds: no change from green to green takes longer
        ("least_yellow", np.int64),  # [ms], whole seconds: how long the green before stays where nobody loses it
    ],
    align=True,
)
"""One row per signal; never changes during a run."""

PHASE = np.dtype([("duration", np.int64), ("next", np.int32), ("green", np.int32)], align=True)
"""One row per program phase: duration [ms], position of the next phase in the program, green index or -1."""

SIGNAL_LINK = np.dtype([("yellow", np.int64), ("is_served", np.int32)], align=True)
"""One row per position of a signal: its yellow [ms], and 1 where some green phase lets it go."""

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
        ("yellow_end", np.int64),  # [ms], end of the longest yellow of the change under way
        ("ready", np.int64),  # [ms], when the change under way ends in green
        ("until", np.int64),  # [ms], when the change under way next shows other colours
        ("supervised", np.int64),  # [ms], until then no red of this green can become too long
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
    links: RecordArray  # (total_links,) SIGNAL_LINK, signal after signal
    intergreens: NDArray[np.int64]  # (total,) [ms], end of green (row) to begin of green (column), matrix after matrix


class SignalState(NamedTuple):
    """The signals of one world."""

    signals: RecordArray  # (num_signals,) SIGNAL_STATE
    colours: NDArray[np.uint8]  # (num_signals, max_links) colour codes of the present second
    green_ends: NDArray[np.int64]  # (num_signals, max_links) [ms], when each position lost its last green


def new_signal_state(tables: SignalTables) -> SignalState:
    """Return room for the signals of one world; ``reset_signals`` must fill it."""
    num_signals = len(tables.signals)
    return SignalState(
        signals=np.zeros(num_signals, dtype=SIGNAL_STATE).view(np.recarray),
        colours=np.zeros((num_signals, tables.colours.shape[1]), dtype=np.uint8),
        green_ends=np.zeros((num_signals, tables.colours.shape[1]), dtype=np.int64),
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
def whole_seconds(time: int) -> int:
    """Return a time [ms] rounded up to what whole seconds can show [ms]."""
    return (time + 999) // 1000 * 1000


@kernel
def green_row(tables: SignalTables, i: int, green: int) -> int:
    """Return the phase table row of a green phase of signal ``i``."""
    return int(tables.green_rows[tables.signals[i].first_green + green])
