"""The finding in plain sentences, computed; nothing is claimed that may be chance, all comparisons considered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from trafficai.evaluation import Comparison, Difference, Interval
from trafficai.metrics import metric_info
from trafficai.reports.names import Names, reference_engine
from trafficai.reports.numbers import SPACE, NumberStyle, percent_digits
from trafficai.reports.texts import Texts

HEADLINE_METRICS = ("delay_s", "co2_kg")
CARD_METRICS = ("delay_s", "co2_kg", "stops")


class Card(NamedTuple):
    """One key figure of the leading agent in the reference engine."""

    label: str
    change: str
    values: str
    interval: str
    verdict: str
    is_beyond_chance: bool


class Finding(NamedTuple):
    """The finding in sentences, and its key figures."""

    lead: tuple[str, ...]  # the reference engine
    support: tuple[str, ...]  # the other engine, and what the figures rest on
    cards_title: str
    cards: tuple[Card, ...]


def find(comparison: Comparison, texts: Texts, names: Names) -> Finding:
    """Return what the comparison shows about the challenger with the least delay."""
    if not comparison.cells:
        return Finding((texts.finding_nothing,), (), "", ())
    leader = leading_challenger(comparison)
    if leader is None:
        alone = texts.finding_alone.format(agent=names.agent(comparison.cells[0].agent))
        return Finding((alone,), (), "", ())
    engine = reference_engine(comparison)
    title = f"{names.agent(leader)} · {names.engine(engine)}"
    lead, support = tuple(_lead(comparison, leader, texts, names)), tuple(_support(comparison, leader, texts, names))
    return Finding(lead, support, title, tuple(_cards(comparison, leader, texts)))


def leading_challenger(comparison: Comparison) -> str | None:
    """Return the challenger with the least mean delay in the reference engine, None where none was run."""
    engine = reference_engine(comparison)
    delay = {agent: comparison.mean(agent, engine, "delay_s") for agent in comparison.challengers}
    compared = {
        agent: mean.mean
        for agent, mean in delay.items()
        if mean is not None and comparison.difference(agent, engine, "delay_s") is not None
    }
    return min(compared, key=lambda agent: compared[agent]) if compared else None


def _lead(comparison: Comparison, leader: str, texts: Texts, names: Names) -> Iterator[str]:
    """Say what changed in the reference engine."""
    differences = _headline_differences(comparison, leader, reference_engine(comparison))
    if differences[0].interval.mean >= 0.0:
        yield texts.finding_none_better.format(baseline=names.agent(comparison.baseline), agent=names.agent(leader))
    for difference in differences:
        yield _sentence(comparison, difference, texts, names)


def _support(comparison: Comparison, leader: str, texts: Texts, names: Names) -> Iterator[str]:
    """Say what changed in the other engine, whether both agree, and what the figures rest on."""
    reference = _headline_differences(comparison, leader, reference_engine(comparison))
    others = (backend for backend in comparison.backends if backend != reference_engine(comparison))
    second = [difference for backend in others for difference in _headline_differences(comparison, leader, backend)]
    for difference in second:
        yield _sentence(comparison, difference, texts, names)
    if second:
        yield from _agreement([*reference, *second], texts)
    if reference[0].interval.n > 1:
        yield texts.finding_pairs.format(n=reference[0].interval.n)
        yield texts.finding_corrected.format(tests=comparison.num_tests)


def _headline_differences(comparison: Comparison, agent: str, backend: str) -> list[Difference]:
    found = (comparison.difference(agent, backend, metric) for metric in HEADLINE_METRICS)
    return [difference for difference in found if difference is not None]


def _agreement(differences: list[Difference], texts: Texts) -> Iterator[str]:
    """Say whether the engines agree; nothing where a difference may be chance."""
    signs = {(difference.metric, _direction(difference)) for difference in differences}
    if any((metric, -1) in signs and (metric, 1) in signs for metric in HEADLINE_METRICS):
        yield texts.finding_disagree
    elif all(direction != 0 for _, direction in signs):
        yield texts.finding_agree


def _direction(difference: Difference) -> int:
    """Return -1 or 1 where the difference is beyond chance, 0 where it does not tell."""
    if not difference.is_beyond_chance:
        return 0
    return 1 if difference.interval.mean > 0.0 else -1


def _sentence(comparison: Comparison, difference: Difference, texts: Texts, names: Names) -> str:
    """Return one difference in words, as strong as it is sure."""
    before, after = _levels(comparison, difference, texts)
    words = {
        "place": texts.places.get(difference.backend, difference.backend),
        "agent": names.agent(difference.agent),
        "baseline": names.agent(difference.against),
        "measure": texts.measures[difference.metric],
        "before": before,
        "after": after,
    }
    change = difference.percent or difference.interval
    unit = "%" if difference.percent else metric_info(difference.metric).unit
    if change.low is None:
        return texts.finding_single.format(percent=_amount(change.mean, unit, texts.numbers, signed=True), **words)
    template, signed = _template(difference, texts)
    return template.format(**_amounts(change, unit, texts.numbers, signed), **words)


def _template(difference: Difference, texts: Texts) -> tuple[str, bool]:
    """Return the sentence that fits, and whether its figures carry signs."""
    direction = _direction(difference)
    if direction == 0:
        return texts.finding_unclear, True
    return (texts.finding_lower if direction < 0 else texts.finding_higher), False


def _amounts(change: Interval, unit: str, style: NumberStyle, signed: bool) -> dict[str, str]:
    """Return the change with its bounds; without signs the smaller amount comes first."""
    bounds = [change.mean if bound is None else bound for bound in (change.low, change.high)]
    low, high = bounds if signed else sorted(bounds, key=abs)
    values = {"percent": change.mean, "low": low, "high": high}
    return {name: _amount(value, unit, style, signed) for name, value in values.items()}


def _amount(value: float, unit: str, style: NumberStyle, signed: bool) -> str:
    digits = percent_digits(value)
    number = style.signed(value, digits) if signed else style.plain(abs(value), digits)
    return f"{number}{SPACE}{unit}" if unit else number


def _levels(comparison: Comparison, difference: Difference, texts: Texts) -> tuple[str, str]:
    """Return the paired seeds' means of baseline and agent, with their unit."""
    own = comparison.values(difference.agent, difference.backend, difference.metric)
    base = comparison.values(difference.against, difference.backend, difference.metric)
    shared = [seed for seed in own if seed in base]
    digits, unit = metric_info(difference.metric).digits, texts.units[difference.metric]
    means = (sum(values[seed] for seed in shared) / len(shared) for values in (base, own))
    before, after = (texts.numbers.plain(mean, digits) for mean in means)
    return before, f"{after}{SPACE}{unit}"


def _cards(comparison: Comparison, leader: str, texts: Texts) -> Iterator[Card]:
    for metric in CARD_METRICS:
        difference = comparison.difference(leader, reference_engine(comparison), metric)
        if difference is not None and difference.percent is not None:
            yield _card(comparison, difference, difference.percent, texts)


def _card(comparison: Comparison, difference: Difference, percent: Interval, texts: Texts) -> Card:
    before, after = _levels(comparison, difference, texts)
    is_beyond = difference.is_beyond_chance
    return Card(
        label=texts.metrics[difference.metric].split(" [")[0],
        change=texts.numbers.percent(percent.mean),
        values=texts.from_to.format(before=before, after=after),
        interval=interval_words(percent, texts),
        verdict=texts.beyond_chance if is_beyond else texts.not_beyond_chance,
        is_beyond_chance=is_beyond,
    )


def interval_words(percent: Interval, texts: Texts) -> str:
    """Return the bounds of a percentage in words."""
    if percent.low is None or percent.high is None:
        return texts.no_interval
    low, high = texts.numbers.percent(percent.low), texts.numbers.percent(percent.high)
    return texts.interval_of.format(low=low, high=high)
