"""Pictures of an environment, as arrays or in a window."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sighting import Sighting
from trafficai.datatypes import InputError
from trafficai.rendering import Renderer
from trafficai.rendering.window import Window
from trafficai.scenario.model import Scenario

RENDER_MODES: Final = ("rgb_array", "human")


class Pictures:
    """Draws a scenario in one render mode.

    Raises:
        InputError: the mode is unknown, or the extra ``render`` is not installed.
    """

    def __init__(self, scenario: Scenario, mode: str) -> None:
        if mode not in RENDER_MODES:
            raise InputError(f"unknown render_mode {mode!r}; choose one of: {' '.join(RENDER_MODES)}, or None")
        self._renderer = Renderer(scenario)
        self._window = Window(f"trafficai: {scenario.name}") if mode == "human" else None

    def follow(self, scenario: Scenario) -> None:
        """Draw the vehicles of a scenario that is the same in all else."""
        self._renderer.follow(scenario)

    def draw(self, time: float, sighting: Sighting) -> NDArray[np.uint8]:
        """Return the picture of a time [s], (height, width, 3)."""
        return self._renderer.frame(time, sighting)

    def show(self, time: float, sighting: Sighting) -> None:
        """Show the picture of a time [s] in the window."""
        if self._window is not None:
            self._window.show(self.draw(time, sighting))

    def close(self) -> None:
        """Close the window where there is one."""
        if self._window is not None:
            self._window.close()
