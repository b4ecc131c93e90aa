"""``trafficai validate``: what it prints and writes, once on a real junction in both engines."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from tests.evaluation.samples import make_validation
from trafficai.cli.validate import print_validation


def test_the_table_says_what_lies_outside(capsys):
    print_validation(make_validation(core=(50.0, 51.0), sumo=(100.0, 101.0)))
    out = capsys.readouterr().out
    assert "toy, fixed-time, 2 seeds (1 to 2), 0 to 1800 s" in out
    duration = next(line for line in out.splitlines() if line.strip().startswith("duration"))
    assert duration.split() == ["duration", "s", "50.5", "0.7", "100.5", "0.7", "-49.8%", "89.5", "to", "111.5", "NO"]
    assert "GEH below 5 on 50.0% of 2 edge-hours" in out
    assert "Speed: 6.0 times SUMO's" in out


def test_one_seed_has_no_interval(capsys):
    print_validation(make_validation(core=(50.0,), sumo=(0.0,)))
    duration = next(line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("duration"))
    assert duration.split() == ["duration", "s", "50.0", "-", "0.0", "-", "-", "-", "-"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cologne1", "--seeds", "0"), "--seeds"),
        (("cologne1", "--agent", "max-presure"), "did you mean max-pressure"),
        (("cologne9",), "cologne9"),
    ],
)
def test_bad_input_is_one_line(run, arguments, words):
    outcome = run("validate", *arguments)
    assert outcome.code == 2
    assert words in outcome.last_error


@pytest.mark.skipif(find_spec("sumo_rl") is None, reason="cologne1 lies in the package sumo-rl")
def test_a_real_junction_is_validated(run, tmp_path):
    window = ("--begin", "25200", "--end", "25500")
    outcome = run(
        "validate", "cologne1", "--seeds", "2", "--agent", "max-pressure", *window, "--json", "v.json", "--report", "r"
    )
    assert outcome.code == 0, outcome.err
    document = json.loads((tmp_path / "v.json").read_text())
    assert (document["schema"], document["agent"], document["seeds"]) == (1, "max-pressure", [1, 2])
    rows = {row["metric"]: row for row in document["rows"]}
    assert rows["loaded"]["core"] == rows["loaded"]["sumo"] > 100
    assert abs(rows["duration_s"]["relative_error"]) < 0.25
    assert document["geh_below_5"] > 0.8
    assert document["edges"]["vehicle_seconds_correlation"] > 0.9
    assert document["command"].startswith("trafficai validate cologne1 --seeds 2")
    assert "The core against SUMO: cologne1" in (tmp_path / "r" / "validation.html").read_text()
