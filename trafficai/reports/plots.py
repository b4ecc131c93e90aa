"""Two plots over two axes: curves over time, and points against a diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from trafficai.reports.numbers import NumberStyle
from trafficai.reports.svg import axis_steps, element, group, image, line, text

SIZE = (480.0, 300.0)
LEFT, RIGHT, TOP, BOTTOM = 58.0, 16.0, 30.0, 46.0
MAX_POINTS = 240
"""More points of a curve than this cannot be seen on a page."""

Point = tuple[float, float]


class Curve(NamedTuple):
    """One curve and its name."""

    name: str
    points: Sequence[Point]


class Plot(NamedTuple):
    """Everything that a plot says besides its points."""

    identifier: str  # unique in the document
    title: str
    description: str
    x_axis: str
    y_axis: str


class _Frame(NamedTuple):
    """Maps values to places on the plot."""

    x_ticks: Sequence[float]
    y_ticks: Sequence[float]

    def place(self, point: Point) -> Point:
        """Return where a point lies."""
        (x0, x1), (y0, y1) = (self.x_ticks[0], self.x_ticks[-1]), (self.y_ticks[0], self.y_ticks[-1])
        right, bottom = SIZE[0] - RIGHT, SIZE[1] - BOTTOM
        x = LEFT + (point[0] - x0) / (x1 - x0) * (right - LEFT)
        return x, bottom - (point[1] - y0) / (y1 - y0) * (bottom - TOP)


def curve_plot(plot: Plot, curves: Sequence[Curve], style: NumberStyle) -> Markup:
    """Return curves from zero upwards; the second is dashed."""
    xs = [x for curve in curves for x, _ in curve.points]
    high = max((y for curve in curves for _, y in curve.points), default=0.0)
    frame = _Frame(axis_steps(min(xs, default=0.0), max(xs, default=1.0)), axis_steps(0.0, high))
    drawn = [_curve(curve, i, frame) for i, curve in enumerate(curves)]
    return _image(plot, frame, group(*drawn, _legend(curves)), style)


def scatter_plot(plot: Plot, points: Sequence[Point], bounds: Sequence[Sequence[Point]], style: NumberStyle) -> Markup:
    """Return points on two equal axes with the diagonal, and the lines ``bounds`` around it."""
    ticks = axis_steps(0.0, max((value for point in points for value in point), default=0.0))
    frame = _Frame(ticks, ticks)
    lines = [line(frame.place((0.0, 0.0)), frame.place((ticks[-1], ticks[-1])), "diagonal")]
    lines += [_polyline([point for point in bound if max(point) <= ticks[-1]], frame, "bound") for bound in bounds]
    dots = [element("circle", cx=x, cy=y, r=3.0, class_="point") for x, y in map(frame.place, points)]
    return _image(plot, frame, group(*lines, *dots), style)


def thinned(points: Sequence[Point]) -> list[Point]:
    """Return at most MAX_POINTS of the points, evenly chosen."""
    step = max(1, -(-len(points) // MAX_POINTS))
    return list(points[::step])


def _image(plot: Plot, frame: _Frame, content: Markup, style: NumberStyle) -> Markup:
    parts = group(_grid(frame, style), _axis_names(plot), content)
    return image(parts, plot.identifier, SIZE, plot.title, plot.description)


def _grid(frame: _Frame, style: NumberStyle) -> Markup:
    """Return horizontal lines, and the values along both axes."""
    x_low, x_high, y_low = frame.x_ticks[0], frame.x_ticks[-1], frame.y_ticks[0]
    lines = [
        line(frame.place((x_low, y)), frame.place((x_high, y)), "zero" if y == y_low else "grid") for y in frame.y_ticks
    ]
    left = [_y_label(frame.place((x_low, y)), _label(y, style)) for y in frame.y_ticks]
    below = [_x_label(frame.place((x, y_low)), _label(x, style), x == x_high) for x in frame.x_ticks]
    return group(*lines, *left, *below)


def _x_label(place: Point, label: str, is_last: bool) -> Markup:
    """Return a value below the axis; the last must not stick out at the right."""
    x, anchor = (SIZE[0], "end") if is_last else (place[0], "middle")
    return text(label, x, place[1] + 16.0, "tick", anchor)


def _y_label(place: Point, label: str) -> Markup:
    return text(label, place[0] - 7.0, place[1] + 4.0, "tick", "end")


def _label(value: float, style: NumberStyle) -> str:
    return style.plain(value, 0 if value == int(value) else 1)


def _axis_names(plot: Plot) -> Markup:
    """Return the vertical axis's name at the top, the other's at the bottom."""
    names = text(plot.y_axis, LEFT, 12.0, "axis"), text(plot.x_axis, SIZE[0] - RIGHT, SIZE[1] - 8.0, "axis", "end")
    return group(*names)


def _curve(curve: Curve, position: int, frame: _Frame) -> Markup:
    return _polyline(thinned(curve.points), frame, f"curve engine-{position % 2}")


def _polyline(points: Sequence[Point], frame: _Frame, class_: str) -> Markup:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(frame.place, points))
    return element("polyline", points=places, class_=class_)


def _legend(curves: Sequence[Curve]) -> Markup:
    """Return which curve is which, at the top right."""
    parts, x = [], SIZE[0] - RIGHT
    for position, curve in reversed(list(enumerate(curves))):
        x -= 8.0 * len(curve.name) + 12.0
        parts.append(text(curve.name, x, 12.0, "legend"))
        x -= 32.0
        parts.append(_key(x, position))
    return group(*parts)


def _key(x: float, position: int) -> Markup:
    return line((x, 8.0), (x + 26.0, 8.0), f"curve engine-{position % 2}")
