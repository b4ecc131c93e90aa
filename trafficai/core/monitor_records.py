"""The records of the signal monitor: what it holds the colours against, and what it has seen."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

RecordArray: TypeAlias = "np.recarray[Any, Any]"

NEVER_BOTH, ONE_YIELDS, FREE = range(3)
"""How two positions of a signal may be green together: not at all, where one of them yields, or as they like."""

NEVER = 1 << 50
"""A time that no run reaches [ms]."""

WATCH_SIGNAL = np.dtype(
    [
        ("num_places", np.int32),  # positions of the state string
        ("first_place", np.int32),  # row of the first in watch_places
        ("has_max_red", np.int32),  # 1 where some position's red has a limit
        ("num_rows", np.int32),  # phases of the signal's own program
        ("first_row", np.int32),  # row of the first in watch_rows
        ("first_letter", np.int32),  # of the first phase in watch_letters: num_rows rows of num_places
    ],
    align=True,
)
"""One row per signal."""

WATCH_PLACE = np.dtype(
    [
        ("yellow", np.int64),  # [ms], least
        ("min_green", np.int64),  # [ms]
        ("red_amber", np.int64),  # [ms], least; 0 where green may follow on red
        ("max_red", np.int64),  # [ms], NEVER where there is no limit
        ("is_watched", np.int32),  # 0 where it shows nothing to road vehicles
        ("first_pair", np.int32),  # row of the first pair in watch_pairs whose green begins here
        ("num_pairs", np.int32),
        ("num_links", np.int32),  # links of the core that show it, 0 where state strings are looked at
    ],
    align=True,
)
"""One row per position of a signal's state string."""

WATCH_PAIR = np.dtype([("intergreen", np.int64), ("together", np.int32), ("ending", np.int32)], align=True)
"""One row per ordered pair of positions that are not free of each other, one run per position whose green begins: least
time from the end of the other's green [ms], how both may be green, and which the other is."""

WATCH_ROW = np.dtype([("duration", np.int64), ("next", np.int32)], align=True)
"""One row per phase of the own program: how long it lasts [ms], and the position of the one that follows."""

WATCH_LINK = np.dtype([("place", np.int32), ("signal", np.int32)], align=True)
"""One row per link of the core at a position that is watched: the position's row, and its signal."""

LAMP = np.dtype(
    [
        ("letter", np.int32),  # ASCII, shown in the second before; 0 is nothing
        ("shown", np.int32),  # ASCII, in this second
        ("since", np.int64),  # [ms], begin of the green, yellow, red-amber or red that ``letter`` belongs to
        ("green_end", np.int64),  # [ms], of the last green
        ("num_changed", np.int32),  # links of the core that show the new letter
    ],
    align=True,
)
"""One row per position and world."""

WATCH_STATE = np.dtype(
    [
        ("num_changed", np.int32),  # positions that show another letter than in the second before
        ("row_since", np.int64),  # [ms], when the present letters came up
        ("red_deadline", np.int64),  # [ms], when the first red of the present letters gets too long
    ],
    align=True,
)
"""One row per signal and world."""

WATCH_LOG = np.dtype(
    [
        ("rule", np.int64),  # of the first fault, 0 while there is none
        ("time", np.int64),  # [ms], of the first fault; likewise what follows
        ("signal", np.int64),
        ("place", np.int64),  # position in the state string
        ("other", np.int64),  # position of the other one where two are at fault, else -1
        ("faults", np.int64),
        ("signal_seconds", np.int64),  # watched so far
        ("begin", np.int64),  # [ms]
        ("is_fresh", np.int64),  # 1 until the first second has been seen
    ],
    align=True,
)
"""One row per world."""


class WatchTables(Protocol):
    """What the monitor holds the colours against; fields of the core's ``Network`` too."""

    @property
    def watch_signals(self) -> RecordArray:
        """Return WATCH_SIGNAL, (num_signals,)."""
        ...

    @property
    def watch_places(self) -> RecordArray:
        """Return WATCH_PLACE, (num_places,), signal after signal."""
        ...

    @property
    def watch_pairs(self) -> RecordArray:
        """Return WATCH_PAIR, (num_pairs,), position after position whose green begins."""
        ...

    @property
    def watch_rows(self) -> RecordArray:
        """Return WATCH_ROW, (num_rows,), signal after signal."""
        ...

    @property
    def watch_letters(self) -> NDArray[np.uint8]:
        """Return the ASCII letters of every row, (sum of num_rows times num_places,)."""
        ...


class WatchMemory(Protocol):
    """What the monitor has seen; fields of the core's ``World`` too."""

    @property
    def watch_log(self) -> RecordArray:
        """Return WATCH_LOG, (1,)."""
        ...

    @property
    def watch_states(self) -> RecordArray:
        """Return WATCH_STATE, (num_signals,)."""
        ...

    @property
    def watch_lamps(self) -> RecordArray:
        """Return LAMP, (num_places,)."""
        ...

    @property
    def watch_changed(self) -> NDArray[np.int32]:
        """Return the rows of the lamps that have just changed, (num_places,), each signal's from its first place on."""
        ...


class MonitorTables(NamedTuple):
    """``WatchTables`` by themselves."""

    watch_signals: RecordArray  # (num_signals,) WATCH_SIGNAL
    watch_places: RecordArray  # (num_places,) WATCH_PLACE
    watch_pairs: RecordArray  # (num_pairs,) WATCH_PAIR
    watch_rows: RecordArray  # (num_rows,) WATCH_ROW
    watch_letters: NDArray[np.uint8]  # (sum of num_rows times num_places,) ASCII


class MonitorMemory(NamedTuple):
    """``WatchMemory`` by itself."""

    watch_log: RecordArray  # (1,) WATCH_LOG
    watch_states: RecordArray  # (num_signals,) WATCH_STATE
    watch_lamps: RecordArray  # (num_places,) LAMP
    watch_changed: NDArray[np.int32]  # (num_places,)


def new_memory(tables: WatchTables) -> MonitorMemory:
    """Return room for what is seen of the signals of one world; ``reset_watch`` must fill it."""
    return MonitorMemory(
        watch_log=np.zeros(1, dtype=WATCH_LOG).view(np.recarray),
        watch_states=np.zeros(len(tables.watch_signals), dtype=WATCH_STATE).view(np.recarray),
        watch_lamps=np.zeros(len(tables.watch_places), dtype=LAMP).view(np.recarray),
        watch_changed=np.zeros(len(tables.watch_places), dtype=np.int32),
    )
