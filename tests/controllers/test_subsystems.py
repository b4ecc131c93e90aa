"""Signals that are joined, and offsets that directions vote for, by arithmetic."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.controllers.test_rules import ready, state
from tests.fakes import LANE_LENGTH_M, toy_scenario, toy_signal
from trafficai.controllers import SplitAdapter
from trafficai.controllers.streets import Street, streets_of
from trafficai.controllers.subsystems import Subsystems, lag_of, overlap
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Connection

OUT, BACK = Street(0, 1, 10.0, (0,), (0,), (0,)), Street(1, 0, 10.0, (0,), (0,), (1,))
GREEN = (0.0, 30.0)


def counted(subsystems, *left, begin=0):
    """Return the time after five minutes in which so many left each lane, all at once."""
    for time, share in ((begin, (0,) * len(left)), (begin + 300, left)):
        subsystems.count(SimpleNamespace(time=float(time), lane_left_in_interval=np.array(share)))
    return float(begin + 300)


def voted(left, wanted=(60.0, 60.0), streets=(OUT, BACK)):
    subsystems = Subsystems(streets)
    subsystems.vote(counted(subsystems, *left), np.array(wanted), lambda signal, positions: GREEN)
    return subsystems


@pytest.mark.parametrize(("late", "share"), [(0.0, 30.0), (10.0, 20.0), (30.0, 0.0), (50.0, 20.0), (-10.0, 20.0)])
def test_a_platoon_of_30_s_meets_a_green_of_30_s_in_a_cycle_of_60_s(late, share):
    assert overlap(late, 30.0, 30.0, 60.0) == pytest.approx(share)


def test_green_runs_along_a_street_at_the_driving_time():
    """The first signal's green begins 5 s into its cycle, the second's 12 s: 5 + 10 - 12."""
    assert lag_of(OUT, lambda signal, positions: ((5.0, 12.0)[signal], 30.0)) == 3.0


@pytest.mark.parametrize(("left", "elected"), [((30, 10), OUT), ((10, 30), BACK)])
def test_the_direction_with_more_vehicles_has_the_offset(left, elected):
    """360 and 120 veh/h, 10 s apart: whoever does not have it comes 20 s late, and a third of it in green."""
    places = voted(left).places
    assert (places[0].neighbour, places[0].street) == (-1, None)
    assert (places[1].neighbour, places[1].street) == (0, elected)


def test_an_offset_stays_until_the_other_direction_has_half_as_many_votes_again():
    """Flows are 360 and 120 veh/h, then 180 and 300, then 90 and 390: half of the period before is remembered.

    The votes are 180 + 100 for the old and 300 + 60 for the other, then 90 + 130 and 390 + 30.
    """
    subsystems, at = voted((30, 10)), 300
    for left, elected in (((0, 40), OUT), ((0, 40), BACK)):
        subsystems.vote(counted(subsystems, *left, begin=at), np.array([60.0, 60.0]), lambda signal, positions: GREEN)
        assert subsystems.places[1].street == elected
        at += 300


def test_signals_without_traffic_between_them_are_not_joined():
    """Four each way in 300 s are 96 veh/h."""
    assert voted((4, 4)).places == {}
    assert len(voted((5, 4)).places) == 2


def test_signals_whose_cycles_differ_are_not_joined():
    assert voted((30, 10), wanted=(60.0, 76.0)).places == {}
    subsystems = voted((30, 10), wanted=(60.0, 75.0))
    assert subsystems.places[0].head == 1
    assert subsystems.common_cycle(subsystems.places[0], np.array([60.0, 75.0])) == 75.0
    assert subsystems.common_cycle(subsystems.places[0], np.array([60.0, 70.0])) == 75.0  # less than a step
    assert subsystems.common_cycle(subsystems.places[0], np.array([60.0, 69.0])) == 69.0


def test_the_busiest_streets_of_a_ring_join_it():
    """Three signals in a ring: the street with least traffic is left out."""
    streets = [Street(a, b, 10.0, (0,), (0,), (k,)) for k, (a, b) in enumerate(((0, 1), (1, 2), (0, 2)))]
    places = voted((30, 20, 40), wanted=(60.0, 60.0, 60.0), streets=streets).places
    assert {signal: place.neighbour for signal, place in places.items()} == {0: -1, 1: 0, 2: 0}


def two_in_a_row():
    """Two toy signals: who leaves A to the south comes to B's northern approach, over a junction without a signal."""
    scenario = toy_scenario("AB", duration=3000)
    link = Connection("As", "Bn", 0, 0, None, None, -1, "s", "M")
    network = replace(scenario.network, connections=(*scenario.network.connections, link))
    return replace(scenario, network=network)


def test_streets_go_on_over_junctions_without_a_signal():
    """Twice 150 m at 13.9 m/s; position 0 of both signals; the lane before B is the fifth."""
    (street,) = streets_of(two_in_a_row())
    assert street == Street(0, 1, pytest.approx(2 * LANE_LENGTH_M / 13.9), (0,), (0,), (4,))


def test_a_signal_without_a_choice_ends_no_street():
    scenario = two_in_a_row()
    assert streets_of(replace(scenario, signals=(scenario.signals[0], toy_signal("B", ("GG",))))) == []


def test_an_arterial_has_streets_both_ways():
    pairs = {(street.start, street.end) for street in streets_of(load_scenario("arterial5"))}
    assert pairs == {(i, j) for i in range(5) for j in range(5) if abs(i - j) == 1}


def test_the_offset_is_reached_and_kept():
    """Cycles are 40 s, and greens begin with them: those of B begin 21.6 s after those of A, who sends it traffic."""
    scenario = two_in_a_row()
    rule = ready(SplitAdapter(offsets=True), scenario)
    for second in range(2000):
        seen = state(count=(0,) * 8, near=(0,) * 8, phase=(0, 0), time=float(second))
        seen.lane_left_in_interval = np.array([0, 0, 0, 0, int(second % 10 == 0), 0, 0, 0], dtype=np.int32)
        rule.decide(seen)
    assert rule.cycles.tolist() == [40.0, 40.0]
    assert (rule.begins[1] - rule.begins[0]) % 40.0 == pytest.approx(2 * LANE_LENGTH_M / 13.9, abs=1.0)
