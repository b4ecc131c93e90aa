"""All that is counted second by second, in the same way for both engines: edges, stop lines, safety, detectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from trafficai.backends.detector_book import DetectorBook, shown_fields
from trafficai.backends.discharge_book import DischargeBook
from trafficai.backends.edge_book import EdgeBook
from trafficai.backends.safety_book import SafetyBook
from trafficai.backends.sighting import Sighting
from trafficai.backends.trail_book import TrailBook
from trafficai.core.records import RecordArray
from trafficai.scenario.model import Scenario

NO_DETECTORS = "make the backend with detectors=True"
"""What is said to whoever asks for detectors that are not kept."""


class Watcher(Protocol):
    """Something that is shown every second of a run."""

    def clear(self) -> None:
        """Begin anew."""
        ...

    def book(self, now: int, sighting: Sighting, moves: RecordArray) -> None:
        """Watch the second that ends at ``now`` [s]; neither argument may be kept."""
        ...


class Traffic:
    """What is counted with ``edge_data``."""

    def __init__(self, scenario: Scenario) -> None:
        self.edges = EdgeBook(scenario)
        self.discharge = DischargeBook(scenario)
        self.safety = SafetyBook(scenario)

    def clear(self) -> None:
        """Begin anew."""
        self.edges.clear()
        self.discharge.clear()
        self.safety.clear()

    def book(self, now: int, sighting: Sighting) -> None:
        """Book the second that ends at ``now`` [s]."""
        self.edges.book(now, sighting.vehicles, sighting.lanes, sighting.speeds, sighting.arrived)
        self.discharge.book(now, sighting)
        self.safety.book(now, sighting)

    def states(self) -> dict[str, Any]:
        """Return what changes during a run, a NamedTuple of arrays by name."""
        return {
            "edge_book": self.edges.state,
            "discharge_book": self.discharge.state,
            "safety_book": self.safety.state,
        }


class Books:
    """The books of one run, each where it is asked for."""

    def __init__(
        self, scenario: Scenario, *, edge_data: bool = False, detectors: bool = False, watchers: Sequence[Watcher] = ()
    ) -> None:
        self._keeps_edges, self._keeps_detectors = edge_data, detectors
        self._watchers = tuple(watchers)
        self._open(scenario)

    def _open(self, scenario: Scenario) -> None:
        """Open new books for the vehicles of a scenario."""
        self._scenario = scenario
        self._traffic = Traffic(scenario) if self._keeps_edges else None
        self._detectors = DetectorBook(scenario) if self._keeps_detectors else None
        self._trails = TrailBook(scenario) if self._keeps_detectors or self._watchers else None

    def __bool__(self) -> bool:
        return bool(self._traffic or self._trails)

    def require_traffic(self) -> Traffic:
        """Return edges, stop lines and safety; ValueError where the backend was made without them."""
        if self._traffic is None:
            raise ValueError("make the backend with edge_data=True")
        return self._traffic

    @property
    def detectors(self) -> DetectorBook:
        """The detectors; ValueError where the backend was made without them."""
        if self._detectors is None:
            raise ValueError(NO_DETECTORS)
        return self._detectors

    def start(self, scenario: Scenario) -> None:
        """Begin anew, with the vehicles of ``scenario``, which is the same in all else.

        Raises:
            ValueError: they are others than before, which watchers can't follow.
        """
        if scenario is not self._scenario:
            if self._watchers:
                raise ValueError("watchers can't follow a drawn demand; make a backend of apply(scenario, draw)")
            self._open(scenario)
        for book in (self._traffic, self._detectors, self._trails, *self._watchers):
            if book is not None:
                book.clear()

    def states(self) -> dict[str, Any]:
        """Return what changes during a run, a NamedTuple of arrays by name; watchers keep their own."""
        states = self._traffic.states() if self._traffic else {}
        if self._trails is not None:
            states["watched_trails"] = self._trails.state
        return states | (self._detectors.states() if self._detectors else {})

    def begin_interval(self) -> None:
        """Forget what the last snapshot showed of its interval."""
        if self._detectors is not None:
            self._detectors.begin_interval()

    def shown_fields(self) -> dict[str, NDArray[Any]]:
        """Return the fields of a snapshot that detectors fill, by name; with no rows where they were not asked for."""
        return shown_fields(self._detectors)

    def book(self, now: int, sighting: Sighting) -> None:
        """Book the second that ends at ``now`` [s]."""
        if self._traffic is not None:
            self._traffic.book(now, sighting)
        if self._trails is not None:
            moves = self._trails.book(now, sighting)
            if self._detectors is not None:
                self._detectors.book(now, moves)
            for watcher in self._watchers:
                watcher.book(now, sighting, moves)
