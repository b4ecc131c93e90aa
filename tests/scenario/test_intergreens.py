"""Clearance that a scenario gives: intergreen matrices, the longest red, yellow by speed, red-amber."""

from __future__ import annotations

import pytest

from tests.scenario.conftest import NETWORK
from trafficai.datatypes import InputError
from trafficai.scenario.load import load_scenario

MANIFEST = """name = "small"
description = "one signal"
network = "small.net.xml"
routes = ["small.rou.xml"]
end = 100
source = "made up"
licence = "none"
{more}
"""
ROUTES = '<routes><vehicle id="v" depart="1"><route edges="ab bc"/></vehicle></routes>'
MATRIX = "signal,ending,starting,seconds\nb,0,1,4\nb,1,0,6.5\n"


@pytest.fixture
def load(tmp_path):
    def loaded(more="", matrix=MATRIX, network=NETWORK):
        (tmp_path / "small.net.xml").write_text(network)
        (tmp_path / "small.rou.xml").write_text(ROUTES)
        (tmp_path / "intergreen.csv").write_text(matrix)
        (tmp_path / "scenario.toml").write_text(MANIFEST.format(more=more))
        return load_scenario(tmp_path)

    return loaded


def test_a_matrix_is_read_by_position(load):
    assert load('intergreen = "intergreen.csv"').signals[0].intergreen == ((0.0, 4.0), (6.5, 0.0))
    assert load().signals[0].intergreen == ()


def test_a_row_may_name_groups_of_positions(load):
    matrix = "signal,ending,starting,seconds\nb,0 1,1,4\nb,0 1,0,3\n"
    assert load('intergreen = "intergreen.csv"', matrix).signals[0].intergreen == ((3.0, 4.0), (3.0, 4.0))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ("from,to\n", "first line should be signal,ending,starting,seconds"),
        (MATRIX + "c,0,1,4\n", "line 4: there is no signal 'c'"),
        (MATRIX + "b,0,1,4\n", "line 4: 0 to 1 is there twice"),
        (MATRIX + "b,0,2,4\n", "line 4: '2' does not name positions of the state, 0 to 1"),
        (MATRIX + "b,,1,4\n", "line 4: '' does not name positions"),
        (MATRIX + "b,0,0,nan\n", "line 4: seconds 'nan' is no time"),
        (MATRIX + "b,0,0,-1\n", "line 4: seconds '-1' is no time"),
        ("signal,ending,starting,seconds\nb,0,1,4\n", "signal 'b': positions 1 and 0 conflict, but no time"),
    ],
)
def test_a_matrix_that_says_too_little_or_what_cannot_be_is_refused(load, matrix, message):
    with pytest.raises(InputError, match=message):
        load('intergreen = "intergreen.csv"', matrix)


def test_a_matrix_that_is_not_there_is_an_input_error(load):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        load('intergreen = "none.csv"')


def test_the_longest_red_is_every_signals_and_part_of_the_hash(load):
    limited = load("max_red = 90")
    assert limited.signals[0].max_red == 90.0
    assert limited.sha256 != load().sha256


@pytest.mark.parametrize(
    ("speed", "yellow"), [("8.33", 3.0), ("13.89", 3.0), ("16.67", 4.0), ("19.44", 5.0), ("27.78", 5.0)]
)
def test_yellow_follows_from_the_speed_where_the_program_shows_none(load, speed, yellow):
    dark = NETWORK.replace('state="yr"', 'state="rr"').replace('state="ry"', 'state="rr"')
    signal = load(network=dark.replace('index="1" speed="10"', f'index="1" speed="{speed}"')).signals[0]
    assert signal.yellows == (yellow, 3.0)
    assert signal.yellow == yellow


def test_red_amber_lasts_as_in_the_program(load):
    assert (
        load(network=NETWORK.replace('duration="1" state="rr"', 'duration="1" state="ur"')).signals[0].red_amber == 1.0
    )
    assert load().signals[0].red_amber == 0.0
