"""A controller's high-resolution event log: what each signal group showed, and when detectors were occupied.

Event numbers and their meaning are those of the Indiana Traffic Signal Hi Resolution Data Logger Enumerations
(Sturdevant et al., Purdue University and Indiana DOT 2012, https://doi.org/10.4231/K4RN35SH). A phase there is a signal
group here: the movements of a signal that show the same in every phase of its program.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.loop_book import LoopBook
from trafficai.backends.sighting import Sighting
from trafficai.core.records import RecordArray
from trafficai.core.signal_records import MAJOR_GREEN, MINOR_GREEN, STOP_GREEN, YELLOW
from trafficai.core.trails import Moves
from trafficai.scenario.model import Network, Scenario, Signal

PHASE_ON, BEGIN_GREEN, GREEN_TERMINATION, BEGIN_YELLOW, END_YELLOW = 0, 1, 7, 8, 9
BEGIN_RED_CLEARANCE, END_RED_CLEARANCE, PHASE_INACTIVE = 10, 11, 12
DETECTOR_OFF, DETECTOR_ON = 81, 82

EPOCH: Final = np.datetime64("2000-01-01T00:00:00", "ms")
"""Date of the simulation's second 0: simulations have no date, event logs need one."""

GREENS: Final = (MAJOR_GREEN, MINOR_GREEN, STOP_GREEN)
NO_COLOUR, IS_RED, IS_YELLOW, IS_GREEN = range(4)
MAX_LANES_AHEAD: Final = 12
"""Lanes along which the signal is looked for that a detector belongs to."""


class Group(NamedTuple):
    """A signal group."""

    device: int  # row of the signal
    phase: int  # number within the signal, from 1
    place: int  # of one of its movements in the signal's state
    movements: tuple[int, ...]  # all their places


class Channel(NamedTuple):
    """A loop as its controller knows it."""

    device: int  # row of the signal
    phase: int  # number of the signal group that its lane leads to
    number: int  # within the signal, from 1
    loop: str


def groups_of(signals: tuple[Signal, ...]) -> tuple[Group, ...]:
    """Return the signal groups, signal after signal, numbered by their first movement."""
    found = []
    for device, signal in enumerate(signals):
        places: dict[str, list[int]] = {}
        for place, pairs in enumerate(signal.links):
            if pairs:
                shown = "".join(phase.state[place] for phase in signal.program.phases)
                places.setdefault(shown, []).append(place)
        found += [Group(device, number, own[0], tuple(own)) for number, own in enumerate(places.values(), 1)]
    return tuple(found)


def channels_of(scenario: Scenario, groups: tuple[Group, ...]) -> dict[int, Channel]:
    """Return the channel of every loop whose lane leads to a signal, by the loop's place in the scenario."""
    ahead = _signals_ahead(scenario, groups)
    used: dict[int, int] = {}
    channels = {}
    for row, loop in enumerate(scenario.detectors.e1):
        if loop.lane in ahead:
            group = ahead[loop.lane]
            used[group.device] = used.get(group.device, 0) + 1
            channels[row] = Channel(group.device, group.phase, used[group.device], loop.id)
    return channels


def _signals_ahead(scenario: Scenario, groups: tuple[Group, ...]) -> dict[str, Group]:
    """Return the signal group that each lane leads to, by the nearest signal downstream."""
    of_place = {(group.device, place): group for group in groups for place in group.movements}
    ahead: dict[str, Group] = {}
    for device, signal in enumerate(scenario.signals):
        for place, pairs in enumerate(signal.links):
            for source, _ in pairs:
                ahead.setdefault(source, of_place[device, place])
    before = _lanes_before(scenario.network)
    border = dict(ahead)
    for _ in range(MAX_LANES_AHEAD):
        border = {lane: group for after, group in border.items() for lane in before.get(after, ()) if lane not in ahead}
        ahead = border | ahead
    return ahead


def _lanes_before(network: Network) -> dict[str, list[str]]:
    before: dict[str, list[str]] = {}
    for each in network.connections:
        source = network.edges[network.edge_index[each.from_edge]].lanes[each.from_lane].id
        target = network.edges[network.edge_index[each.to_edge]].lanes[each.to_lane].id
        before.setdefault(target, []).append(source)
    return before


