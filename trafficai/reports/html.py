"""The report of a comparison: one HTML file that runs no script and fetches nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from trafficai.evaluation import Comparison, write_text_atomically
from trafficai.evaluation.unserved import gridlocked
from trafficai.reports.figures import change_figures, level_figures
from trafficai.reports.finding import find
from trafficai.reports.names import Names
from trafficai.reports.tables import counts_table, differences_table, means_table, models_table, runs_table
from trafficai.reports.texts import Texts, texts_for

REPORT_FILE = "report.html"
TEMPLATES = Path(__file__).parent / "templates"


def write_report(comparison: Comparison, folder: Path | str, lang: str = "en") -> Path:
    """Write the report into the folder and return the file.

    Raises:
        InputError: the report does not speak the language.
        RunError: the file cannot be written.
    """
    return write_text_atomically(Path(folder) / REPORT_FILE, render_html(comparison, lang))


def render_html(comparison: Comparison, lang: str = "en") -> str:
    """Return the report as HTML in one of the languages of ``texts_for``."""
    texts = texts_for(lang)
    names = Names(comparison, texts)
    return environment().get_template("report.html").render(_content(comparison, texts, names))


def _content(comparison: Comparison, texts: Texts, names: Names) -> dict[str, Any]:
    """Return everything that the template shows."""
    has_runs, has_differences = bool(comparison.cells), bool(comparison.differences)
    tables = [means_table(comparison, texts, names)] if has_runs else []
    tables += [differences_table(comparison, texts, names)] if has_differences else []
    tables += [models_table(comparison, texts, names)] if has_runs and comparison.emission_classes else []
    tables += [counts_table(comparison, texts, names)] if has_runs else []
    return {
        "t": texts,
        "title": texts.title.format(scenario=comparison.scenario),
        "style": Markup(style_sheet("report.css") + style_sheet("chart.css")),
        "summary": _summary(comparison, texts, names),
        "monitor": _monitor(comparison, texts),
        "warnings": _warnings(comparison, texts, names),
        "finding": find(comparison, texts, names),
        "figures": _figures(comparison, texts, names) if has_runs else (),
        "tables": tables,
        "runs": runs_table(comparison, texts, names),
        "notes": comparison.notes,
        "provenance": _provenance(comparison, texts, names),
    }


def _figures(comparison: Comparison, texts: Texts, names: Names) -> tuple[Any, ...]:
    return (*level_figures(comparison, texts, names), *change_figures(comparison, texts, names))


def _summary(comparison: Comparison, texts: Texts, names: Names) -> str:
    """Return the line below the title."""
    vehicles = max((int(cell.metrics["loaded"]) for cell in comparison.cells), default=0)
    return texts.summary.format(
        agents=len(comparison.agents),
        engines=" + ".join(names.engine(backend) for backend in comparison.backends),
        seeds=len(comparison.seeds),
        vehicles=texts.numbers.plain(vehicles, 0),
        period=_period(comparison, texts),
    )


def _warnings(comparison: Comparison, texts: Texts, names: Names) -> list[str]:
    """Return what a reader must know before any figure."""
    warnings = []
    if not comparison.complete:
        planned = len(comparison.agents) * len(comparison.backends) * len(comparison.seeds)
        warnings.append(texts.incomplete.format(done=len(comparison.cells), planned=planned))
    if len(comparison.seeds) == 1:
        warnings.append(texts.single_seed)
    if comparison.warm_up.seconds:
        warnings.append(texts.warm_up.format(**comparison.warm_up._asdict()))
    if locked := gridlocked(comparison):
        runs = "; ".join(f"{names.agent(cell.agent)}, {cell.seed}, {names.engine(cell.backend)}" for cell in locked)
        warnings.append(texts.gridlocked.format(runs=runs))
    if comparison.invalid:
        runs = "; ".join(f"{cell.agent}, {cell.seed}, {cell.backend}" for cell in comparison.invalid)
        warnings.append(texts.invalid_runs.format(runs=runs))
    return warnings


def _monitor(comparison: Comparison, texts: Texts) -> str | None:
    """Return what the signal monitor saw, None where that is not known."""
    watch = comparison.signal_watch
    if watch is None:
        return None
    return texts.signal_monitor.format(
        seconds=texts.numbers.plain(watch.signal_seconds, 0), faults=texts.numbers.plain(watch.faults, 0)
    )


def _provenance(comparison: Comparison, texts: Texts, names: Names) -> list[tuple[str, str]]:
    """Return label and value of everything needed to get the same figures again."""
    values = {
        "scenario": comparison.scenario,
        "sha256": comparison.scenario_sha256,
        "period": f"{comparison.begin} s – {comparison.end} s ({_period(comparison, texts)})",
        "agents": ", ".join(comparison.agents),
        "baseline": comparison.baseline,
        "seeds": ", ".join(map(str, comparison.seeds)),
        "engines": ", ".join(comparison.backends),
        **comparison.versions._asdict(),
        "command": comparison.command,
        "created": comparison.created,
    }
    return [(label, values[name] or texts.unknown) for name, label in texts.provenance_labels.items()]


def _period(comparison: Comparison, texts: Texts) -> str:
    """Return the simulated period as times of day, which is how SUMO counts seconds."""
    return texts.span.format(low=_time_of_day(comparison.begin), high=_time_of_day(comparison.end))


def _time_of_day(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def style_sheet(name: str) -> str:
    """Return one of our style sheets."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Return the template environment: everything is escaped, nothing missing goes unnoticed."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
