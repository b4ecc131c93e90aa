"""Fleet mixes: the classes that cars are drawn, and that nothing else about them changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.backends.runs import trips_of
from trafficai.backends.emission_classes import emission_classes
from trafficai.backends.fleet import ELECTRIC_CAR, Fleet, fleet_names, read_fleet, with_fleet
from trafficai.datatypes import InputError
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario

ENGINES = ("numba", "sumo")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Cologne1's first minutes: cars only."""
    return load_scenario("cologne1", end=25200 + 900)


def classes(scenario: Scenario) -> list[str]:
    return [scenario.vehicle_types[vehicle.type].emission_class for vehicle in scenario.vehicles]


def share(scenario: Scenario, word: str) -> float:
    names = classes(scenario)
    return sum(word in name for name in names) / len(names)


@pytest.mark.parametrize("name", fleet_names())
def test_own_fleets_say_where_they_come_from_and_come_to_a_hundred(name):
    fleet = read_fleet(name)
    assert fleet.name == name
    assert min(len(fleet.source), len(fleet.licence), len(fleet.date)) >= 4
    assert sum(fleet.shares.values()) == pytest.approx(100.0, abs=0.11)
    assert fleet.shares.keys() <= emission_classes().keys()


def test_the_fleet_of_2026_is_that_of_the_kba():
    shares = read_fleet("DE-2026").shares

    def total(*words: str) -> float:
        return sum(value for name, value in shares.items() if any(word in name for word in words))

    assert total("PC_petrol") == pytest.approx(59.3 + 6.5, abs=0.01)  # with hybrids that can't be plugged in
    assert total("PC_diesel") == pytest.approx(27.0, abs=0.01)
    assert total("PHEV") == pytest.approx(2.3, abs=0.01)
    assert total("BEV") == pytest.approx(4.1, abs=0.01)
    assert total("Euro-6") == pytest.approx(52.0, abs=0.05)


def test_cars_are_of_the_fleets_classes_by_its_shares(scenario):
    mixed = with_fleet(load_scenario("cologne8"), read_fleet("DE-2022"))
    assert len(mixed.vehicles) > 2000
    assert share(mixed, "PC_petrol") == pytest.approx(0.657, abs=0.03)
    assert share(mixed, "PC_petrol_Euro-4") == pytest.approx(0.186, abs=0.03)
    assert share(mixed, "PC_BEV") == pytest.approx(0.015, abs=0.01)
    assert len({kind.id for kind in mixed.vehicle_types}) == len(mixed.vehicle_types)


def test_the_draw_depends_on_the_vehicle_alone(scenario):
    whole = with_fleet(scenario, read_fleet("DE-2022"))
    half = with_fleet(replace(scenario, vehicles=scenario.vehicles[::2]), read_fleet("DE-2022"))
    assert classes(half) == classes(whole)[::2]


def test_who_is_electric_at_one_share_is_at_a_higher_one(scenario):
    few, many = (classes(with_fleet(scenario, read_fleet("DE-2026"), ev)) for ev in (0.2, 0.6))
    assert Counter(few)[ELECTRIC_CAR] < Counter(many)[ELECTRIC_CAR]
    for less, more in zip(few, many, strict=True):
        assert more in (less, ELECTRIC_CAR)


def test_a_share_of_electric_cars_alone_leaves_the_others_as_they_are(scenario):
    mixed = with_fleet(scenario, ev_share=0.5)
    assert set(classes(mixed)) == {ELECTRIC_CAR, *classes(scenario)}
    assert set(classes(with_fleet(scenario, ev_share=1.0))) == {ELECTRIC_CAR}
    assert classes(with_fleet(scenario, ev_share=0.0)) == classes(scenario)


def test_other_vehicles_keep_their_class(scenario):
    bus = replace(scenario.vehicle_types[0], id="bus", vehicle_class="bus", emission_class="HBEFA3/Bus")
    electric = replace(bus, id="still", vehicle_class="evehicle", emission_class="Zero/default")
    buses = replace(
        scenario, vehicle_types=(bus, electric), vehicles=tuple(replace(v, type=0) for v in scenario.vehicles)
    )
    assert with_fleet(buses, read_fleet("DE-2022")).vehicles == buses.vehicles


def test_the_fleet_is_part_of_what_the_scenario_is(scenario):
    fleet = read_fleet("DE-2026")
    variants = [
        scenario,
        with_fleet(scenario, fleet),
        with_fleet(scenario, fleet, 0.3),
        with_fleet(scenario, None, 0.3),
    ]
    assert len({variant.sha256 for variant in variants}) == 4
    notes = variants[2].notes
    assert any("Kraftfahrt-Bundesamt" in note for note in notes)
    assert sum("assumed" in note for note in notes) == len(fleet.assumptions) + 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fleet_changes_emissions_and_not_the_driving(engine, scenario):
    plain, mixed = (
        trips_of(each, engine, opinions=True) for each in (scenario, with_fleet(scenario, read_fleet("DE-2026"), 0.4))
    )
    for name in ("inserted", "arrived", "time_loss", "waiting_time", "stops", "route_length"):
        np.testing.assert_array_equal(getattr(mixed, name), getattr(plain, name), err_msg=name)
    assert not plain.electricity.any()
    assert mixed.electricity.sum() > 100.0
    assert mixed.co2.sum() < 0.8 * plain.co2.sum()
    is_electric = mixed.electricity != 0.0
    assert not mixed.co2[is_electric].any()
    assert not mixed.co2_vt_micro[is_electric].any()
    if engine == "sumo":
        np.testing.assert_allclose(mixed.electricity, mixed.engine_electricity, rtol=1e-4, atol=1e-2)
        np.testing.assert_allclose(mixed.co2, mixed.engine_co2, rtol=1e-4, atol=1e-2)


def test_a_fleet_of_ones_own(tmp_path, scenario):
    file = tmp_path / "taxis.toml"
    head = 'name = "taxis"\ndate = "2026"\nsource = "counted"\nlicence = "CC0"\n[shares]\n'
    file.write_text(head + '"HBEFA4/PC_diesel_Euro-6ab" = 3\n"HBEFA3/PC_G_EU4" = 1\n')
    mixed = with_fleet(scenario, read_fleet(file))
    assert share(mixed, "diesel") == pytest.approx(0.75, abs=0.06)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[shares]\n"HBEFA4/PC_petrol_Euro-9" = 1', "is no class of HBEFA3 or HBEFA4"),
        ('[shares]\n"HBEFA4/PC_BEV" = 0', "come to 0"),
        ('[shares]\n"HBEFA4/PC_BEV" = -1', "greater than or equal to 0"),
        ("[shares]", "at least 1"),
        ('colour = "red"\n[shares]\n"HBEFA4/PC_BEV" = 1', "colour"),
        ("[shares", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_its_name(text, message, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(f'name = "bad"\ndate = "2026"\nsource = "s"\nlicence = "l"\n{text}\n')
    with pytest.raises(InputError, match=message) as caught:
        read_fleet(file)
    assert str(file) in str(caught.value)


def test_a_fleet_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(InputError, match="one of: DE-2022 DE-2026"):
        read_fleet(Path("DE-1999"))


def test_shares_that_are_none_are_refused(scenario):
    with pytest.raises(InputError, match="from 0 to 1"):
        with_fleet(scenario, ev_share=1.5)
    only = Fleet(name="only", date="2026", source="none", licence="CC0", shares={ELECTRIC_CAR: 1.0})
    with pytest.raises(InputError, match="electric cars only"):
        with_fleet(scenario, only, 0.5)
