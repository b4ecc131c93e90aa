"""The one protocol that both engines implement."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sighting import Sighting
from trafficai.datatypes import (
    FOLLOW_PROGRAM,
    DetectorResults,
    DetectorStates,
    Discharge,
    EdgeUse,
    Safety,
    SignalWatch,
    Snapshot,
    Trips,
)
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw

__all__ = ["FOLLOW_PROGRAM", "Backend"]


class Backend(Protocol):
    """A simulation of one scenario in one engine.

    ``reset`` must come first. ``advance`` past ``scenario.end`` stops there. ``trips`` may be called at any time; on
    the SUMO backend it ends the run.
    """

    name: str
    scenario: Scenario

    def reset(self, seed: int, draw: Draw | None = None) -> Snapshot:
        """Start the run anew at ``scenario.begin`` and return its first snapshot.

        With a draw of ``Randomiser`` the run has its demand, as if the backend were made of ``apply(scenario, draw)``;
        ``scenario`` stays what it was. A run with a drawn demand can't be saved, and no watcher can follow it.
        """
        ...

    def advance(self, requested: NDArray[np.int32], seconds: int) -> Snapshot:
        """Simulate ``seconds`` with one requested green phase per signal, (num_signals,); FOLLOW_PROGRAM asks for none.

        Requests may also differ from second to second, (seconds, num_signals). They are carried out by the clearance
        function: min green first, then yellow and all-red.
        """
        ...

    def trips(self) -> Trips:
        """Return what became of every scheduled vehicle so far."""
        ...

    def vehicle_updates(self) -> int:
        """Return how many vehicle-seconds were simulated since the reset."""
        ...

    def edges(self) -> EdgeUse:
        """Return the use of every edge so far; the backend must have been made with ``edge_data``."""
        ...

    def discharge(self) -> Discharge:
        """Return the saturation headways so far; the backend must have been made with ``edge_data``."""
        ...

    def safety(self) -> Safety:
        """Return collisions and hard braking; made with ``edge_data``, and in SUMO once ``trips`` ended the run."""
        ...

    def detectors(self) -> DetectorResults:
        """Return the complete intervals of every detector; the backend must have been made with ``detectors``."""
        ...

    def detector_states(self) -> DetectorStates:
        """Return what detectors show of the last second; the backend must have been made with ``detectors``."""
        ...

    def sighting(self) -> Sighting:
        """Return who is where on the road now, and what the signals show; nobody arrives in it."""
        ...

    def signal_watch(self) -> SignalWatch:
        """Return what the signal monitor saw since the reset: it watches every second, whoever sets the signals."""
        ...

    def save(self, path: Path | str) -> Path:
        """Write the state of the run into a file, from which ``load`` goes on bit for bit; docs/saving.md describes it.

        Raises:
            RunError: there is no run, or the place can't be written.
        """
        ...

    def load(self, path: Path | str) -> Snapshot:
        """Go on from a saved state of this scenario in this engine, and return its snapshot.

        Raises:
            InputError: the file can't be read, or belongs to another scenario, engine or version.
        """
        ...

    def close(self) -> None:
        """Free what the backend holds; a second call does nothing."""
        ...
