"""All that is counted second by second, in the same way for both engines: edges, stop lines, safety."""

from __future__ import annotations

from typing import Any

from trafficai.backends.discharge_book import DischargeBook
from trafficai.backends.edge_book import EdgeBook
from trafficai.backends.safety_book import SafetyBook
from trafficai.backends.sighting import Sighting
from trafficai.scenario.model import Scenario


class Books:
    """The books of one run."""

    def __init__(self, scenario: Scenario) -> None:
        self.edges = EdgeBook(scenario)
        self.discharge = DischargeBook(scenario)
        self.safety = SafetyBook(scenario)

    def clear(self) -> None:
        """Begin anew."""
        self.edges.clear()
        self.discharge.clear()
        self.safety.clear()

    def states(self) -> dict[str, Any]:
        """Return what changes during a run, a NamedTuple of arrays by name."""
        return {
            "edge_book": self.edges.state,
            "discharge_book": self.discharge.state,
            "safety_book": self.safety.state,
        }

    def book(self, now: int, sighting: Sighting) -> None:
        """Book the second that ends at ``now`` [s]."""
        self.edges.book(now, sighting.vehicles, sighting.lanes, sighting.speeds, sighting.arrived)
        self.discharge.book(now, sighting)
        self.safety.book(now, sighting)


def require_books(books: Books | None) -> Books:
    """Return the books; ValueError where the backend was made without them."""
    if books is None:
        raise ValueError("make the backend with edge_data=True")
    return books
