"""Green bands and coordinated plans, by arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import toy_scenario, toy_signal
from trafficai.controllers import Coordinated, designed
from trafficai.controllers.bands import Band, Link, Passage, Stop, best_offsets, chains
from trafficai.controllers.coordinated import green_window
from trafficai.datatypes import PlannedGreen, SignalPlan
from trafficai.scenario import load_scenario
from trafficai.scenario.plans import plan_of


def there_and_back(distance_s, length=30.0, weights=(1.0, 1.0)):
    """Two signals, green from the begin of the cycle, and a stream each way."""
    out = Band(weights[0], (Stop(0, 0.0, length, 0.0), Stop(1, 0.0, length, distance_s)))
    back = Band(weights[1], (Stop(1, 0.0, length, 0.0), Stop(0, 0.0, length, distance_s)))
    return [out, back]


def test_one_way_the_offset_is_the_driving_time():
    found = best_offsets(2, 60.0, there_and_back(22.0)[:1])
    assert found.offsets == (0.0, pytest.approx(22.0))
    assert found.widths == (pytest.approx(30.0),)


def test_both_ways_half_a_cycle_apart_have_all_the_green():
    """Driving for 30 s of a cycle of 60 s, the other way back as well: 30 + 30 is a cycle."""
    found = best_offsets(2, 60.0, there_and_back(30.0))
    assert found.offsets[1] == pytest.approx(30.0)
    assert found.widths == (pytest.approx(30.0), pytest.approx(30.0))


def test_both_ways_share_what_geometry_leaves():
    """10 s apart: offset o gives 30 - |10 - o| and 30 - |10 + o|, at best 40 s; the first has all if it weighs more."""
    assert sum(best_offsets(2, 60.0, there_and_back(10.0)).widths) == pytest.approx(40.0)
    found = best_offsets(2, 60.0, there_and_back(10.0, weights=(3.0, 1.0)))
    assert found.widths == (pytest.approx(30.0), pytest.approx(10.0))


def test_a_band_through_three_signals_is_as_wide_as_the_shortest_green():
    stops = (Stop(0, 5.0, 30.0, 0.0), Stop(1, 40.0, 18.0, 17.0), Stop(2, 0.0, 25.0, 71.0))
    found = best_offsets(3, 80.0, [Band(1.0, stops)])
    assert found.widths == (pytest.approx(18.0),)
    assert_inside(found, [Band(1.0, stops)], 80.0)


def test_a_network_has_no_wider_bands_than_a_search_of_all_offsets_finds():
    """Four signals in a square, each street one way round: the search tries every whole second."""
    times = (11.0, 23.0, 14.0, 19.0)
    bands = [Band(1.0, (Stop(i, 0.0, 12.0, 0.0), Stop((i + 1) % 4, 0.0, 12.0, times[i]))) for i in range(4)]
    cycle = 30
    offsets = np.stack(np.meshgrid(*[np.arange(cycle)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    offsets = np.concatenate((np.zeros((len(offsets), 1)), offsets), axis=1)
    late = np.stack([(offsets[:, i] + times[i] - offsets[:, (i + 1) % 4]) % cycle for i in range(4)])
    widths = np.maximum(12.0 - np.minimum(late, cycle - late), 0.0)
    assert sum(best_offsets(4, float(cycle), bands).widths) == pytest.approx(widths.sum(axis=0).max(), rel=0.05)


def assert_inside(found, bands, cycle):
    """Check that each band has the width that is said, by looking for a start that gives it."""
    for band, width in zip(bands, found.widths, strict=True):
        starts = np.arange(0.0, cycle, 0.01)
        inside = np.ones(len(starts), dtype=bool)
        for stop in band.stops:
            into = (starts + stop.time - found.offsets[stop.signal] - stop.start) % cycle
            inside &= into + width <= stop.length + 0.02
        assert inside.any()


def link(flow, start, end, turn="x", end_turn="x"):
    return Link(flow, 10.0, Passage(start, (turn, turn)), Passage(end, (end_turn, end_turn)))


def test_links_join_where_one_goes_on_as_the_other_ends():
    links = [
        link(90.0, 0, 1),
        link(80.0, 1, 2),
        link(70.0, 1, 3),
        link(60.0, 2, 1, "y", "y"),
        link(50.0, 1, 0, "y", "y"),
    ]
    assert [[each.end.signal for each in chain] for chain in chains(links)] == [[1, 2], [1, 0]]


def test_a_ring_is_cut_where_it_would_pass_a_signal_twice():
    ring = [link(90.0 - i, i, (i + 1) % 3) for i in range(3)]
    assert [[each.end.signal for each in chain] for chain in chains(ring)] == [[1, 2], [0]]


def test_a_green_window_may_span_phases_and_the_end_of_the_cycle():
    signal = toy_signal("A", ("Gr", "GG", "rG"))
    assert green_window(signal, cycle_of((0, 0, 20), (1, 20, 30), (2, 54, 32)), [0]) == (0.0, 50.0)
    assert green_window(signal, cycle_of((0, 0, 20), (1, 20, 30), (2, 54, 32)), [1]) == (20.0, 66.0)
    assert green_window(signal, cycle_of((1, 0, 30), (2, 34, 32), (0, 70, 20)), [0]) == (70.0, 50.0)


def cycle_of(*greens):
    return SignalPlan("A", 90.0, 0.0, tuple(PlannedGreen(*green) for green in greens))


def test_an_arterial_gets_one_cycle_and_bands_both_ways():
    made = designed(Coordinated(), load_scenario("arterial5"))
    plans = [plan_of(signal) for signal in made.signals]
    assert len({plan.cycle for plan in plans}) == 1
    assert len({plan.offset for plan in plans}) > 1
    assert [plan_of(signal) for signal in designed(Coordinated(), load_scenario("arterial5")).signals] == plans


def test_a_signal_by_itself_has_its_own_plan():
    scenario = replace(toy_scenario(duration=900), vehicles=())
    (signal,) = designed(Coordinated(), scenario).signals
    assert plan_of(signal).offset == 0.0
