"""Where things of a network lie in a picture, and antialiased shapes on it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.scenario.model import Network

Colour = tuple[int, int, int]
Points = NDArray[np.float64]

OVERSAMPLING: Final = 3
"""Pixels drawn per pixel shown, each way: averaging them gives smooth edges."""

MARGIN: Final = 0.03
"""Share of the picture left free on every side."""

AROUND: Final = 130.0
"""How far around the signals a picture reaches [m]: queues matter, not the roads that lead to them."""

LONGEST_SIDE: Final = 960
"""Longer side of a picture [px]."""

SHORTEST_SIDE: Final = 420
"""Least of the shorter side [px]; an arterial is a long strip."""


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle of the network and the picture it fills."""

    left: float  # [m]
    top: float  # [m]
    scale: float  # [px/m]
    width: int  # [px]
    height: int  # [px]
    offset: tuple[float, float]  # [px], of the rectangle in the picture

    def pixels(self, points: Points) -> Points:
        """Return points (num, 2) [m] in drawn pixels; y grows downwards."""
        x = (points[:, 0] - self.left) * self.scale + self.offset[0]
        y = (self.top - points[:, 1]) * self.scale + self.offset[1]
        return np.stack([x, y], axis=1) * OVERSAMPLING


def view_of(network: Network, places: Points, caption: int) -> View:
    """Return the view that shows the surroundings of the places (num, 2) [m], above a caption of that height [px].

    It is undistorted, no larger than the network, and the whole of it where there is no place.
    """
    points = np.array([point for lane in network.lanes for point in lane.shape])
    low, high = points.min(axis=0), points.max(axis=0)
    if len(places):
        low, high = np.maximum(low, places.min(axis=0) - AROUND), np.minimum(high, places.max(axis=0) + AROUND)
    size = np.maximum(high - low, 1.0)
    scale = LONGEST_SIDE * (1.0 - 2.0 * MARGIN) / float(size.max())
    inner = size * scale / (1.0 - 2.0 * MARGIN)
    width, height = (2 * round(max(side, SHORTEST_SIDE) / 2.0) for side in inner.tolist())
    offset = ((width - size[0] * scale) / 2.0, (height - size[1] * scale) / 2.0)
    return View(float(low[0]), float(high[1]), scale, width, height + caption, (float(offset[0]), float(offset[1])))


def flat(points: Points) -> list[tuple[float, float]]:
    """Return points as the drawing library takes them."""
    return [(x, y) for x, y in points.tolist()]


def strip(shape: Sequence[tuple[float, float]], width: float) -> list[Points]:
    """Return the quadrilaterals that a line of some width [m] consists of, one per piece."""
    points = np.array(shape)
    pieces = []
    for first, second in itertools.pairwise(points):
        along = second - first
        length = float(np.hypot(*along))
        if length > 0.0:
            across = np.array([-along[1], along[0]]) / length * width / 2.0
            pieces.append(np.array([first + across, second + across, second - across, first - across]))
    return pieces


def fill(draw: Any, view: View, polygons: Iterable[Points], colour: Colour) -> None:
    """Fill polygons given in metres."""
    for polygon in polygons:
        draw.polygon(flat(view.pixels(polygon)), fill=colour)
