"""Charts, numbers and the picture."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from markupsafe import Markup

from tests.reports.samples import make_comparison
from trafficai.evaluation import Interval
from trafficai.reports import write_picture
from trafficai.reports.charts import Chart, Group, Mark, bar_chart, difference_chart
from trafficai.reports.numbers import NumberStyle
from trafficai.reports.svg import axis_steps, element, shorten

ENGLISH, GERMAN = NumberStyle("."), NumberStyle(",")


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [
        (0.0, 48.0, [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]),
        (-62.0, 0.0, [-80.0, -60.0, -40.0, -20.0, 0.0]),
        (-3.0, 2.0, [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0]),
        (0.0, 0.0, [0.0, 1.0]),
    ],
)
def test_axis_steps_are_round_and_cover_the_values(low: float, high: float, steps: list[float]) -> None:
    assert axis_steps(low, high) == pytest.approx(steps)


def test_numbers_are_written_as_the_language_does() -> None:
    assert ENGLISH.plain(-1234.56, 1) == "−1\N{NARROW NO-BREAK SPACE}234.6"
    assert GERMAN.plain(0.25, 2) == "0,25"
    assert (ENGLISH.signed(-0.001, 1), ENGLISH.signed(0.2, 1)) == ("0.0", "+0.2")
    assert (ENGLISH.percent(-43.4), ENGLISH.percent(2.34)) == ("−43\N{NO-BREAK SPACE}%", "+2.3\N{NO-BREAK SPACE}%")
    assert GERMAN.mean(Interval(1.5, None, None, 1), 1) == "1,5"


def test_elements_escape_text_and_attributes() -> None:
    assert element("a", "<b>", class_='"x"') == '<a class="&#34;x&#34;">&lt;b&gt;</a>'
    assert element("a", "\x00\udcf6") == "<a>\ufffd\ufffd</a>"
    assert element("a", Markup("<b></b>"), x=1.0, y=None) == '<a x="1"><b></b></a>'


def test_a_long_name_keeps_both_ends() -> None:
    short = shorten("runs/a-very-long-folder-name/ppo-seed7", 21)
    assert len(short) == 21
    assert short.startswith("runs/")
    assert short.endswith("seed7")


SURE = -5.0
"""The mean of whatever is beyond chance here."""


def draw(kind: str, *intervals: Interval) -> Element:
    marks = [Mark(i % 2, interval, "label", interval.mean == SURE) for i, interval in enumerate(intervals)]
    groups = [Group(f"agent {i}", [mark]) for i, mark in enumerate(marks)]
    chart = Chart("c", "A title", "A description", "axis", ["core", "SUMO"], groups)
    drawing = {"bar": bar_chart, "difference": difference_chart}[kind](chart, lambda tick: f"{tick:g}")
    root: Element = ElementTree.fromstring(drawing)
    return root


def test_bars_are_as_long_as_their_means() -> None:
    root = draw("bar", Interval(10.0, 9.0, 11.0, 3), Interval(20.0, 18.0, 22.0, 3))
    bars = [bar for bar in root.iter("rect") if (bar.get("class") or "").startswith("bar")][2:]  # after the legend's
    lengths = [float(bar.get("width") or 0) for bar in bars]
    assert lengths[1] == pytest.approx(2.0 * lengths[0], abs=0.05)
    assert bars[1].get("fill") == "url(#c-hatch)"


def test_a_mark_is_hollow_where_the_difference_may_be_chance() -> None:
    root = draw("difference", Interval(SURE, -6.0, -4.0, 3), Interval(1.0, 0.5, 1.5, 3), Interval(-2.0, None, None, 1))
    marks = [mark.get("class") or "" for mark in root.iter() if "dot" in (mark.get("class") or "")][2:]
    assert ["hollow" in mark for mark in marks] == [False, True, True]


def test_a_chart_has_title_and_description() -> None:
    root = draw("bar", Interval(10.0, None, None, 1))
    assert root.get("role") == "img"
    assert (root.findtext("title"), root.findtext("desc")) == ("A title", "A description")


@pytest.mark.parametrize("value", [0.0, 1e-9, 1e9])
def test_extreme_values_stay_inside_the_picture(value: float) -> None:
    root = draw("bar", Interval(value, value, value, 2))
    assert all(0.0 <= float(bar.get("width") or 0) <= 480.0 for bar in root.iter("rect"))


def test_the_picture_is_one_svg_file(tmp_path: Path) -> None:
    path = write_picture(make_comparison(), tmp_path / "result.svg")
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("role") == "img"
    assert "SUMO" in "".join(root.itertext())