class EventLog:
    """Watches a run and keeps its events."""

    def __init__(self, scenario: Scenario) -> None:
        self.groups = groups_of(scenario.signals)
        self.channels = channels_of(scenario, self.groups)
        self._all_red = [signal.all_red for signal in scenario.signals]
        self._devices = np.array([group.device for group in self.groups], dtype=np.intp)
        self._places = np.array([group.place for group in self.groups], dtype=np.intp)
        self._loops = LoopBook(scenario, keeps_events=True)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._loops.clear()
        self._rows: list[tuple[float, int, int, int]] = []
        self._shown = np.full(len(self.groups), NO_COLOUR)
        self._clearing: dict[int, float] = {}  # by group: when its red clearance began [s]
        self._occupied = [0] * len(self.channels)
        self._order = {row: k for k, row in enumerate(self.channels)}

    def book(self, now: int, sighting: Sighting, moves: RecordArray) -> None:
        """Watch the second that ends at ``now`` [s]."""
        self._watch_signals(float(now - 1), sighting.colours)
        self._loops.book(now, Moves(moves))
        for event in self._loops.events():
            self._note_detector(float(event["time"]), int(event["loop"]), int(event["is_on"]))

    def table(self) -> dict[str, NDArray[Any]]:
        """Return the log, in the controller standard's columns and in order of time."""
        rows = sorted(self._rows)
        milliseconds = np.array([round(time * 1000.0) for time, *_ in rows], dtype="timedelta64[ms]")
        rest = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, 3)
        columns = zip(("DeviceId", "EventId", "Parameter"), rest.T, strict=True)
        return {"TimeStamp": EPOCH + milliseconds, **{name: column.copy() for name, column in columns}}

    def _watch_signals(self, time: float, colours: NDArray[np.uint8]) -> None:
        codes = colours[self._devices, self._places] if len(self.groups) else np.zeros(0, dtype=np.uint8)
        shown = np.where(np.isin(codes, GREENS), IS_GREEN, np.where(codes == YELLOW, IS_YELLOW, IS_RED))
        changed = np.flatnonzero(shown != self._shown).tolist()
        turning = {self.groups[i].device for i in changed if shown[i] == IS_GREEN}
        for i, since in list(self._clearing.items()):
            device = self.groups[i].device
            if device in turning or time >= since + self._all_red[device]:
                self._end_clearance(time, i)
        for i in changed:
            self._note_colour(time, i, int(self._shown[i]), int(shown[i]))
        self._shown = shown

    def _note_colour(self, time: float, i: int, before: int, after: int) -> None:
        """Note what the change of a group's colour means."""
        if before == IS_GREEN:
            self._note(time, i, GREEN_TERMINATION)
        if before == IS_YELLOW:
            self._note(time, i, END_YELLOW)
        if after == IS_GREEN:
            self._note(time, i, PHASE_ON, BEGIN_GREEN)
        elif after == IS_YELLOW:
            self._note(time, i, BEGIN_YELLOW)
        elif before != NO_COLOUR:
            self._note(time, i, BEGIN_RED_CLEARANCE)
            self._clearing[i] = time
            if self._all_red[self.groups[i].device] <= 0.0:
                self._end_clearance(time, i)

    def _end_clearance(self, time: float, i: int) -> None:
        del self._clearing[i]
        self._note(time, i, END_RED_CLEARANCE, PHASE_INACTIVE)

    def _note(self, time: float, i: int, *events: int) -> None:
        group = self.groups[i]
        self._rows += [(time, group.device + 1, event, group.phase) for event in events]

    def _note_detector(self, time: float, loop: int, is_on: int) -> None:
        """Note that a loop became occupied or free; a second vehicle over it changes nothing."""
        if loop not in self.channels:
            return
        channel, k = self.channels[loop], self._order[loop]
        before = self._occupied[k]
        self._occupied[k] = max(0, before + (1 if is_on else -1))
        if (before == 0) != (self._occupied[k] == 0):
            event = DETECTOR_ON if is_on else DETECTOR_OFF
            self._rows.append((round(time, 3), channel.device + 1, event, channel.number))


def timestamps(times: NDArray[Any]) -> NDArray[Any]:
    """Return times as text, to the millisecond, as CSV files hold them."""
    stamps: list[dt.datetime] = times.astype("datetime64[ms]").tolist()
    return np.array([stamp.isoformat(sep=" ", timespec="milliseconds") for stamp in stamps], dtype=object)
