"""Two charts: bars with intervals from zero, and differences with intervals around zero.

Both stand an agent's name above its marks, so that they stay legible at the width of a phone. Engines differ by colour,
and by pattern or shape too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from trafficai.evaluation import Interval
from trafficai.reports.svg import axis_steps, element, group, image, line, shorten, text

WIDTH = 480.0
PLOT_WIDTH = 300.0  # the rest is for the values at the right
MARGIN = 4.0
LEGEND_HEIGHT = 28.0
NAME_HEIGHT = 22.0
ROW_HEIGHT = 22.0
BAR_HEIGHT = 15.0
GROUP_GAP = 12.0
AXIS_HEIGHT = 42.0
WHISKER_CAP = 4.0
KEY_WIDTH = 22.0
KEY_Y = 10.0
NAME_LENGTH = 48
NAME_INDENT = 6.0  # keeps the name off the line at zero


class Mark(NamedTuple):
    """What one agent did in one engine."""

    engine: int  # position among the engines
    interval: Interval
    label: str  # the value in words and units
    is_beyond_chance: bool = False


class Group(NamedTuple):
    """The marks of one agent."""

    name: str
    marks: Sequence[Mark]


class Chart(NamedTuple):
    """Everything a chart says."""

    identifier: str  # unique in the document
    title: str
    description: str
    axis: str  # what is measured, in which unit
    engines: Sequence[str]
    groups: Sequence[Group]


Draw = Callable[[Mark, float, "Scale"], Markup]
Key = Callable[[Chart, int, float], Markup]


class Scale(NamedTuple):
    """Maps values to positions along the axis."""

    ticks: Sequence[float]

    def x(self, value: float) -> float:
        """Return where a value lies."""
        low, high = self.ticks[0], self.ticks[-1]
        return MARGIN + (value - low) / (high - low) * (PLOT_WIDTH - 2.0 * MARGIN)


def bar_chart(chart: Chart, tick_label: Callable[[float], str]) -> Markup:
    """Return horizontal bars from zero with whiskers for the intervals."""
    high = max((_high(mark) for mark in _marks(chart)), default=1.0)
    scale = Scale(axis_steps(0.0, max(high, 0.0)))

    def draw(mark: Mark, y: float, scale: Scale) -> Markup:
        end = scale.x(max(mark.interval.mean, 0.0))
        bar = _bar(chart, mark.engine, (scale.x(0.0), y), (end - scale.x(0.0), BAR_HEIGHT))
        return group(bar, _whisker(mark.interval, y, scale), _value(mark, scale.x(_high(mark)) + 10.0, y))

    return _draw_chart(chart, scale, draw, _bar_key, tick_label)


def difference_chart(chart: Chart, tick_label: Callable[[float], str]) -> Markup:
    """Return dots with whiskers around a line at zero; hollow where they may be chance."""
    marks = _marks(chart)
    low = min([0.0, *(_low(mark) for mark in marks)])
    high = max([0.0, *(_high(mark) for mark in marks)])
    scale = Scale(axis_steps(low, high))

    def draw(mark: Mark, y: float, scale: Scale) -> Markup:
        dot = _dot(mark.engine, scale.x(mark.interval.mean), y, is_filled=mark.is_beyond_chance)
        return group(_whisker(mark.interval, y, scale), dot, _value(mark, PLOT_WIDTH + 12.0, y))

    return _draw_chart(chart, scale, draw, _dot_key, tick_label)


def _draw_chart(chart: Chart, scale: Scale, draw: Draw, key: Key, tick_label: Callable[[float], str]) -> Markup:
    """Return legend, grid, groups and axis, top to bottom."""
    drawn, y = [], LEGEND_HEIGHT
    for agent in chart.groups:
        drawn.append(text(shorten(agent.name, NAME_LENGTH), MARGIN + NAME_INDENT, y + 15.0, "name"))
        y += NAME_HEIGHT
        for mark in agent.marks:
            drawn.append(draw(mark, y + ROW_HEIGHT / 2.0, scale))
            y += ROW_HEIGHT
        y += GROUP_GAP
    axis = _axis(scale, y - GROUP_GAP / 2.0, tick_label, chart.axis)
    parts = group(_patterns(chart), _legend(chart, key), axis, *drawn)
    return image(parts, chart.identifier, (WIDTH, y + AXIS_HEIGHT), chart.title, chart.description)


def _axis(scale: Scale, y: float, tick_label: Callable[[float], str], title: str) -> Markup:
    """Return grid lines with their values below, zero drawn strongest, and the axis's name."""
    lines = [line((scale.x(t), LEGEND_HEIGHT), (scale.x(t), y), "zero" if t == 0.0 else "grid") for t in scale.ticks]
    labels = [text(tick_label(tick), scale.x(tick), y + 16.0, "tick", _anchor(tick, scale)) for tick in scale.ticks]
    return group(*lines, *labels, text(title, MARGIN, y + 35.0, "axis"))


