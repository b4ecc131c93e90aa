"""The German plan, by arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.controllers.test_webster import with_demand
from tests.fakes import toy_scenario, toy_signal
from trafficai.controllers import Hbs, designed
from trafficai.controllers.cyclic import Ring
from trafficai.controllers.hbs import SATURATION, hbs_cycle, turn_factor
from trafficai.controllers.turning import turning_counts
from trafficai.datatypes import InputError
from trafficai.scenario import load_scenario
from trafficai.scenario.model import VehicleType
from trafficai.scenario.plans import plan_of


@pytest.mark.parametrize(
    ("lost", "ratio", "cycle"),
    [
        (10.0, 0.6, 50.0),  # (15 + 5) / 0.4
        (20.0, 0.7, 90.0),  # 116.7 by the formula; 20 / (1 - 0.7 / 0.9) = 90.0 keeps the degree of saturation
        (20.0, 0.65, 90.0),  # (30 + 5) / 0.35 = 100, and 72 would do
        (12.0, 0.8, 108.0),  # 12 / (1 - 0.8 / 0.9)
        (12.0, 0.9, float("inf")),
    ],
)
def test_the_cycle_is_the_formula_up_to_90_s_and_longer_where_capacity_asks_for_it(lost, ratio, cycle):
    assert hbs_cycle(lost, ratio, SATURATION) == pytest.approx(cycle)


@pytest.mark.parametrize(("radius", "factor"), [(6.0, 0.85), (10.0, 0.85), (12.0, 0.90), (15.1, 1.0)])
def test_tight_turns_take_longer(radius, factor):
    assert turn_factor(radius) == factor


def test_cycle_and_greens_of_a_junction_of_two_streams():
    """800 and 400 veh/h on lanes of 2000: 0.4 and 0.2, two changes of 3 s: (9 + 5) / 0.4 = 35 s.

    0.2 of that is less than the least green of 10 s, which is lost: (24 + 5) / 0.6 = 48.3 s, rounded up to 50 s. Of
    the 44 s of green two thirds and one third: 29.3 and 14.7 s.
    """
    scenario = with_demand(toy_scenario(duration=900), n=200, w=100)
    made = designed(Hbs(), scenario).signals[0]
    plan = plan_of(made)
    assert plan.cycle == 50.0
    assert [tuple(green) for green in plan.greens] == [(0, 0.0, 29.0), (1, 32.0, 15.0)]
    shown = [(phase.duration, phase.state) for phase in made.program.phases]
    assert shown == [(29.0, "Gr"), (2.0, "yr"), (1.0, "yu"), (15.0, "rG"), (2.0, "ry"), (1.0, "uy")]


def test_through_traffic_has_10_s_even_where_next_to_nobody_comes():
    scenario = with_demand(toy_scenario(duration=900), n=1, w=1)
    assert min(green.length for green in plan_of(designed(Hbs(), scenario).signals[0]).greens) >= 10.0


def test_heavy_vehicles_count_for_more():
    """Ten cars, ten lorries and ten with trailers: 10 + 17.5 + 25."""
    scenario = with_demand(toy_scenario(duration=900), n=30)
    types = (VehicleType("car"), VehicleType("l", vehicle_class="truck"), VehicleType("t", vehicle_class="trailer"))
    vehicles = tuple(replace(vehicle, type=i % 3) for i, vehicle in enumerate(scenario.vehicles))
    mixed = replace(scenario, vehicle_types=types, vehicles=vehicles)
    assert turning_counts(mixed, {"truck": 1.75, "trailer": 2.5})["An", "As"].sum() == 52.5
    assert turning_counts(mixed)["An", "As"].sum() == 30.0


def test_a_change_is_long_enough_for_a_green_that_ended_before_the_last_one():
    """Position 0 needs 20 s to position 2; between them are a change of 3 s, a least green of 5 s: 12 s are left."""
    signal = replace(toy_signal("A", ("Grr", "rGr", "rrG")), links=((("a", "b"),), (("c", "d"),), (("e", "f"),)))
    matrix = ((0.0, 3.0, 20.0), (3.0, 0.0, 3.0), (3.0, 3.0, 0.0))
    signal = replace(signal, green_phases=(0, 1, 2), intergreen=matrix, yellow=3.0)
    assert Ring(signal).changes.tolist() == [3.0, 12.0, 3.0]
    assert Ring(signal, least=(5.0, 15.0, 5.0)).changes.tolist() == [3.0, 3.0, 3.0]


def test_green_that_is_left_goes_by_weight_over_different_least_greens():
    ring = Ring(toy_signal("A"), least=(10.0, 5.0))  # changes of 4 s
    assert ring.greens(np.array([1.0, 9.0]), 58.0).tolist() == [10.0, 40.0]
    assert ring.least_cycle == 23.0


def test_coordinated_plans_have_one_cycle():
    made = designed(Hbs(coordinated=True), load_scenario("arterial5"))
    cycles = {signal.program.cycle for signal in made.signals}
    assert len(cycles) == 1
    assert cycles.pop() % 5.0 == 0.0
    assert len({signal.program.offset for signal in made.signals}) > 1


@pytest.mark.parametrize("saturation", [0.0, 1.2])
def test_a_degree_of_saturation_is_above_0_and_up_to_1(saturation):
    with pytest.raises(InputError, match="saturation"):
        Hbs(saturation=saturation)


def test_the_design_is_the_same_twice_and_once():
    rule, scenario = Hbs(), with_demand(toy_scenario(duration=900), n=152, w=76)
    made = rule.design(scenario)
    assert rule.design(made) is made
    assert Hbs().design(scenario) == made
