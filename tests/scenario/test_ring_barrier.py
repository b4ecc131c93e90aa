"""Dual rings: the phases that NEMA knows, what other junctions have, and that nobody gets in the way."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from tests.backends.micro import make_scenario, vehicle
from tests.backends.sumo_tools import run_tool
from trafficai.scenario import load_scenario, ring_barrier
from trafficai.scenario.foes import find_foes, find_yields
from trafficai.scenario.ring_barrier import RINGS, ring_pairs, with_ring_barrier

NAMES = (
    "junction",
    "arterial5",
    "grid3x3",
    "cologne1",
    "cologne3",
    "cologne8",
    "ingolstadt21",
    "grid4x4",
    "arterial4x4",
)
GO = set("Gg")


@cache
def load(name):
    return load_scenario(name)


@pytest.fixture(params=NAMES)
def scenario(request):
    return load(request.param)


def signal_of(name, signal):
    """Return the pairs of one signal by name, and the signal with them."""
    scenario = load(name)
    row = [s.id for s in scenario.signals].index(signal)
    return {pair.name: pair.state for pair in ring_pairs(scenario)[row]}, with_ring_barrier(scenario).signals[row]


def test_a_four_legged_junction_has_the_eight_pairs_of_nema():
    """Positions 0-2 come from the north, 3-6 from the east, 7-9 from the south, 10-13 from the west."""
    pairs, signal = signal_of("junction", "A1")
    assert pairs == {
        "1+5": "rrrrrrGrrrrrrG",
        "1+6": "rrrrrrrrrrGGGG",
        "2+5": "rrrGGGGrrrrrrr",
        "2+6": "rrrGGGrrrrGGGr",
        "3+7": "rrGrrrrrrGrrrr",
        "3+8": "GGGrrrrrrrrrrr",
        "4+7": "rrrrrrrGGGrrrr",
        "4+8": "GGrrrrrGGrrrrr",
    }
    assert signal.built_greens == tuple(pairs[name] for name in ("1+6", "2+5", "3+8", "4+7"))


def test_left_turns_yield_along_with_their_street_where_the_program_has_them_yield():
    pairs, _ = signal_of("cologne1", "GS_cluster_357187_359543")
    assert pairs["2+6"] == "GGGggrrrrrGGGggrrrrr"
    assert pairs["2+5"] == "GGGGGrrrrrrrrrrrrrrr"


def test_a_net_whose_program_has_every_pair_gets_none_more():
    for signal in with_ring_barrier(load("grid4x4")).signals:
        assert (len(signal.green_phases), signal.built_greens) == (8, ())


def test_left_turns_without_lane_and_green_of_their_own_go_first_only_with_all_of_their_edge():
    pairs, _ = signal_of("cologne8", "252017285")
    assert pairs == {
        "1+6": "rrrrrrrrGGGGrrrr",
        "2+5": "GGGGrrrrrrrrrrrr",
        "2+6": "GGggrrrrGGggrrrr",
        "3+8": "rrrrrrrrrrrrGGGG",
        "4+7": "rrrrGGGGrrrrrrrr",
        "4+8": "rrrrGGggrrrrGGgg",
    }


def test_a_junction_of_three_legs_has_its_largest_sets_of_movements():
    pairs, signal = signal_of("cologne3", "360082")
    assert pairs == {
        "-241660955#17:through+-241660955#17:left": "GGGGrrrrrrr",
        "-241660955#17:through+241660955#14:through": "GGggrrrGGGg",
        "-130160207#0:through": "rrrrGGgGrrr",  # the program's own, with a right turn besides
    }
    assert signal.built_greens == ("GGGGrrrrrrr",)


def test_a_signal_with_too_many_sets_of_movements_keeps_its_program(monkeypatch):
    monkeypatch.setattr(ring_barrier, "MOST_SETS", 2)
    assert signal_of("cologne3", "360082")[1].built_greens == ()


def test_pairs_take_one_movement_of_each_ring_of_one_side():
    sides = [{f"{one}+{two}" for one in first for two in second} for first, second in RINGS]
    for name in NAMES:
        for pairs in ring_pairs(load(name)):
            names = {pair.name for pair in pairs if ":" not in pair.name and "+" in pair.name}
            assert names <= sides[0] | sides[1]


def test_whoever_conflicts_yields_unless_the_program_has_both_go_first(scenario):
    foes, yields = find_foes(scenario.network), find_yields(scenario.network)
    for signal in with_ring_barrier(scenario).signals:
        for state in signal.built_greens:
            for one, other in foes.get(signal.id, ()):
                if {state[one], state[other]} <= GO:
                    both = any(p.state[one] == p.state[other] == "G" for p in signal.program.phases)
                    assert both or (state[one] == "g" and (one, other) in yields[signal.id]) or state[other] == "g"


def test_green_phases_of_the_program_keep_their_numbers_and_none_comes_twice(scenario):
    for before, after in zip(scenario.signals, with_ring_barrier(scenario).signals, strict=True):
        states = [after.green_state(k) for k in range(after.num_phases)]
        assert states[: before.num_phases] == [before.green_state(k) for k in range(before.num_phases)]
        assert len(set(after.built_greens) | set(states)) == len(set(states))
        assert len(set(after.built_greens)) == len(after.built_greens)
        assert replace(after, built_greens=()) == before


def test_every_road_movement_has_a_green(scenario):
    for signal, pairs in zip(scenario.signals, ring_pairs(scenario), strict=True):
        states = [pair.state for pair in pairs]
        dark = [i for i, links in enumerate(signal.links) if links and not any(state[i] in GO for state in states)]
        assert not dark


def test_pairs_do_not_depend_on_whether_they_are_there_already(scenario):
    assert ring_pairs(with_ring_barrier(scenario)) == ring_pairs(scenario)


GRID = (
    *("--grid", "--grid.number", "1", "--grid.attach-length", "200"),
    *("--turn-lanes", "1", "-j", "traffic_light", "--no-turnarounds", "true"),
)


def test_a_crossing_is_green_where_the_program_has_it_green_with_all_that_is(tmp_path):
    net = tmp_path / "net.net.xml"
    run_tool("netgenerate", *GRID, "--sidewalks.guess", "--crossings.guess", "--output-file", str(net))
    scenario = make_scenario(tmp_path, net, vehicle("v", 0, "bottom0A0 bottom0A0.180.00 A0top0", lane="1"))
    row = [signal.id for signal in scenario.signals].index("A0")
    assert {pair.name: pair.state for pair in ring_pairs(scenario)[row]} == {
        "1+5": "rrGrrrrrGrrrrrrr",  # the last four are crossings
        "1+6": "rrrrrrgGGrrrrGrr",
        "2+5": "gGGrrrrrrrrrrrrG",
        "2+6": "gGgrrrgGgrrrrGrG",
        "3+7": "rrrrrGrrrrrGrrrr",
        "3+8": "rrrrrrrrrgGGrrGr",
        "4+7": "rrrgGGrrrrrrGrrr",
        "4+8": "rrrgGgrrrgGgGrGr",
    }
