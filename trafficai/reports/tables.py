"""The report's tables, as headers and rows of finished text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trafficai.evaluation import Comparison, Difference, in_words
from trafficai.evaluation.comparison import FAMILY
from trafficai.metrics import metric_info
from trafficai.reports.names import Names
from trafficai.reports.texts import Texts

MEAN_METRICS = ("delay_s", "time_loss_s", "waiting_time_s", "stops", "speed_m_s", "co2_kg", "engine_co2_kg")
COUNT_METRICS = ("loaded", "arrived", "running", "waiting_to_enter", "teleports")
RUN_METRICS = ("delay_s", "waiting_time_s", "stops", "co2_kg", "arrived", "running", "waiting_to_enter")
MAX_RUNS = 500
"""More rows than this belong in the JSON file, not on a page."""

Row = tuple[str, ...]


class Table(NamedTuple):
    """One table; the first ``num_heads`` columns name the row."""

    identifier: str
    title: str
    caption: str
    header: Row
    rows: tuple[Row, ...]
    num_heads: int = 2


def means_table(comparison: Comparison, texts: Texts, names: Names) -> Table:
    """Return means with intervals per agent and engine; a metric no run has is left out."""
    metrics = [name for name in MEAN_METRICS if any(name in cell.metrics for cell in comparison.cells)]
    header = (texts.agent, texts.engine, texts.num_seeds, *(texts.metrics[name] for name in metrics))
    rows = tuple(_mean_rows(comparison, metrics, texts, names))
    return Table("means", texts.means, texts.means_caption, header, rows)


def differences_table(comparison: Comparison, texts: Texts, names: Names) -> Table:
    """Return the paired differences per agent, engine and metric."""
    caption = texts.differences_caption.format(baseline=names.agent(comparison.baseline))
    heads = (texts.agent, texts.engine, texts.measure)
    header = (*heads, texts.difference, texts.interval, texts.change, texts.verdict, texts.num_seeds)
    differences = (
        comparison.difference(agent, backend, metric)
        for backend in comparison.backends
        for agent in comparison.challengers
        for metric in FAMILY
    )
    rows = tuple(_difference_row(difference, texts, names) for difference in differences if difference is not None)
    return Table("differences", texts.differences, caption, header, rows, num_heads=3)


def models_table(comparison: Comparison, texts: Texts, names: Names) -> Table:
    """Return what every emission model says of the CO2: the baseline's sum, and the others' change."""
    metrics = comparison.co2_metrics
    classes = "; ".join(f"{texts.metrics[m]}: {in_words(comparison.emission_classes.get(m, {}))}" for m in metrics)
    caption = texts.models_caption.format(baseline=names.agent(comparison.baseline), classes=classes)
    header = (texts.agent, texts.engine, *(texts.metrics[name] for name in metrics))
    rows = []
    for backend, agent in _run_pairs(comparison):
        cells = (_model_cell(comparison, agent, backend, metric, texts) for metric in metrics)
        rows.append((names.agent(agent), names.engine(backend), *cells))
    return Table("models", texts.models, caption, header, tuple(rows))


def counts_table(comparison: Comparison, texts: Texts, names: Names) -> Table:
    """Return how many vehicles were scheduled, arrived, and did not, per agent and engine."""
    header = (texts.agent, texts.engine, *(texts.metrics[name] for name in COUNT_METRICS))
    rows = []
    for backend, agent in _run_pairs(comparison):
        means = [comparison.mean(agent, backend, name) for name in COUNT_METRICS]
        values = (_count(mean.mean, texts) for mean in means if mean is not None)
        rows.append((names.agent(agent), names.engine(backend), *values))
    return Table("counts", texts.counts, texts.counts_caption, header, tuple(rows))


def runs_table(comparison: Comparison, texts: Texts, names: Names) -> Table:
    """Return every run as it was, or only how many there are where a page could not hold them."""
    if len(comparison.cells) > MAX_RUNS:
        caption = texts.runs_too_many.format(n=len(comparison.cells))
        return Table("runs", texts.runs, caption, (), ())
    header = (texts.agent, texts.engine, texts.seed, *(texts.metrics[name] for name in RUN_METRICS))
    rows = tuple(
        (
            names.agent(cell.agent),
            names.engine(cell.backend),
            str(cell.seed),
            *(texts.numbers.plain(cell.metrics[name], metric_info(name).digits) for name in RUN_METRICS),
        )
        for cell in comparison.cells
    )
    return Table("runs", texts.runs, texts.runs_caption, header, rows, num_heads=3)


def _mean_rows(comparison: Comparison, metrics: Sequence[str], texts: Texts, names: Names) -> Iterator[Row]:
    for backend, agent in _run_pairs(comparison):
        num_seeds = str(len(comparison.values(agent, backend, "delay_s")))
        intervals = [(name, comparison.mean(agent, backend, name)) for name in metrics]
        values = (
            "–" if interval is None else texts.numbers.mean(interval, metric_info(name).digits)
            for name, interval in intervals
        )
        yield (names.agent(agent), names.engine(backend), num_seeds, *values)


def _model_cell(comparison: Comparison, agent: str, backend: str, metric: str, texts: Texts) -> str:
    """Return the baseline's mean, or how another agent differs from it in per cent."""
    mean, difference = comparison.mean(agent, backend, metric), comparison.difference(agent, backend, metric)
    if mean is None or difference is None:
        return "–"
    if agent == comparison.baseline:
        return texts.numbers.mean(mean, metric_info(metric).digits)
    percent = difference.percent
    if percent is None or percent.low is None or percent.high is None:
        return "–" if percent is None else texts.numbers.percent(percent.mean)
    span = texts.span.format(low=texts.numbers.percent(percent.low), high=texts.numbers.percent(percent.high))
    return f"{texts.numbers.percent(percent.mean)} ({span})"


def _difference_row(difference: Difference, texts: Texts, names: Names) -> Row:
    style, digits = texts.numbers, metric_info(difference.metric).digits
    interval, percent = difference.interval, difference.percent
    bounds = texts.no_interval
    if interval.low is not None and interval.high is not None:
        bounds = texts.span.format(low=style.signed(interval.low, digits), high=style.signed(interval.high, digits))
    return (
        names.agent(difference.agent),
        names.engine(difference.backend),
        texts.metrics[difference.metric],
        style.signed(interval.mean, digits),
        bounds,
        "–" if percent is None else style.percent(percent.mean),
        texts.beyond_chance if difference.is_beyond_chance else texts.not_beyond_chance,
        str(interval.n),
    )


def _run_pairs(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield engine and agent wherever there is a run."""
    for backend in comparison.backends:
        for agent in comparison.agents:
            if comparison.values(agent, backend, "delay_s"):
                yield backend, agent


def _count(mean: float, texts: Texts) -> str:
    """Return a mean of counts, with a decimal only where it needs one."""
    return texts.numbers.plain(mean, 0 if mean == int(mean) else 1)
