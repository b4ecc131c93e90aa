"""Every word of the report, in each language; what stands in braces is filled in and escaped by the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trafficai.datatypes import InputError
from trafficai.reports.numbers import NumberStyle


@dataclass(frozen=True)
class Texts:
    """The report's words in one language."""

    lang: str
    numbers: NumberStyle
    title: str
    product: str
    summary: str
    span: str
    skip: str
    finding: str
    finding_lower: str
    finding_higher: str
    finding_unclear: str
    finding_single: str
    finding_none_better: str
    finding_alone: str
    finding_nothing: str
    finding_pairs: str
    finding_corrected: str
    finding_agree: str
    finding_disagree: str
    incomplete: str
    single_seed: str
    signal_monitor: str
    invalid_runs: str
    warm_up: str
    gridlocked: str
    beyond_chance: str
    not_beyond_chance: str
    from_to: str
    interval: str
    interval_of: str
    no_interval: str
    charts: str
    chart_delay: str
    chart_co2: str
    chart_delay_change: str
    chart_co2_change: str
    axis_delay: str
    axis_co2: str
    axis_change: str
    chart_note: str
    change_note: str
    means: str
    means_caption: str
    differences: str
    differences_caption: str
    models: str
    models_caption: str
    counts: str
    counts_caption: str
    runs: str
    runs_caption: str
    runs_too_many: str
    agent: str
    engine: str
    seed: str
    num_seeds: str
    measure: str
    difference: str
    change: str
    verdict: str
    notes: str
    no_notes: str
    reading: str
    caveats: tuple[str, ...]
    definitions: str
    provenance: str
    unknown: str
    provenance_labels: Mapping[str, str]
    agents: Mapping[str, str]
    engines: Mapping[str, str]
    places: Mapping[str, str]  # engines as the beginning of a sentence
    metrics: Mapping[str, str]
    measures: Mapping[str, str]  # as the object of a sentence
    units: Mapping[str, str]  # per metric, after a number in a sentence
    metric_definitions: Mapping[str, str]


def texts_for(lang: str) -> Texts:
    """Return the words of a language.

    Raises:
        InputError: the report does not speak it.
    """
    from trafficai.reports.text_de import GERMAN
    from trafficai.reports.text_en import ENGLISH

    languages = MappingProxyType({"en": ENGLISH, "de": GERMAN})
    if lang not in languages:
        raise InputError(f"no report in language {lang!r}; there are {', '.join(languages)}")
    return languages[lang]
