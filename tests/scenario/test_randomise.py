"""What a draw may change of a scenario, and what it must leave alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import toy_scenario
from trafficai.datatypes import InputError
from trafficai.scenario.model import Stop, Vehicle, VehicleType
from trafficai.scenario.randomise import MOST_TURNING, Randomisation, Randomiser, apply, read_randomisation
from trafficai.scenario.turning import way_of

STOP = Stop(0, "An_0", 10.0, 20.0, duration=5.0)
NORTH_SOUTH, NORTH_EAST, WEST_EAST = ("An", "As"), ("An", "Ae"), ("Aw", "Ae")


@pytest.fixture
def scenario():
    """Cars from north and west, among them buses of a line and trucks, from the tenth second on."""
    vehicles = [Vehicle(f"n{i}", 0, 10.0 + i, NORTH_SOUTH) for i in range(200) if i % 4]
    vehicles += [Vehicle(f"n{i}", 0, 10.0 + i, NORTH_EAST, arrival_pos="30.0") for i in range(0, 200, 4)]
    vehicles += [Vehicle(f"w{i}", 0, 12.5 + 2 * i, WEST_EAST, arrival_pos="50.0") for i in range(100)]
    vehicles += [Vehicle(f"t{i}", 1, 15.0 + 9 * i, NORTH_SOUTH if i else NORTH_EAST, depart_lane="0") for i in range(9)]
    vehicles += [Vehicle(f"bus{i}", 2, 30.0 + 60 * i, NORTH_SOUTH, stops=(STOP,)) for i in range(3)]
    types = (VehicleType("car"), VehicleType("truck", "truck"), VehicleType("bus", "bus"))
    ordered = tuple(sorted(vehicles, key=lambda vehicle: vehicle.depart))
    return replace(toy_scenario(), begin=10, vehicle_types=types, vehicles=ordered)


def drawn(scenario, seed=1, **ranges):
    return apply(scenario, Randomiser(scenario, Randomisation(**ranges)).draw(seed))


def without_stops(scenario):
    return [vehicle for vehicle in scenario.vehicles if not vehicle.stops]


def test_nothing_varies_unless_asked_for(scenario):
    same = drawn(scenario)
    assert same.vehicles == scenario.vehicles
    assert same.vehicle_types == scenario.vehicle_types
    assert not Randomisation().varies_demand
    assert not Randomisation(sensor_noise=0.1).varies_demand
    assert Randomisation(arrivals=60).varies_demand


@pytest.mark.parametrize("factor", [0.003, 0.3, 1.0, 1.5, 2.25])
def test_the_number_of_vehicles_is_the_factors(scenario, factor):
    draw = Randomiser(scenario, Randomisation(demand_scale=(factor, factor))).draw(1)
    assert draw.demand_scale == round(309 * factor) / 309
    vehicles = without_stops(apply(scenario, draw))
    assert len(vehicles) == round(309 * factor)
    assert len({vehicle.id for vehicle in vehicles}) == len(vehicles)
    sources = Counter(vehicle.id.partition("#")[0] for vehicle in vehicles)
    assert set(sources.values()) <= {int(factor), int(factor) + 1}


def test_the_factor_lies_in_its_range_and_reaches_its_ends(scenario):
    randomiser = Randomiser(scenario, Randomisation(demand_scale=(0.8, 1.4), speed_spread=(0.0, 2.0)))
    scales, spreads = np.array([randomiser.draw(seed)[3:] for seed in range(200)]).T
    assert (scales.min(), scales.max()) == pytest.approx((0.8, 1.4), abs=0.02)
    assert (spreads.min(), spreads.max()) == pytest.approx((0.0, 2.0), abs=0.05)
    assert abs(np.corrcoef(scales, spreads)[0, 1]) < 0.2


def test_an_added_vehicle_has_an_id_nobody_has(scenario):
    first = scenario.vehicles[0]
    taken = replace(scenario, vehicles=(first, replace(first, id=f"{first.id}#2")))
    assert len({vehicle.id for vehicle in drawn(taken, demand_scale=(3.0, 3.0)).vehicles}) == 6


def test_an_added_vehicle_departs_near_the_one_it_is_a_copy_of(scenario):
    twice = drawn(scenario, demand_scale=(2.0, 2.0)).vehicles
    before = {vehicle.id: vehicle.depart for vehicle in scenario.vehicles}
    for vehicle in twice:
        source = before[vehicle.id.partition("#")[0]]
        assert (vehicle.depart - 10) // 60 == (source - 10) // 60
    pairs = Counter((vehicle.id.partition("#")[0], vehicle.depart) for vehicle in twice if not vehicle.stops)
    assert sum(number == 2 for number in pairs.values()) < 20
    assert [vehicle.depart for vehicle in twice] == sorted(vehicle.depart for vehicle in twice)


def test_bins_keep_the_number_of_departures_of_each_edge(scenario):
    def profile(of):
        return Counter((vehicle.route[0], (vehicle.depart - 10) // 20) for vehicle in without_stops(of))

    again = drawn(scenario, arrivals=20)
    assert profile(again) == profile(scenario)
    before = {vehicle.id: vehicle.depart for vehicle in scenario.vehicles}
    moved = [vehicle.depart != before[vehicle.id] for vehicle in without_stops(again)]
    assert np.mean(moved) > 0.9
    assert all(vehicle.depart == int(vehicle.depart) for vehicle in without_stops(again))
    assert [vehicle.depart for vehicle in again.vehicles] == sorted(vehicle.depart for vehicle in again.vehicles)


def test_no_departure_is_drawn_beyond_the_period(scenario):
    short = replace(scenario, end=scenario.begin + 230)
    late = replace(short, vehicles=tuple(vehicle for vehicle in short.vehicles if vehicle.depart < short.end))
    departures = [vehicle.depart for seed in range(5) for vehicle in drawn(late, seed, arrivals=400).vehicles]
    assert min(departures) >= short.begin
    assert max(departures) < short.end


def test_a_vehicle_turns_as_others_of_its_edge_and_class(scenario):
    offers: dict[tuple[str, str], set[object]] = {}
    for vehicle in without_stops(scenario):
        offers.setdefault((vehicle.route[0], scenario.vehicle_types[vehicle.type].vehicle_class), set()).add(
            way_of(vehicle)
        )
    turned = drawn(scenario, turning_shares=1.0)
    for vehicle in without_stops(turned):
        key = (vehicle.route[0], turned.vehicle_types[vehicle.type].vehicle_class)
        assert way_of(vehicle) in offers[key]
    before = {vehicle.id: vehicle for vehicle in scenario.vehicles}
    assert any(vehicle.route != before[vehicle.id].route for vehicle in turned.vehicles)
    assert all(replace(v, route=(), depart_lane="", arrival_pos="") == replace(
        before[v.id], route=(), depart_lane="", arrival_pos="") for v in turned.vehicles)  # fmt: skip


def test_the_odds_of_two_turns_move_by_the_given_deviation(scenario):
    """One in four cars turns east. The logarithm of the odds has two normal terms, one for each turn."""
    randomiser = Randomiser(scenario, Randomisation(turning_shares=0.3))
    names = np.array([vehicle.id[0] for vehicle in scenario.vehicles])
    east = np.array([vehicle.route == NORTH_EAST for vehicle in scenario.vehicles])
    shares = [east[draw.way][names[draw.source] == "n"].mean() for draw in map(randomiser.draw, range(400))]
    odds = np.log(np.array(shares) / (1.0 - np.array(shares)))
    sampling = 1.0 / np.sqrt(200 * 0.25 * 0.75)  # of 200 cars who each decide by themselves, at most
    assert odds.mean() == pytest.approx(np.log(0.25 / 0.75), abs=0.06)
    assert 0.3 * np.sqrt(2) - 0.05 < odds.std() < np.hypot(0.3 * np.sqrt(2), sampling) + 0.05


def test_what_all_routes_have_behind_a_turn_adds_nothing_to_its_weight(scenario):
    """Both sides go on by a dozen edges where nobody has a choice."""
    tails = {NORTH_EAST: tuple(f"e{i}" for i in range(12)), NORTH_SOUTH: tuple(f"s{i}" for i in range(12))}
    cars = [vehicle for vehicle in scenario.vehicles if vehicle.id[0] == "n"]
    long = [replace(vehicle, route=vehicle.route + tails[vehicle.route]) for vehicle in cars]
    draws = [
        Randomiser(replace(scenario, vehicles=tuple(each)), Randomisation(turning_shares=0.3)).draw(1)
        for each in (cars, long)
    ]
    assert np.array_equal(draws[0].way, draws[1].way)


def test_those_who_leave_a_way_are_spread_over_all_that_gain(scenario):
    vehicles = [Vehicle(f"{i}", 0, 10.0 + i, ("An", "sew"[i % 3])) for i in range(300)]
    randomiser = Randomiser(replace(scenario, vehicles=tuple(vehicles)), Randomisation(turning_shares=0.5))
    counts = np.array([np.bincount(randomiser.draw(seed).way % 3, minlength=3) for seed in range(60)])
    assert counts.mean(axis=0) == pytest.approx(100, abs=12)
    assert 10 < ((counts > 100).sum(axis=1) == 2).sum() < 50


def test_most_keep_their_way_where_shares_move_little(scenario):
    randomiser = Randomiser(scenario, Randomisation(turning_shares=0.01))
    changes = [(draw.way != draw.source).mean() for draw in map(randomiser.draw, range(50))]
    assert np.mean(changes) < 0.01


def test_where_all_routes_go_on_alike_nobody_turns(scenario):
    west = replace(scenario, vehicles=tuple(vehicle for vehicle in scenario.vehicles if vehicle.route == WEST_EAST))
    assert drawn(west, turning_shares=MOST_TURNING).vehicles == west.vehicles


def test_vehicles_with_stops_keep_to_their_timetable(scenario):
    varied = drawn(scenario, demand_scale=(0.1, 0.1), arrivals=300, turning_shares=1.0)
    buses = [vehicle for vehicle in scenario.vehicles if vehicle.stops]
    assert [vehicle for vehicle in varied.vehicles if vehicle.stops] == buses
    own_way = Vehicle("rented", 2, 10.0, NORTH_EAST)
    among = replace(scenario, vehicles=(own_way, *scenario.vehicles))
    for seed in range(10):
        turned = {vehicle.id: vehicle for vehicle in drawn(among, seed, turning_shares=MOST_TURNING).vehicles}
        assert [turned[bus.id] for bus in (own_way, *buses)] == [own_way, *buses]
    only = replace(scenario, vehicles=tuple(buses))
    assert drawn(only, demand_scale=(2.0, 2.0), arrivals=60, turning_shares=1.0).vehicles == only.vehicles


def test_speed_factors_deviate_more_within_their_bounds(scenario):
    types = drawn(scenario, speed_spread=(1.5, 1.5)).vehicle_types
    assert [kind.speed_factor for kind in types] == [(1.0, 0.1 * 1.5, 0.2, 2.0)] * 3


def test_a_seed_gives_one_demand_and_another_seed_another(scenario):
    ranges = {"demand_scale": (0.5, 2.0), "arrivals": 60, "turning_shares": 0.5}
    assert drawn(scenario, 5, **ranges) == drawn(scenario, 5, **ranges)
    other = drawn(scenario, 6, **ranges)
    assert other.vehicles != drawn(scenario, 5, **ranges).vehicles
    assert other.sha256 not in (scenario.sha256, drawn(scenario, 5, **ranges).sha256)


def test_one_kind_of_variation_does_not_change_another(scenario):
    alone = Randomiser(scenario, Randomisation(speed_spread=(0.5, 2.0))).draw(3)
    among = Randomiser(scenario, Randomisation((0.9, 1.1), 60, 0.5, (0.5, 2.0))).draw(3)
    assert among.speed_spread == alone.speed_spread


def test_ranges_may_be_given_by_name():
    given = {"demand_scale": [0.8, 1.2], "detector_dropout": 0.1}
    assert read_randomisation(given) == Randomisation((0.8, 1.2), detector_dropout=0.1)
    assert read_randomisation(None) == read_randomisation({}) == Randomisation()
    assert read_randomisation(Randomisation(arrivals=5)) == Randomisation(arrivals=5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"demand": (1, 2)}, "called 'demand'; try demand_scale"),
        ({"demand_scale": (0.0, 1.0)}, "demand_scale must be two factors above 0"),
        ({"demand_scale": (1.2, 0.8)}, "demand_scale must be two factors"),
        ({"demand_scale": 1.2}, "demand_scale must be two factors"),
        ({"demand_scale": (1.0, float("inf"))}, "demand_scale must be two factors"),
        ({"speed_spread": (-0.1, 1.0)}, "speed_spread must be two factors"),
        ({"arrivals": 0.5}, "arrivals must be a whole number of seconds"),
        ({"arrivals": True}, "arrivals must be a whole number of seconds"),
        ({"turning_shares": 2.1}, "turning_shares must be between 0 and 2"),
        ({"turning_shares": float("nan")}, "turning_shares must be between 0 and 2"),
        ({"sensor_noise": "much"}, "sensor_noise must be between 0 and 1"),
        ({"detector_dropout": 1.01}, "detector_dropout must be between 0 and 1"),
    ],
)
def test_what_cannot_be_drawn_is_an_input_error(given, message):
    with pytest.raises(InputError, match=message):
        read_randomisation(given)
