"""What a signal shows between two greens, and how long that takes, read off its letters.

The clearance function (``trafficai.core.signals``) does the same second by second, from requests; this says beforehand
what it will do, so that plans can be laid out and written as programs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from trafficai.scenario.model import Signal

GO = frozenset("GgoO")
"""Letters that let vehicles drive on, so that they may only end in yellow."""


def whole_seconds(time: float) -> float:
    """Return a time [s] rounded up to what whole seconds can show."""
    return float(math.ceil(round(time, 3)))


def is_losing(before: str, after: str) -> bool:
    """Return whether a position that shows ``before`` loses its green to ``after``."""
    return before in GO and after not in GO


def is_gaining(before: str, after: str) -> bool:
    """Return whether a position that shows ``before`` gains green with ``after``."""
    return after in GO and before not in GO


def longest_yellow(signal: Signal, before: str, after: str) -> float:
    """Return the longest yellow of the positions that lose their green [s]; 0 where none does."""
    losing = [i for i, pair in enumerate(zip(before, after, strict=True)) if is_losing(*pair)]
    return max((whole_seconds(signal.yellow_of(i)) for i in losing), default=0.0)


def change_length(signal: Signal, before: str, after: str, red_for: Sequence[float] = ()) -> float:
    """Return how long the change from one state of green to the next takes [s], 0 where nothing is to be cleared.

    Args:
        signal: whose times count.
        before: the state that ends.
        after: the state that begins.
        red_for: how long each position has been without green when the change begins [s]; by default for ever.
    """
    pairs = list(zip(before, after, strict=True))
    yellow = longest_yellow(signal, before, after)
    after_yellow = 0.0 if signal.intergreen else whole_seconds(signal.all_red)
    length = yellow + after_yellow if yellow else 0.0
    if not any(is_gaining(*pair) for pair in pairs):
        return length
    since = [0.0 if old in GO else (red_for[i] if red_for else math.inf) for i, (old, _) in enumerate(pairs)]
    closed = [i for i, (_, new) in enumerate(pairs) if new not in GO]
    opened = [i for i, pair in enumerate(pairs) if is_gaining(*pair)]
    red_amber = whole_seconds(signal.red_amber)
    if signal.intergreen:
        due = [whole_seconds(signal.intergreen[i][j]) - since[i] for i in closed for j in opened]
    else:
        due = [whole_seconds(signal.yellow_of(i)) + after_yellow + red_amber - since[i] for i in closed]
    return max(length, red_amber, *due) if due else max(length, red_amber)


def phase_change_length(signal: Signal, before: int, after: int) -> float:
    """Return how long the change between two green phases takes [s]."""
    return change_length(signal, signal.green_state(before), signal.green_state(after))


def change_states(signal: Signal, before: str, after: str, length: float) -> list[tuple[float, str]]:
    """Return what is shown in a change of that length: durations [s] and states, one after the other."""
    red_amber = length - whole_seconds(signal.red_amber)
    times = {0.0, red_amber, longest_yellow(signal, before, after)}
    times |= {whole_seconds(signal.yellow_of(i)) for i in range(len(before))}
    begins = sorted(time for time in times if 0.0 <= time < length)
    shown = [_state_at(signal, before, after, time, red_amber) for time in begins]
    return [(end - begin, state) for begin, end, state in zip(begins, [*begins[1:], length], shown, strict=True)]


def _state_at(signal: Signal, before: str, after: str, time: float, red_amber: float) -> str:
    """Return the state so long [s] after the green ended; red-amber begins at ``red_amber``."""
    yellow = longest_yellow(signal, before, after)
    letters = []
    for i, (old, new) in enumerate(zip(before, after, strict=True)):
        if is_gaining(old, new) and time >= red_amber:
            letters.append("u")
        elif is_losing(old, new):
            letters.append("y" if time < whole_seconds(signal.yellow_of(i)) else "r")
        elif time < yellow or old == new:
            letters.append(old)
        else:
            letters.append("g" if old in GO and new in GO else "r")
    return "".join(letters)
