"""The charts of a comparison: levels and changes of delay and CO2 per agent and engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from trafficai.evaluation import Comparison, Interval
from trafficai.metrics import metric_info
from trafficai.reports.charts import Chart, Group, Mark, bar_chart, difference_chart
from trafficai.reports.names import Names
from trafficai.reports.numbers import SPACE, percent_digits
from trafficai.reports.texts import Texts


class Figure(NamedTuple):
    """A chart with the title that stands above it and the note below."""

    title: str
    chart: Markup
    note: str


def level_figures(comparison: Comparison, texts: Texts, names: Names) -> tuple[Figure, ...]:
    """Return the charts of means: delay and CO2."""
    plan = (("delay_s", texts.chart_delay, texts.axis_delay), ("co2_kg", texts.chart_co2, texts.axis_co2))
    return tuple(
        Figure(title, level_chart(comparison, metric, (title, axis), texts, names), texts.chart_note)
        for metric, title, axis in plan
    )


def level_chart(comparison: Comparison, metric: str, words: tuple[str, str], texts: Texts, names: Names) -> Markup:
    """Return the bar chart of one metric; ``words`` are its title and its axis."""
    info = metric_info(metric)

    def mark(agent: str, engine: int) -> Mark | None:
        interval = comparison.mean(agent, comparison.backends[engine], metric)
        if interval is None:
            return None
        return Mark(engine, interval, f"{texts.numbers.mean(interval, info.digits)}{SPACE}{info.unit}")

    groups = _groups(comparison, comparison.agents, names, mark)
    chart = _chart(f"level-{metric}", words, comparison, names, groups)
    return bar_chart(chart, lambda tick: texts.numbers.plain(tick, 0 if tick == int(tick) else 1))


def change_figures(comparison: Comparison, texts: Texts, names: Names) -> tuple[Figure, ...]:
    """Return the charts of paired differences, none where there is nothing to compare."""
    baseline = names.agent(comparison.baseline)
    plan = (("delay_s", texts.chart_delay_change), ("co2_kg", texts.chart_co2_change))
    figures = []
    for metric, template in plan:
        words = template.format(baseline=baseline), texts.axis_change.format(baseline=baseline)
        chart = _change_chart(comparison, metric, words, texts, names)
        if chart is not None:
            figures.append(Figure(words[0], chart, texts.change_note))
    return tuple(figures)


def _change_chart(
    comparison: Comparison, metric: str, words: tuple[str, str], texts: Texts, names: Names
) -> Markup | None:
    """Return the chart of one metric's changes in per cent."""

    def mark(agent: str, engine: int) -> Mark | None:
        difference = comparison.difference(agent, comparison.backends[engine], metric)
        if difference is None or difference.percent is None:
            return None
        return Mark(engine, difference.percent, _change_label(difference.percent, texts), difference.is_beyond_chance)

    groups = _groups(comparison, comparison.challengers, names, mark)
    if not groups:
        return None
    chart = _chart(f"change-{metric}", words, comparison, names, groups)
    return difference_chart(chart, lambda tick: texts.numbers.signed(tick, 0 if tick == int(tick) else 1))


def _groups(
    comparison: Comparison, agents: tuple[str, ...], names: Names, mark: Callable[[str, int], Mark | None]
) -> list[Group]:
    """Return a group per agent with a mark per engine; what was not run has none."""
    groups = []
    for agent in agents:
        found = (mark(agent, engine) for engine in range(len(comparison.backends)))
        if marks := [each for each in found if each is not None]:
            groups.append(Group(names.agent(agent), marks))
    return groups


def _chart(identifier: str, words: tuple[str, str], comparison: Comparison, names: Names, groups: list[Group]) -> Chart:
    """Return the chart with a description that says all its values."""
    engines = [names.engine(backend) for backend in comparison.backends]
    values = (f"{group.name}, {engines[mark.engine]}: {mark.label}" for group in groups for mark in group.marks)
    return Chart(identifier, words[0], f"{words[1]}. {'; '.join(values)}.", words[1], engines, groups)


def _change_label(interval: Interval, texts: Texts) -> str:
    """Return ``-43 % (-45 to -41)`` as the language writes it."""
    style = texts.numbers
    if interval.low is None or interval.high is None:
        return style.percent(interval.mean)
    digits = percent_digits(interval.mean)
    span = texts.span.format(low=style.signed(interval.low, digits), high=style.signed(interval.high, digits))
    return f"{style.percent(interval.mean)} ({span})"
