"""The front, who a loss is put down to, what is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trafficai.datatypes import InputError
from trafficai.optimization import Objective, Settings, read_vary
from trafficai.optimization.areas import _joined
from trafficai.optimization.front import undominated
from trafficai.optimization.optimize import periods_of
from trafficai.optimization.owners import NOBODY, Owners, edge_owners
from trafficai.scenario import load_scenario


@given(arrays(np.float64, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 6).map(float)))
def test_the_front_is_what_nobody_beats(values):
    def beats(one, other):
        return bool((values[one] <= values[other]).all() and (values[one] < values[other]).any())

    rows = range(len(values))
    best = {tuple(values[row]) for row in rows if not any(beats(other, row) for other in rows)}
    found = undominated(values)
    assert [tuple(values[row]) for row in found] == sorted(best)


def test_signals_are_joined_over_third_ones():
    assert _joined([0, 1, 2, 3, 5], [(0, 2), (3, 2)]) == ((0, 2, 3), (1,), (5,))


def test_an_edge_belongs_to_the_signal_that_its_vehicles_come_to():
    scenario = load_scenario("arterial5")
    owners = edge_owners(scenario)
    signal = {s.id: i for i, s in enumerate(scenario.signals)}
    for connection in scenario.network.connections:
        if connection.signal in signal and connection.from_edge in owners:
            assert owners[connection.from_edge] == signal[connection.signal]
    last = {vehicle.route[-1] for vehicle in scenario.vehicles}
    assert {owners[edge] for edge in last} == {NOBODY}


def test_what_is_put_down_to_signals_adds_up():
    scenario = load_scenario("arterial5")
    owners = Owners(scenario)
    lanes = np.arange(1.0, len(scenario.network.normal_lanes) + 1.0)
    edges = edge_owners(scenario)
    mine = [edges.get(lane.edge, NOBODY) != NOBODY for lane in scenario.network.normal_lanes]
    assert owners.of_lanes(lanes).sum() == pytest.approx(lanes[mine].sum())
    everybody = np.arange(len(scenario.vehicles))
    assert owners.of_departures(np.ones(len(everybody)), everybody).sum() == len(everybody)


def test_priced_costs_by_hand():
    """3,600 s at 10 EUR/h and 50 kg at 200 EUR/t: 10 + 10 EUR."""
    totals = np.array([3600.0, 50.0])
    assert Objective("priced", 10.0, 200.0).costs(totals) == pytest.approx(20.0)
    assert Objective("delay").costs(totals) == 3600.0
    assert Objective("co2").costs(totals) == 50.0


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Objective("speed"), "objective 'speed' is unknown"),  # type: ignore[arg-type]
        (lambda: Objective("priced", 10.0), "needs two prices above 0"),
        (lambda: Objective("delay", 10.0, 10.0), "has no prices"),
        (lambda: Settings(trials=10), "trials must be at least 60, not 10"),
        (lambda: Settings(demands=(1.0, 1.0)), "a demand factor is there twice"),
        (lambda: Settings(demands=(0.0,)), "demand factors must be above 0"),
        (lambda: Settings(checks=1), "checks must be at least 2"),
        (lambda: read_vary("cycle,speed"), "nothing of a plan is called 'speed'"),
    ],
)
def test_what_cannot_be_sought_is_refused(make, problem):
    with pytest.raises(InputError, match=problem):
        make()


def test_parts_of_a_day_have_their_own_vehicles():
    scenario = load_scenario("junction")
    parts = periods_of(scenario, [900, 2000])
    assert [(part.begin, part.end) for part in parts] == [(0, 900), (900, 2000), (2000, 3600)]
    assert sum(len(part.vehicles) for part in parts) == len(scenario.vehicles)
    assert all(part.begin <= vehicle.depart < part.end for part in parts for vehicle in part.vehicles)
    assert len({part.sha256 for part in (scenario, *parts)}) == 4


@pytest.mark.parametrize("times", [[0], [3600], [900, 900], [2000, 900]])
def test_times_that_are_no_parts_are_refused(times):
    with pytest.raises(InputError, match="rising times between 0 and 3600 s"):
        periods_of(load_scenario("junction"), times)


def test_a_part_without_vehicles_is_refused():
    scenario = load_scenario("junction")
    late = replace(scenario, vehicles=tuple(v for v in scenario.vehicles if v.depart >= 1000.0))
    with pytest.raises(InputError, match="nobody departs from 0 to 900 s"):
        periods_of(late, [900])
