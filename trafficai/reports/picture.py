"""A small picture of a result for a README: delay and CO2 per agent and engine, as one SVG file."""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import Markup

from trafficai.evaluation import Comparison, write_text_atomically
from trafficai.reports.charts import WIDTH
from trafficai.reports.figures import level_figures
from trafficai.reports.html import style_sheet
from trafficai.reports.names import Names
from trafficai.reports.svg import element, text
from trafficai.reports.texts import texts_for

PADDING = 24.0
HEADING_HEIGHT = 84.0

_COLOURS = (
    ".picture { --paper: #ffffff; --ink: #1a1f26; --muted: #56606d; --line: #d9dde3; "
    "--first: #0072b2; --second: #c2560a; }"
    ".picture .ground { fill: var(--paper); stroke: var(--line); }"
    ".picture text { font-family: system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; fill: var(--ink); }"
    ".picture .heading { font-size: 19px; font-weight: 650; }"
    ".picture .panel { font-size: 15px; font-weight: 600; }"
)


def write_picture(comparison: Comparison, path: Path | str, lang: str = "en") -> Path:
    """Write the picture as an SVG file and return it; raises RunError where that fails."""
    return write_text_atomically(path, render_picture(comparison, lang))


def render_picture(comparison: Comparison, lang: str = "en") -> str:
    """Return the picture as a standalone SVG document, its colours fixed to a light ground."""
    texts = texts_for(lang)
    figures = level_figures(comparison, texts, Names(comparison, texts))
    title = texts.title.format(scenario=comparison.scenario)
    charts = [figure.chart for figure in figures]
    height = max(_height(chart) for chart in charts)
    panels = [_panel(figure.title, figure.chart, i, height) for i, figure in enumerate(figures)]
    width = PADDING + len(panels) * (WIDTH + PADDING)
    total = HEADING_HEIGHT + height + PADDING
    content = (
        element("title", title),
        element("style", Markup(_COLOURS + style_sheet("chart.css"))),
        element("rect", x=0.5, y=0.5, width=width - 1.0, height=total - 1.0, rx=10.0, class_="ground"),
        text(title, PADDING, 38.0, "heading"),
        *panels,
    )
    picture = element(
        "svg",
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {total:g}",
        width=width,
        height=total,
        role="img",
        aria_label=title,
        class_="picture",
    )
    return str(picture) + "\n"


def _panel(title: str, chart: Markup, position: int, height: float) -> Markup:
    """Return a chart with its title at its place in the row."""
    x = PADDING + position * (WIDTH + PADDING)
    placed = element("svg", chart, x=x, y=HEADING_HEIGHT, width=WIDTH, height=height)
    return text(title, x + 4.0, HEADING_HEIGHT - 12.0, "panel") + placed


def _height(chart: Markup) -> float:
    """Return the height that a chart was drawn with."""
    match = re.search(r'viewBox="0 0 \S+ (\S+)"', chart)
    assert match is not None
    return float(match.group(1))
