"""Plane geometry of lane shapes: lengths along a polyline, where two cross, where they part.

The rules by which crossings become conflict areas are SUMO's; see ``compile_junctions``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]
Shape = Sequence[Point]


def distance(a: Point, b: Point) -> float:
    """Return the distance of two points [m]."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def length(shape: Shape) -> float:
    """Return the length of a polyline [m]."""
    return sum(distance(a, b) for a, b in pairwise(shape))


def point_to_segment(point: Point, a: Point, b: Point) -> float:
    """Return the distance of a point from a segment [m]."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    if square == 0.0:
        return distance(point, a)
    share = min(1.0, max(0.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square))
    return distance(point, (a[0] + share * dx, a[1] + share * dy))


def point_to_shape(point: Point, shape: Shape) -> float:
    """Return the distance of a point from a polyline [m]."""
    if len(shape) < 2:
        return distance(point, shape[0])
    return min(point_to_segment(point, a, b) for a, b in pairwise(shape))


def crossing(a: Point, b: Point, c: Point, d: Point) -> float | None:
    """Return how far along segment ab [m] it crosses segment cd, None where it does not."""
    ax, ay, bx, by = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    denominator = ax * by - ay * bx
    if abs(denominator) < 1e-9:
        return None
    cx, cy = c[0] - a[0], c[1] - a[1]
    share = (cx * by - cy * bx) / denominator
    other = (cx * ay - cy * ax) / denominator
    if -1e-9 <= share <= 1.0 + 1e-9 and -1e-9 <= other <= 1.0 + 1e-9:
        return share * math.hypot(ax, ay)
    return None


def crossings(shape: Shape, other: Shape) -> list[float]:
    """Return the positions along ``shape`` [m], in order, at which it crosses ``other``."""
    found = []
    position = 0.0
    for a, b in pairwise(shape):
        for c, d in pairwise(other):
            along = crossing(a, b, c, d)
            if along is not None:
                found.append(position + along)
        position += distance(a, b)
    return sorted(found)


def angle_at(shape: Shape, position: float) -> float:
    """Return the direction of the polyline at a position along it [rad]."""
    seen = 0.0
    for a, b in pairwise(shape):
        seen += distance(a, b)
        if seen > position or b is shape[-1]:
            return math.atan2(b[1] - a[1], b[0] - a[0])
    return 0.0


def angle_between(first: float, second: float) -> float:
    """Return the smaller angle between two directions [rad], 0 to pi."""
    difference = abs(first - second) % (2.0 * math.pi)
    return min(difference, 2.0 * math.pi - difference)


def beyond_divergence(shape: Shape, other: Shape, width: float) -> tuple[float, float]:
    """Return how much of each polyline's end [m] is further than ``width`` from the other one."""
    if distance(shape[-1], other[-1]) <= width:
        return 0.0, 0.0
    own = [point_to_shape(point, other) for point in shape]
    others = [point_to_shape(point, shape) for point in other]
    if own[-1] <= width or others[-1] <= width:
        return 0.0, 0.0
    return _end_beyond(shape, own, width), _end_beyond(other, others, width)


def _end_beyond(shape: Shape, distances: Sequence[float], width: float) -> float:
    """Return the length of the polyline's end whose points are further than ``width`` away."""
    total = 0.0
    for k in range(len(shape) - 2, -1, -1):
        segment = distance(shape[k], shape[k + 1])
        if distances[k] > width:
            total += segment
            continue
        return total + segment - (width - distances[k]) * segment / (distances[k + 1] - distances[k])
    return total


def divergence(shape: Shape, other: Shape, lengths: tuple[float, float], width: float) -> float:
    """Return the distance from the common start [m] up to which two lanes share their space.

    ``lengths`` are the lanes' lengths as the network states them, which may differ from those of their shapes.
    """
    own_end, other_end = beyond_divergence(shape, other, width)
    shared = max(lengths[1] - other_end, lengths[0] - own_end)
    return min(shared, length(other), length(shape))
