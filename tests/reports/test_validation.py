"""The validation's report is one safe page that says what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.samples import make_run, make_validation
from tests.reports.samples import Page
from trafficai.datatypes import EdgeUse
from trafficai.metrics import geh
from trafficai.reports import render_validation, write_validation_report
from trafficai.reports.plots import MAX_POINTS, thinned
from trafficai.reports.validation import geh_bound, measures_table, worst_table


def test_the_page_says_what_was_found(tmp_path):
    path = write_validation_report(make_validation(), tmp_path)
    assert path.name == "validation.html"
    text = Page(path.read_text(encoding="utf-8")).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "20 of 20 measures lie where another run of SUMO could lie" in text
    assert "GEH below 5) on 50.0 % of 2 edge-hours" in text
    assert "Runs that gridlocked: 0 of 3 in the core, 0 of 3 in SUMO" in text
    assert "6.0 times as fast" in text


def test_the_page_runs_nothing_and_is_accessible():
    html = render_validation(make_validation())
    page = Page(html)
    assert "://" not in html
    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    assert page.tags["svg"] == page.tags["desc"] == 4
    assert page.headings.count(1) == 1
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {target for value in page.values("aria-labelledby") for target in value.split()} <= set(ids)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{ 7 * 7 }}"])
def test_nothing_a_user_names_becomes_markup(text):
    def page(name):
        named = replace(make_validation(), scenario=name, agent=name, edge_ids=(name, name, name, name))
        return Page(render_validation(replace(named, notes=(name,), command=name, created=name)))

    assert page(text).tags == page("harmless").tags
    assert page(text).text.count(text) >= 6


def test_one_seed_and_no_traffic_still_render():
    runs = (make_run(1, 0.0, EdgeUse(np.zeros((1, 4), np.int64), np.zeros(4), np.zeros(4))),)
    page = Page(render_validation(make_validation(runs=runs)))
    assert "another run of SUMO" not in page.text.partition("Both engines")[0]


def test_tables_have_a_row_per_measure_and_the_worst_edge_first():
    validation = make_validation()
    assert len(measures_table(validation).rows) == 20
    assert worst_table(validation).rows[0][0] == "b"


@pytest.mark.parametrize("flow", [20.0, 100.0, 1500.0])
def test_the_bounds_lie_at_a_geh_of_five(flow):
    for sign in (1.0, -1.0):
        assert geh(np.array([flow]), np.array([geh_bound(flow, sign)])) == pytest.approx(5.0)


def test_long_curves_are_thinned():
    points = [(float(i), 0.0) for i in range(1000)]
    assert len(thinned(points)) <= MAX_POINTS
    assert thinned(points[:10]) == points[:10]
