"""A comparison as rows for people; ``*`` marks a difference beyond chance, all comparisons considered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trafficai.evaluation.comparison import Comparison, Difference
from trafficai.evaluation.statistics import Interval
from trafficai.evaluation.unserved import unserved_lines
from trafficai.metrics import MetricInfo, resolve_metric

Row = tuple[str, ...]


def table_header(comparison: Comparison, metrics: Sequence[str]) -> Row:
    """Return the column titles, units included."""
    infos = [resolve_metric(name) for name in metrics]
    titles = [title for info in infos for title in (_title(info), f"vs {comparison.baseline}")]
    return ("agent", "engine", "seeds", *titles)


def table_rows(comparison: Comparison, metrics: Sequence[str]) -> tuple[Row, ...]:
    """Return one row per engine and agent: mean with 95 % interval, and the paired difference, per metric."""
    return tuple(_rows(comparison, [resolve_metric(name) for name in metrics]))


def text_table(comparison: Comparison, metrics: Sequence[str]) -> str:
    """Return header and rows as text, columns aligned."""
    lines = [table_header(comparison, metrics), *table_rows(comparison, metrics)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines.insert(1, tuple("-" * width for width in widths))
    text = [*("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines), *footer_lines(comparison)]
    return "\n".join(text)


def footer_lines(comparison: Comparison) -> Iterator[str]:
    """Yield what a reader of the table has to know: who is not counted, who did not arrive, what would be needed."""
    if comparison.warm_up.seconds:
        yield str(comparison.warm_up)
    yield from precision_lines(comparison)
    yield from unserved_lines(comparison)
    yield from signal_lines(comparison)


def precision_lines(comparison: Comparison) -> Iterator[str]:
    """Yield how many seeds the stated precision needs, if one is stated; a line per engine."""
    if comparison.precision is None or not comparison.challengers:
        return
    for backend in comparison.backends:
        needed = [(agent, comparison.seeds_needed(agent, backend)) for agent in comparison.challengers]
        words = ", ".join(f"{agent} {'unknown' if seeds is None else seeds}" for agent, seeds in needed)
        yield (
            f"seeds needed in {backend} to know the change of delay within ± {comparison.precision:g} % of "
            f"{comparison.baseline}'s, estimated from {len(comparison.seeds)}: {words}"
        )


def signal_lines(comparison: Comparison) -> Iterator[str]:
    """Yield what the signal monitor saw, and which runs do not count for it."""
    if comparison.signal_watch is not None:
        yield str(comparison.signal_watch)
    for cell in comparison.invalid:
        yield f"invalid and left out of all means: {cell.agent}, seed {cell.seed}, {cell.backend}"


def format_interval(interval: Interval, digits: int) -> str:
    """Return ``mean ± half width``, or the mean alone where there is no interval."""
    half_width = "" if interval.half_width is None else f" ± {interval.half_width:.{digits}f}"
    return f"{interval.mean:.{digits}f}{half_width}"


def format_difference(difference: Difference, digits: int) -> str:
    """Return ``mean [low, high] percent *``; the star only where it is beyond chance."""
    interval, percent = difference.interval, difference.percent
    text = f"{interval.mean:+.{digits}f}"
    if interval.low is not None and interval.high is not None:
        text += f" [{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"
    if percent is not None:
        text += f" {percent.mean:+.0f} %"
    return text + (" *" if difference.is_beyond_chance else "")


def _rows(comparison: Comparison, infos: Sequence[MetricInfo]) -> Iterator[Row]:
    for backend in comparison.backends:
        for agent in comparison.agents:
            num_seeds = len(comparison.values(agent, backend, "delay_s"))
            cells = (text for info in infos for text in _metric_cells(comparison, agent, backend, info))
            yield (agent, backend, str(num_seeds), *cells)


def _metric_cells(comparison: Comparison, agent: str, backend: str, info: MetricInfo) -> tuple[str, str]:
    """Return mean and difference of one metric, a dash where there is none."""
    mean = comparison.mean(agent, backend, info.name)
    difference = None if agent == comparison.baseline else comparison.difference(agent, backend, info.name)
    return (
        "-" if mean is None else format_interval(mean, info.digits),
        "-" if difference is None else format_difference(difference, info.digits),
    )


def _title(info: MetricInfo) -> str:
    return f"{info.label} [{info.unit}]" if info.unit else info.label
