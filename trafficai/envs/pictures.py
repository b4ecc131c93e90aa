"""Pictures of the one world of an environment, as arrays or in a window."""

from __future__ import annotations

from typing import Final

import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from trafficai.datatypes import InputError
from trafficai.envs.world_batch import WorldBatch
from trafficai.rendering import Renderer
from trafficai.rendering.window import Window
from trafficai.scenario.model import Scenario

RENDER_MODES: Final = ("rgb_array", "human")


class Pictures:
    """Draws an environment's world in its render mode; without one it does nothing.

    Args:
        scenario: what is drawn.
        mode: None, "rgb_array", or "human" for a window that is kept up to date.

    Raises:
        InputError: the mode is unknown, or the extra ``render`` is not installed.
    """

    def __init__(self, scenario: Scenario, mode: str | None) -> None:
        if mode is not None and mode not in RENDER_MODES:
            raise InputError(f"unknown render_mode {mode!r}; choose one of: {' '.join(RENDER_MODES)}, or None")
        self._worlds: WorldBatch | None = None
        self._renderer = Renderer(scenario) if mode is not None else None
        self._window = Window(f"trafficai: {scenario.name}") if mode == "human" else None

    def begin(self, worlds: WorldBatch) -> None:
        """Show the vehicles of the episode that begins in the first of some worlds."""
        self._worlds = worlds
        if self._renderer is not None:
            self._renderer.follow(worlds.scenario(0))
        self.update()

    def update(self) -> None:
        """Bring the window up to date where there is one."""
        if self._window is not None and self._renderer is not None and self._worlds is not None:
            self._window.show(_draw(self._renderer, self._worlds))

    def render(self) -> NDArray[np.uint8] | None:
        """Return the picture of now, (height, width, 3), in mode "rgb_array", else None.

        Raises:
            ResetNeeded: before the first episode.
        """
        if self._renderer is None or self._window is not None:
            return None
        if self._worlds is None:
            raise ResetNeeded("there is nothing to draw yet; call reset()")
        return _draw(self._renderer, self._worlds)

    def close(self) -> None:
        """Close the window where there is one."""
        if self._window is not None:
            self._window.close()


def _draw(renderer: Renderer, worlds: WorldBatch) -> NDArray[np.uint8]:
    """Return the picture of a first world as it is now."""
    return renderer.frame(worlds.times[0], worlds.sighting(0))
