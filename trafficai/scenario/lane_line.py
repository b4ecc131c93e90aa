"""Where positions on a lane lie on the plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


class LaneLine:
    """The middle of a lane: finds points on it by their position in driving direction."""

    def __init__(self, shape: Sequence[tuple[float, float]], length: float) -> None:
        self._points = np.array(shape)
        steps = np.hypot(*np.diff(self._points, axis=0).T) if len(shape) > 1 else np.zeros(0)
        self._reach = np.concatenate([[0.0], np.cumsum(steps)])
        self._stretch = self._reach[-1] / length  # a drawn lane may be longer or shorter than its length says

    def at(self, position: float) -> Points:
        """Return the point (2,) at a position [m]; beyond its ends the line goes straight on."""
        reach = position * self._stretch
        k = int(np.clip(np.searchsorted(self._reach, reach, side="right") - 1, 0, max(len(self._reach) - 2, 0)))
        if len(self._reach) == 1 or self._reach[k + 1] == self._reach[k]:
            return np.asarray(self._points[k])
        share = (reach - self._reach[k]) / (self._reach[k + 1] - self._reach[k])
        return np.asarray(self._points[k] + share * (self._points[k + 1] - self._points[k]))
