"""The longest red: which green has to come, whatever is asked for, lest some movement is red for too long.

Part of the clearance function (``trafficai.core.signals``). The promise is kept for every sequence of requests: links
are served in the order in which they turned red, each phase for its least green, and a phase is left to choice only
while there is time for one more before that has to begin.
"""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.signal_records import NO_LINK, SignalState, SignalTables, green_row, is_go, whole_seconds


@kernel
def is_waiting(tables: SignalTables, state: SignalState, i: int, link: int) -> bool:
    """Return whether a link of signal ``i`` has no green now, and some green phase would give it one."""
    return tables.links[tables.signals[i].first_link + link].is_served == 1 and not is_go(state.colours[i, link])


@kernel
def first_supervision(tables: SignalTables, state: SignalState, i: int) -> int:
    """Return until when no red of signal ``i`` can become too long whatever is asked for [ms]: no exact bound."""
    signal = tables.signals[i]
    if signal.max_red == 0:
        return 0
    service = signal.longest_change + whole_seconds(signal.min_green)
    slack = signal.max_red - signal.num_green * service - signal.longest_change
    bound = state.signals[i].since + signal.max_red
    for link in range(signal.num_links):
        if is_waiting(tables, state, i, link):
            bound = min(bound, state.green_ends[i, link] + slack)
    return bound


@kernel
def num_longer_red(tables: SignalTables, state: SignalState, i: int, link: int) -> int:
    """Return how many links of signal ``i`` are to be served before this one, which has been red for less long."""
    end, count = state.green_ends[i, link], 0
    for other in range(tables.signals[i].num_links):
        if is_waiting(tables, state, i, other):
            other_end = state.green_ends[i, other]
            if other_end < end or (other_end == end and other < link):
                count += 1
    return count


@kernel
def longest_red(tables: SignalTables, state: SignalState, i: int, now: int) -> int:
    """Return the link of signal ``i`` that is red longest, if some red gets too long unless it is served; else NO_LINK.

    A link is safe while one more phase, chosen freely, leaves time for all that come before it and for itself.
    """
    signal = tables.signals[i]
    service = signal.longest_change + whole_seconds(signal.min_green)
    oldest, is_urgent = NO_LINK, False
    for link in range(signal.num_links):
        if is_waiting(tables, state, i, link):
            before = min(num_longer_red(tables, state, i, link), max(0, signal.num_green - 2))
            left = state.green_ends[i, link] + signal.max_red - now
            is_urgent = is_urgent or left <= (before + 1) * service + signal.longest_change
            if oldest == NO_LINK or state.green_ends[i, link] < state.green_ends[i, oldest]:
                oldest = link
    return oldest if is_urgent else NO_LINK


@kernel
def supervised_request(tables: SignalTables, state: SignalState, i: int, request: int, now: int) -> int:
    """Return the request of signal ``i``, or the green phase that has to come lest some red gets too long."""
    link = longest_red(tables, state, i, now)
    if link == NO_LINK:
        return request
    if 0 <= request < tables.signals[i].num_green and is_go(tables.colours[green_row(tables, i, request), link]):
        return request
    for green in range(tables.signals[i].num_green):
        if is_go(tables.colours[green_row(tables, i, green), link]):
            return green
    return request
