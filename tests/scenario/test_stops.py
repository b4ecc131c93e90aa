"""Reading planned stops: where they are found, when they end, and what is left out or refused."""

from __future__ import annotations

import pytest

from trafficai.datatypes import InputError
from trafficai.scenario import write_sumo_inputs
from trafficai.scenario.model import Stop, StoppingPlace
from trafficai.scenario.xml import read_elements

PLACE = '<busStop id="s" lane="ab_0" startPos="30" endPos="-30" lines="1"/>'


def car(*stops, depart=0, where='from="ab" to="bc"'):
    return f'<trip id="v" depart="{depart}" {where}>{"".join(stops)}</trip>'


def stops_of(small, demand, additional=PLACE, **options):
    return [vehicle.stops for vehicle in small.load(demand, additional=additional, **options).vehicles]


def test_a_bus_stop_and_a_stretch_of_lane(small):
    scenario = small.load(
        car('<stop busStop="s" duration="20"/>', '<stop lane="bc_0" endPos="50" until="0:01:10" parking="true"/>'),
        additional=PLACE,
    )
    assert scenario.vehicles[0].stops == (
        Stop(0, "ab_0", 30.0, 60.0, duration=20.0, place="s"),
        Stop(1, "bc_0", 49.8, 50.0, until=70.0, is_parking=True),
    )
    assert scenario.stopping_places == (StoppingPlace("s", "busStop", "ab_0", 30.0, 60.0),)
    assert scenario.notes == ()


def test_a_route_s_until_counts_from_the_departure_a_flow_s_from_its_first_vehicle(small):
    demand = (
        '<route id="r" edges="ab bc"><stop lane="ab_0" until="30"/></route>'
        '<vehicle id="x" route="r" depart="5"/>'
        '<flow id="f" begin="10" end="30" period="10" from="ab" to="bc"><stop lane="bc_0" until="50"/></flow>'
    )
    assert [stop.until for (stop,) in stops_of(small, demand)] == [35.0, 50.0, 60.0]


def test_a_trip_is_routed_by_its_stops(small):
    demand = car('<stop edge="bc" duration="1"/>', where='from="ab" to="bc"')
    assert stops_of(small, demand) == [(Stop(1, "bc_0", 89.8, 90.0, duration=1.0),)]
    with pytest.raises(InputError, match="no way leads from edge 'bd'"):
        small.load(car('<stop lane="bd_0" duration="1"/>'))


@pytest.mark.parametrize(
    ("stop", "why"),
    [
        ('<stop busStop="nowhere" duration="1"/>', "unknown stopping place 'nowhere'"),
        ('<stop lane="ab_7" duration="1"/>', "unknown lane 'ab_7'"),
        ('<stop edge="zz" duration="1"/>', "unknown edge 'zz'"),
        ('<stop duration="1"/>', "names neither a busStop nor a lane"),
        ('<stop lane="ab_0" endPos="500" duration="1"/>', "lies from 499.8 to 500 m on lane 'ab_0' of 90 m"),
        ('<stop lane="ab_0" startPos="50" endPos="40" duration="1"/>', "lies from 50 to 40 m"),
        ('<stop lane="ab_0" duration="soon"/>', "is not a time"),
        ('<stop lane="ab_0" duration="-5"/>', "is negative"),
    ],
)
def test_a_stop_that_is_wrong_in_itself_is_refused(small, stop, why):
    with pytest.raises(InputError, match=why):
        small.load(car(stop), additional=PLACE)


def test_stops_against_the_order_of_the_route_are_refused_or_left_out(small):
    stops = '<stop lane="bc_0" duration="1"/><stop lane="ab_0" duration="1"/>'
    demand = f'<vehicle id="v" depart="0"><route edges="ab bc"/>{stops}</vehicle>'
    with pytest.raises(InputError, match=r"stop \(line 1\) on lane 'ab_0' is not on the way that is left"):
        small.load(demand)
    dropped = small.load(demand, on_unreachable="drop")
    assert dropped.vehicles[0].stops == ()
    assert dropped.notes == ("1 vehicle(s) that drive without their stops, of which one is not on their route",)


@pytest.mark.parametrize(
    ("stop", "note"),
    [
        ('<stop lane="ab_0" triggered="true"/>', "that wait for persons, containers or other vehicles"),
        ('<stop lane="ab_0"/>', "that wait for persons, containers or other vehicles"),
        ('<stop chargingStation="c" duration="5"/>', "at a 'chargingStation'"),
        ('<stop lane="ab_0" speed="3" duration="5"/>', "that are waypoints ('speed')"),
    ],
)
def test_what_cannot_be_modelled_is_left_out_with_a_note(small, stop, note):
    scenario = small.load(car(stop))
    assert scenario.vehicles[0].stops == ()
    assert scenario.notes == (f"1 stop(s) left out {note}: not modelled",)


def test_friendly_positions_are_moved_onto_the_lane(small):
    assert stops_of(small, car('<stop lane="ab_0" endPos="500" duration="1" friendlyPos="true"/>')) == [
        (Stop(0, "ab_0", 89.8, 90.0, duration=1.0),)
    ]


def test_departing_at_a_stop_needs_one_on_the_first_edge(small):
    place = 'from="ab" to="bc" departPos="stop"'
    there = small.load(car('<stop lane="ab_0" duration="1"/>', where=place))
    elsewhere = small.load(car('<stop lane="bc_0" duration="1"/>', where=place))
    assert (there.vehicles[0].depart_pos, elsewhere.vehicles[0].depart_pos) == ("stop", "base")


def test_sumo_gets_stops_and_their_places(small, tmp_path):
    scenario = small.load(car('<stop busStop="s" duration="20" parking="1"/>', '<stop lane="bc_0" until="9"/>'), PLACE)
    files = write_sumo_inputs(scenario, tmp_path)
    (place,) = [element.attributes for element in read_elements(files.net) if element.tag == "busStop"]
    assert place == {"id": "s", "lane": "ab_0", "startPos": "30", "endPos": "60"}
    (vehicle,) = [element for element in read_elements(files.routes) if element.tag == "vehicle"]
    first, second = (child.attributes for child in vehicle.children if child.tag == "stop")
    assert first == {"busStop": "s", "duration": "20", "parking": "true"}
    assert second == {"lane": "bc_0", "startPos": "89.8", "endPos": "90", "duration": "0", "until": "9"}