def _anchor(tick: float, scale: Scale) -> str:
    """Return how a tick's label is aligned: the first must not stick out at the left."""
    return "start" if tick == scale.ticks[0] else "middle"


def _legend(chart: Chart, key: Key) -> Markup:
    """Return which colour, pattern and shape is which engine."""
    parts, x = [], MARGIN
    for engine, name in enumerate(chart.engines):
        parts.append(key(chart, engine, x))
        parts.append(text(name, x + KEY_WIDTH + 7.0, KEY_Y + 4.5, "legend"))
        x += KEY_WIDTH + 7.0 + 8.0 * len(name) + 24.0
    return group(*parts)


def _bar_key(chart: Chart, engine: int, x: float) -> Markup:
    return _bar(chart, engine, (x, KEY_Y), (KEY_WIDTH, 12.0))


def _dot_key(chart: Chart, engine: int, x: float) -> Markup:
    del chart
    return _dot(engine, x + KEY_WIDTH / 2.0, KEY_Y, is_filled=True)


def _patterns(chart: Chart) -> Markup:
    """Return the hatching of the second engine."""
    stripes = element("rect", width=6.0, height=6.0, class_="hatch-ground") + element(
        "rect", width=3.0, height=6.0, class_="hatch-stripe"
    )
    pattern = element(
        "pattern",
        stripes,
        id=f"{chart.identifier}-hatch",
        width=6.0,
        height=6.0,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    return element("defs", pattern)


def _bar(chart: Chart, engine: int, start: tuple[float, float], size: tuple[float, float]) -> Markup:
    """Return a bar from the middle of its left end, plain for the first engine, hatched for the second."""
    fill = f"url(#{chart.identifier}-hatch)" if engine % 2 else None
    class_ = f"bar engine-{engine % 2}"
    top = start[1] - size[1] / 2.0
    return element("rect", x=start[0], y=top, width=size[0], height=size[1], class_=class_, fill=fill)


def _dot(engine: int, x: float, y: float, is_filled: bool) -> Markup:
    """Return a circle for the first engine, a square for the second."""
    class_ = f"dot engine-{engine % 2}" + ("" if is_filled else " hollow")
    if engine % 2:
        return element("rect", x=x - 5.0, y=y - 5.0, width=10.0, height=10.0, class_=class_)
    return element("circle", cx=x, cy=y, r=5.5, class_=class_)


def _whisker(interval: Interval, y: float, scale: Scale) -> Markup:
    """Return the interval as a line with caps, nothing where there is none."""
    if interval.low is None or interval.high is None:
        return Markup("")
    low, high = scale.x(max(interval.low, scale.ticks[0])), scale.x(interval.high)
    caps = [line((x, y - WHISKER_CAP), (x, y + WHISKER_CAP), "whisker") for x in (low, high)]
    return group(line((low, y), (high, y), "whisker"), *caps)


def _value(mark: Mark, x: float, y: float) -> Markup:
    """Return the value in words."""
    return text(mark.label, x, y + 4.5, "value")


def _marks(chart: Chart) -> list[Mark]:
    return [mark for agent in chart.groups for mark in agent.marks]


def _high(mark: Mark) -> float:
    return mark.interval.mean if mark.interval.high is None else mark.interval.high


def _low(mark: Mark) -> float:
    return mark.interval.mean if mark.interval.low is None else mark.interval.low
