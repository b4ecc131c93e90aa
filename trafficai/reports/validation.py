"""The report of a validation: one HTML file that runs no script and fetches nothing."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from trafficai.evaluation import write_text_atomically
from trafficai.evaluation.validation import CORE, SUMO, Row, Validation
from trafficai.metrics import GEH_LIMIT, MetricInfo, metric_info
from trafficai.reports.figures import Figure
from trafficai.reports.html import environment, style_sheet
from trafficai.reports.numbers import DASH, NumberStyle
from trafficai.reports.plots import Curve, Plot, curve_plot, scatter_plot
from trafficai.reports.tables import Table
from trafficai.reports.text_en import ENGLISH

REPORT_FILE: Final = "validation.html"
NUM_WORST: Final = 15
STYLE: Final[NumberStyle] = ENGLISH.numbers
ENGINES: Final = {CORE: ENGLISH.engines["numba"], SUMO: ENGLISH.engines["sumo"]}


def write_validation_report(validation: Validation, folder: Path | str) -> Path:
    """Write the report into the folder and return the file; raises RunError where that fails."""
    return write_text_atomically(Path(folder) / REPORT_FILE, render_validation(validation))


def render_validation(validation: Validation) -> str:
    """Return the report as HTML, in English."""
    content: dict[str, Any] = {
        "title": f"The core against SUMO: {validation.scenario}",
        "style": Markup(style_sheet("report.css") + style_sheet("chart.css")),
        "summary": _summary(validation),
        "finding": _finding(validation),
        "figures": _figures(validation),
        "tables": (measures_table(validation), worst_table(validation)),
        "notes": validation.notes,
        "provenance": _provenance(validation),
    }
    return environment().get_template("validation.html").render(content)


def measures_table(validation: Validation) -> Table:
    """Return every measure in both engines."""
    header = ("Measure", ENGINES[CORE], "sd", ENGINES[SUMO], "sd", "Error", "SUMO's own 95 %", "Inside")
    caption = "Means over seeds with their standard deviations; the interval is where one more run of SUMO would lie"
    rows = tuple(_measure_row(row) for row in validation.rows)
    return Table("measures", "Measures", caption, header, rows, num_heads=1)


def worst_table(validation: Validation) -> Table:
    """Return the edges whose vehicle-seconds differ most."""
    edges = validation.edges
    header = ("Edge", "Vehicle-seconds, core", "SUMO", "Difference", "Speed, core [m/s]", "SUMO [m/s]", "Highest GEH")
    rows = []
    for i in edges.worst(NUM_WORST):
        seconds = float(edges.core_seconds[i]), float(edges.sumo_seconds[i])
        counts = STYLE.plain(seconds[0], 0), STYLE.plain(seconds[1], 0), STYLE.signed(seconds[0] - seconds[1], 0)
        speeds = STYLE.plain(float(edges.core_speed[i]), 2), STYLE.plain(float(edges.sumo_speed[i]), 2)
        rows.append((edges.ids[i], *counts, *speeds, STYLE.plain(float(edges.geh[:, i].max()), 1)))
    caption = "Where the engines differ most: mean vehicle-seconds per run on an edge, and distance over time"
    return Table("edges", "Edges that differ most", caption, header, tuple(rows), num_heads=1)


def geh_bound(flow: float, sign: float) -> float:
    """Return the flow that differs from ``flow`` [veh/h] by a GEH of 5, above (1) or below (-1)."""
    square = GEH_LIMIT**2
    return flow + square / 4.0 + sign * math.sqrt(square * flow + square**2 / 16.0)


def _measure_row(row: Row) -> tuple[str, ...]:
    info, own = metric_info(row.metric), row.sumo_run
    digits = info.digits or 1
    numbers = (_plain(value, digits) for value in (row.core, row.core_sd, row.sumo, row.sumo_sd))
    error = DASH if row.relative_error is None else STYLE.percent(100.0 * row.relative_error)
    interval = DASH if own.low is None else f"{_plain(own.low, digits)} to {_plain(own.high, digits)}"
    inside = {None: DASH, True: "yes", False: "no"}[row.inside_interval]
    return (_label(info), *numbers, error, interval, inside)


def _label(info: MetricInfo) -> str:
    """Return what a measure is called; what only a validation counts has no entry among the texts."""
    plain = f"{info.label.capitalize()} [{info.unit}]" if info.unit else info.label.capitalize()
    return ENGLISH.metrics.get(info.name, plain)


def _plain(value: float | None, digits: int) -> str:
    return DASH if value is None else STYLE.plain(value, digits)


def _summary(validation: Validation) -> str:
    agent = ENGLISH.agents.get(validation.agent, validation.agent)
    seeds = len(validation.seeds)
    return f"{agent} · {seeds} seed{'s' if seeds > 1 else ''} · {validation.begin} s to {validation.end} s"


def _finding(validation: Validation) -> list[str]:
    """Return what a reader wants to know first."""
    rows = {row.metric: row for row in validation.rows}
    named = {"duration_s": "travel time", "time_loss_s": "time loss", "waiting_time_s": "waiting time", "co2_kg": "CO₂"}
    errors = [(words, rows[name].relative_error) for name, words in named.items()]
    told = ", ".join(f"{name} {STYLE.percent(100.0 * error)}" for name, error in errors if error is not None)
    inside = sum(row.inside_interval is True for row in validation.rows)
    edges, num = validation.edges, len(validation.seeds)
    sentences = [f"The core's mean differs from SUMO's by: {told}."]
    if num > 1:
        sentences.append(f"{inside} of {len(rows)} measures lie where another run of SUMO could lie.")
    if edges.geh_below_5 is not None:
        share = STYLE.plain(100.0 * edges.geh_below_5, 1)
        sentences.append(f"Flows agree (GEH below 5) on {share} % of {edges.geh.size} edge-hours.")
    core, sumo = validation.gridlocked(CORE), validation.gridlocked(SUMO)
    sentences.append(f"Runs that gridlocked: {core} of {num} in the core, {sumo} of {num} in SUMO.")
    return [*sentences, *_speed(validation)]


def _speed(validation: Validation) -> list[str]:
    ratio = validation.speed.ratio
    return [] if ratio is None else [f"The core is {STYLE.plain(ratio, 1)} times as fast per CPU second."]


def _figures(validation: Validation) -> list[Figure]:
    edges = validation.edges
    flows = list(zip(edges.sumo_flow.ravel().tolist(), edges.core_flow.ravel().tolist(), strict=True))
    seconds = list(zip(edges.sumo_seconds.tolist(), edges.core_seconds.tolist(), strict=True))
    steps = [max((value for point in flows for value in point), default=0.0) * i / 60.0 for i in range(61)]
    bounds = [[(flow, geh_bound(flow, sign)) for flow in steps] for sign in (1.0, -1.0)]
    bounds[1] = [(flow, bound) for flow, bound in bounds[1] if flow >= GEH_LIMIT**2 / 2.0]
    return [
        _over_time(validation, "running", "Vehicles on the road", "vehicles"),
        _over_time(validation, "speed", "Mean speed on the road", "m/s"),
        _scatter("flows", "Flow per edge and hour", "veh/h", flows, bounds, "Dashed: a GEH of 5."),
        _scatter("seconds", "Vehicle-seconds per edge", "s", seconds, [], "Mean per run."),
    ]


def _over_time(validation: Validation, name: str, title: str, unit: str) -> Figure:
    curves = []
    for engine, label in ENGINES.items():
        series = validation.series(engine)
        minutes = ((series.time - validation.begin) / 60.0).tolist()
        curves.append(Curve(label, list(zip(minutes, getattr(series, name).tolist(), strict=True))))
    words = f"{title} over time in both engines, mean over seeds."
    plot = Plot(f"time-{name}", title, words, "minutes since the period began", unit)
    return Figure(title, curve_plot(plot, curves, STYLE), "Mean over seeds.")


def _scatter(
    name: str,
    title: str,
    unit: str,
    points: list[tuple[float, float]],
    bounds: list[list[tuple[float, float]]],
    note: str,
) -> Figure:
    words = f"{title}: the core against SUMO, {len(points)} points."
    plot = Plot(f"edges-{name}", title, words, f"SUMO [{unit}]", f"core [{unit}]")
    return Figure(title, scatter_plot(plot, points, bounds, STYLE), f"On the diagonal both engines agree. {note}")


def _provenance(validation: Validation) -> list[tuple[str, str]]:
    values = {
        "scenario": validation.scenario,
        "sha256": validation.scenario_sha256,
        "period": f"{validation.begin} s – {validation.end} s",
        "agents": validation.agent,
        "seeds": ", ".join(map(str, validation.seeds)),
        **validation.versions._asdict(),
        "command": validation.command,
        "created": validation.created,
    }
    labels = ENGLISH.provenance_labels
    return [(labels[name], value or ENGLISH.unknown) for name, value in values.items()]
