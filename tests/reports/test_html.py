"""The report is one safe, complete and accessible page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reports.samples import Page, make_cell, make_comparison
from trafficai.datatypes import InputError
from trafficai.evaluation import Comparison, Versions, write_text_atomically
from trafficai.evaluation.warm_up import WarmUp
from trafficai.reports import render_html, write_report

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!-- <iframe src=javascript:alert(1)> -->",
    "]]><b>",
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "&lt;b&gt; &amp;",
    "javascript:alert(1)",
    "{scenario.__class__} {0}",
    "\u202egnp.exe",
]


def hostile_comparison(text: str) -> Comparison:
    """Return a comparison with the text wherever a user has a say."""
    levels = {text: 40.0, f"b{text}": 20.0}
    made = make_comparison(levels, backends=(text,))
    versions = Versions(*(text for _ in Versions._fields))
    basis = {"co2_kg": {text: 1.0}}
    named = replace(made, scenario=text, scenario_sha256=text, notes=(text, text), emission_classes=basis)
    return replace(named, command=text, created=text, versions=versions)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_a_user_names_becomes_markup(text: str) -> None:
    page, plain = Page(render_html(hostile_comparison(text))), Page(render_html(hostile_comparison("harmless")))
    assert page.tags == plain.tags
    assert [name for _, name, _ in page.attributes] == [name for _, name, _ in plain.attributes]
    assert page.text.count(text) >= 8


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    html = render_html(make_comparison())
    page = Page(html)
    assert "://" not in html
    assert not {"script", "link", "iframe", "object", "embed", "form", "img", "base"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in {"src", "style"}]
    assert set(page.values("href")) == {"#finding"}
    assert "@import" not in html
    assert set(re.findall(r"url\((.)", html)) == {"#"}
    policy = next(value for value in page.values("content") if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_page_is_accessible(lang: str) -> None:
    page = Page(render_html(make_comparison(), lang))
    assert ("html", "lang", lang) in page.attributes
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {target for value in page.values("aria-labelledby") for target in value.split()} <= set(ids)
    assert page.tags["svg"] == page.tags["desc"] == 4
    assert page.values("role").count("img") == 4
    assert page.tags["caption"] == page.tags["table"] == 4
    assert set(page.values("scope")) == {"col", "row"}
    assert page.tags["main"] == page.tags["header"] == 1


def test_the_finding_is_computed_and_led_by_sumo() -> None:
    text = Page(render_html(make_comparison())).text
    assert "\N{REPLACEMENT CHARACTER}" not in text
    # Delay: 42 -> 12 s is -71 %, CO2: 242 -> 212 kg is -12 %; equal in every seed, so the interval has no width.
    lead = "In SUMO, PPO lowers mean delay by 71 % against Fixed time (95 % interval 71 % to 71 %), from 42.0 to 12.0 s"
    assert lead in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Both engines agree" in text
    assert "3 runs per agent and engine" in text


def test_a_difference_within_chance_is_called_so() -> None:
    made = make_comparison({"fixed-time": 40.0, "max-wave": 40.0}, backends=("numba",))
    noisy = [make_cell("max-wave", 1, "numba", 30.0), make_cell("max-wave", 2, "numba", 49.0)]
    cells = (*(cell for cell in made.cells if cell.agent == "fixed-time"), *noisy)
    text = Page(render_html(replace(made, cells=cells, complete=False))).text
    assert "cannot be told from Fixed time" in text
    assert "is not significant" in text
    assert "not beyond chance" in text
    assert "Incomplete: 5 of 6 runs" in text


def test_what_is_not_counted_and_who_got_stuck_is_said_first() -> None:
    made = make_comparison()
    stuck = replace(made.cells[0], metrics={**made.cells[0].metrics, "arrived": 900})
    comparison = replace(made, cells=(stuck, *made.cells[1:]), warm_up=WarmUp(600, 312))
    english, german = (Page(render_html(comparison, lang)).text for lang in ("en", "de"))
    assert "312 vehicles, scheduled in the first 600 s, are in no figure" in english
    assert "counted all the same: Fixed time, 1, trafficai core." in english
    assert "312 Fahrzeuge, geplant in den ersten 600 s" in german
    assert "Festzeit, 1, trafficai-Kern." in german


def test_a_difference_that_does_not_stand_out_among_many_is_not_claimed() -> None:
    made = make_comparison({"fixed-time": 40.0, "max-wave": 40.0}, backends=("numba",))
    less = [make_cell("max-wave", seed, "numba", 39.0 - seed) for seed in made.seeds]  # p 0.035 before correction
    cells = (*(cell for cell in made.cells if cell.agent == "fixed-time"), *less)
    text = Page(render_html(replace(made, cells=cells))).text
    assert "is not significant" in text
    assert "all 5 comparisons are considered" in text


def test_a_worse_agent_is_called_worse() -> None:
    text = Page(render_html(make_comparison({"fixed-time": 20.0, "max-wave": 40.0}))).text
    assert "No agent has less mean delay than Fixed time" in text
    assert "Max wave raises mean delay by" in text


def test_engines_that_contradict_each_other_are_called_out() -> None:
    core = make_comparison({"fixed-time": 40.0, "max-wave": 20.0}, backends=("numba",))
    sumo = make_comparison({"fixed-time": 40.0, "max-wave": 60.0}, backends=("sumo",))
    both = replace(core, backends=("numba", "sumo"), cells=core.cells + sumo.cells)
    assert "The engines disagree" in Page(render_html(both)).text


def test_one_seed_is_said_to_prove_nothing() -> None:
    text = Page(render_html(make_comparison(seeds=(1,)))).text
    assert "One seed only" in text
    assert "this may be chance" in text
    assert "beyond chance" in text.replace("not beyond chance", "") or "not beyond chance" in text


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (make_comparison({"fixed-time": 40.0}), "Only Fixed time was run"),
        (replace(make_comparison(), cells=(), complete=False), "No run has been finished"),
    ],
)
def test_a_report_of_little_still_renders(made: Comparison, words: str) -> None:
    assert words in Page(render_html(made)).text


def test_german_numbers_have_a_comma() -> None:
    text = Page(render_html(make_comparison(), "de")).text
    assert "42,0 auf 12,0" in text
    assert "42.0" not in text


def test_another_language_is_bad_input() -> None:
    with pytest.raises(InputError, match="'fr'; there are en, de"):
        render_html(make_comparison(), "fr")


def test_provenance_is_there() -> None:
    made = replace(make_comparison(), command="trafficai compare cologne1", created="2026-11-20T14:03:00+00:00")
    text = Page(render_html(made)).text
    for value in ("ab" * 32, "1.28.0", "0.1.0", "trafficai compare cologne1", "2026-11-20", "1, 2, 3", "07:00:00"):
        assert value in text


def test_two_folders_of_one_name_are_told_apart() -> None:
    made = make_comparison({"fixed-time": 40.0, "runs/a/ppo": 20.0, "runs/b/ppo": 10.0})
    text = Page(render_html(made)).text
    assert "runs/a/ppo" in text
    assert "runs/b/ppo" in text


def test_too_many_runs_for_a_page_stay_in_the_json() -> None:
    text = Page(render_html(make_comparison(seeds=tuple(range(1, 100))))).text
    assert "There are 594 runs" in text


def test_text_that_is_no_unicode_can_be_written(tmp_path: Path) -> None:
    path = write_report(replace(make_comparison(), command="trafficai compare K\udcf6ln"), tmp_path)
    assert "K\\udcf6ln" in path.read_text(encoding="utf-8")
    assert write_text_atomically(tmp_path / "x", "\udcf6").read_text(encoding="utf-8") == "\\udcf6"


def test_every_model_of_co2_stands_beside_the_others_with_its_classes() -> None:
    made = make_comparison(backends=("numba",))
    cells = tuple(
        replace(cell, metrics={**cell.metrics, "co2_hbefa3_kg": 2.0 * cell.metrics["co2_kg"] - 100.0})
        for cell in made.cells
    )
    basis = {"co2_kg": {"HBEFA4/PC_petrol_Euro-4": 1.0}, "co2_hbefa3_kg": {"HBEFA3/PC_G_EU4": 1.0}}
    text = Page(render_html(replace(made, cells=cells, emission_classes=basis))).text.replace("\N{NO-BREAK SPACE}", " ")
    table = text.partition("CO₂ by model")[2]
    assert "CO₂ [kg]: HBEFA4/PC_petrol_Euro-4 (100 %); CO₂ by HBEFA3 [kg]: HBEFA3/PC_G_EU4 (100 %)" in table
    assert "242.0 ± 2.5384.0 ± 5.0" in table  # of fixed time: 200 + 42, and twice that less 100
    assert "−8.3 % (−8.3 % to −8.3 %)−10 % (−10 % to −10 %)" in table  # 20 kg of 242, and 40 kg of 384
