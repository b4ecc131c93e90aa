"""A window that shows frames to a person."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError

MAX_FPS: Final = 30
"""Frames a window shows per second at most."""


class Window:
    """A window of pygame's; it is opened with the first frame.

    Raises:
        InputError: pygame is not installed; the message says how to install it.
    """

    def __init__(self, title: str) -> None:
        if find_spec("pygame") is None:
            raise InputError("a window needs pygame-ce; run: pip install 'trafficai[render]'")
        self._title = title
        self._screen: Any = None
        self._clock: Any = None

    def show(self, frame: NDArray[np.uint8]) -> None:
        """Show a frame (height, width, 3), not sooner than the last one has been seen."""
        import pygame

        if self._screen is None:
            pygame.display.init()
            pygame.display.set_caption(self._title)
            self._screen = pygame.display.set_mode((frame.shape[1], frame.shape[0]))
            self._clock = pygame.time.Clock()
        pygame.event.pump()
        pygame.surfarray.blit_array(self._screen, frame.transpose(1, 0, 2))
        pygame.display.flip()
        self._clock.tick(MAX_FPS)

    def close(self) -> None:
        """Close the window; a second call does nothing."""
        if self._screen is not None:
            import pygame

            pygame.display.quit()
            self._screen = None
