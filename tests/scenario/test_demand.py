"""Every kind of traveller that SUMO's files hold becomes vehicles with one route, one type and explicit departures."""

import pytest

from trafficai.datatypes.errors import InputError
from trafficai.scenario import flows

CAR = '<vehicle id="v" depart="0"><route edges="ab bc"/></vehicle>'


def _times(scenario):
    return [vehicle.depart for vehicle in scenario.vehicles]


def test_vehicles_are_sorted_by_departure_and_stay_in_file_order_where_equal(small):
    scenario = small.load(
        '<route id="r" edges="ab bc"/>'
        '<vehicle id="late" depart="9" route="r"/><vehicle id="x" depart="3" route="r"/>'
        '<trip id="a" depart="3" from="ab" to="bd"/>'
        '<vehicle id="clock" depart="00:00:07.5"><route edges="ab"/></vehicle>'
    )
    assert [vehicle.id for vehicle in scenario.vehicles] == ["x", "a", "clock", "late"]
    assert [vehicle.route for vehicle in scenario.vehicles] == [("ab", "bc"), ("ab", "bd"), ("ab",), ("ab", "bc")]
    assert _times(scenario) == [3.0, 3.0, 7.5, 9.0]


def test_what_a_file_leaves_open_is_as_in_sumo_1_28_and_the_rest_is_kept(small):
    first, second = small.load(
        CAR
        + '<trip id="w" depart="1" from="ab" to="bc" departLane="1" departPos="5.5" departSpeed="max" arrivalPos="-1"/>'
    ).vehicles
    assert (first.depart_lane, first.depart_pos, first.depart_speed, first.arrival_pos) == (
        "best_prob",
        "base",
        "avg",
        "max",
    )
    assert (second.depart_lane, second.depart_pos, second.depart_speed, second.arrival_pos) == (
        "1",
        "5.5",
        "max",
        "-1.0",
    )


def test_types_get_the_defaults_of_their_class_and_keep_what_is_given(small):
    scenario = small.load(
        '<vType id="b" vClass="bus"/>'
        '<vType id="p" length="4.3" decel="12" speedFactor="norm(1.1,0.2)" lcStrategic="2"/>'
        '<vType id="s" speedFactor="0.9" speedDev="0"><carFollowing-IDM accel="1.5" tau="1.2" delta="3"/></vType>'
        '<trip id="1" depart="0" from="ab" to="bd" type="b"/><trip id="2" depart="0" from="ab" to="bd" type="p"/>'
        '<trip id="3" depart="0" from="ab" to="bd" type="s"/>' + CAR
    )
    bus, car, slow, default = scenario.vehicle_types
    assert (bus.length, bus.accel, bus.emergency_decel, bus.speed_factor[1]) == (12.0, 1.2, 7.0, 0.0)
    assert bus.emission_class.startswith("HBEFA4/UBus")
    assert (car.length, car.emergency_decel, car.extra) == (4.3, 12.0, (("lcStrategic", "2"),))
    assert car.speed_factor == (1.1, 0.2, 0.2, 2.0)
    assert (slow.accel, slow.tau, slow.speed_factor) == (1.5, 1.2, (0.9, 0.0, 0.2, 2.0))
    assert (slow.car_follow_model, slow.idm_delta, slow.idm_stepping) == ("IDM", 3.0, 0.25)
    assert (default.id, default.car_follow_model) == ("DEFAULT_VEHTYPE", "Krauss")
    assert scenario.notes == ()


def test_car_following_models_that_the_core_lacks_are_noted(small):
    scenario = small.load(
        '<vType id="w" carFollowModel="W99"/><trip id="1" depart="0" from="ab" to="bd" type="w"/>' + CAR
    )
    assert {kind.car_follow_model for kind in scenario.vehicle_types} == {"Krauss"}
    assert scenario.notes == ("1 vType(s) with the car-following model 'W99' taken as Krauss",)


def test_distributions_are_drawn_by_the_vehicles_id_and_so_alike_in_every_period(small):
    demand = (
        '<vTypeDistribution id="mix" vTypes="" ><vType id="car" probability="0.5"/><vType id="bus" vClass="bus" '
        'probability="0.5"/></vTypeDistribution><routeDistribution id="ways"><route edges="ab bd" probability="1"/>'
        '<route edges="ab" probability="3"/></routeDistribution>'
        '<flow id="f" type="mix" route="ways" begin="0" end="400" period="1"/>'
    )
    scenario = small.load(demand, end=400)
    long = sum(len(vehicle.route) == 2 for vehicle in scenario.vehicles)
    buses = sum(scenario.vehicle_types[vehicle.type].id == "bus" for vehicle in scenario.vehicles)
    assert 70 <= long <= 130
    assert 170 <= buses <= 230
    later = small.load(demand, begin=200, end=400).vehicles
    assert later == scenario.vehicles[200:]


def test_distributions_by_name_with_probabilities(small):
    scenario = small.load(
        '<vType id="a"/><vType id="b"/><vTypeDistribution id="mix" vTypes="a b" probabilities="0 1"/>'
        '<route id="r" edges="ab bc"/><route id="q" edges="ab bd"/>'
        '<routeDistribution id="ways" routes="r q" probabilities="1 0"/>'
        '<vehicle id="v" depart="0" type="mix" route="ways"/>'
    )
    assert scenario.vehicle_types[scenario.vehicles[0].type].id == "b"
    assert scenario.vehicles[0].route == ("ab", "bc")


@pytest.mark.parametrize(
    ("attributes", "times"),
    [
        ('begin="10" end="20" period="4"', [10.0, 14.0, 18.0]),
        ('begin="10" end="20" vehsPerHour="900"', [10.0, 14.0, 18.0]),
        ('begin="10" end="20" perHour="900"', [10.0, 14.0, 18.0]),
        ('begin="0" end="10" number="4"', [0.0, 2.5, 5.0, 7.5]),
        ('begin="0" end="10" number="3"', [0.0, 3.333, 6.666]),
        ('begin="0" number="2" period="40"', [0.0, 40.0]),
        ('begin="90" period="4"', [90.0, 94.0, 98.0]),
        ('begin="0" end="5" probability="1"', [0.0, 1.0, 2.0, 3.0, 4.0]),
    ],
)
def test_flows_depart_when_sumo_would_let_them(small, attributes, times):
    scenario = small.load(f'<flow id="f" from="ab" to="bc" {attributes}/>')
    assert _times(scenario) == times
    assert [vehicle.id for vehicle in scenario.vehicles] == [f"f.{i}" for i in range(len(times))]


def test_random_flows_have_the_rate_they_ask_for_and_are_the_same_every_time(small):
    for attributes in ('period="exp(0.5)"', 'probability="0.5"'):
        demand = f'<flow id="f" from="ab" to="bc" begin="0" end="2000" {attributes}/>'
        first, second = (small.load(demand, end=2000) for _ in range(2))
        assert 900 <= len(first.vehicles) <= 1100
        assert first.vehicles == second.vehicles


def test_what_lies_outside_the_period_is_left_out_and_counted(small):
    trips = "".join(f'<trip id="{t}" depart="{t}" from="ab" to="bc"/>' for t in (1, 5, 9, 10, 12))
    scenario = small.load(trips, begin=5, end=10)
    assert _times(scenario) == [5.0, 9.0]
    assert scenario.notes == (
        "1 vehicle(s) left out that depart before the period begins at 5 s",
        "2 vehicle(s) left out that depart at or after the period's end at 10 s",
    )


def test_what_cannot_be_modelled_is_counted_and_never_dropped_in_silence(small):
    scenario = small.load(
        CAR + '<person id="p" depart="0"/><person id="q" depart="0"/><container id="c" depart="0"/>'
        '<vType id="t" vClass="tram" actionStepLength="2"/><trip id="rail" type="t" depart="0" from="ab" to="bc"/>'
        '<vehicle id="w" depart="triggered"><route edges="ab"/></vehicle>'
        '<trip id="z" depart="2" from="ab" to="bc" departPos="stop" speedFactor="1.3">'
        '<stop parkingArea="p" duration="20"/><param key="has.rerouting.device" value="true"/></trip>'
        '<trip id="y" depart="3" from="ab" to="bc" departPos="500"/>',
        additional='<parkingArea id="p" lane="ab_0"/><rerouter id="r"/><instantInductionLoop id="d"/><WAUT id="w"/>',
    )
    assert [vehicle.id for vehicle in scenario.vehicles] == ["v", "z", "y"]
    assert scenario.vehicles[2].depart_pos == "90.0"
    for note in (
        "1 'parkingArea' element(s) ignored: not modelled",
        "1 'rerouter' element(s) ignored: not modelled",
        "1 'WAUT' element(s) ignored: not modelled",
        "2 'person' element(s) ignored: not modelled",
        "1 'container' element(s) ignored: not modelled",
        "1 vType(s) with 'actionStepLength', which is ignored: not modelled",
        "1 vehicle(s) with depart='triggered' left out: not modelled",
        "1 stop(s) left out at a 'parkingArea': not modelled",
        "1 parameter(s) 'has.rerouting.device' of vehicles ignored: not modelled",
        "1 vehicle(s) or flow(s) whose 'speedFactor' is ignored: not modelled",
        "1 vehicle(s) of class 'tram' left out: only road traffic is modelled",
        "1 position(s) of departure or arrival beyond the edge moved to its end",
    ):
        assert note in scenario.notes
    assert len(scenario.notes) == 12


def test_the_program_loaded_last_is_in_force_and_an_empty_one_changes_the_offset(small):
    program = '<tlLogic id="b" programID="own" offset="3"><phase duration="7" state="GG"/></tlLogic>'
    assert small.load(CAR, additional=program).signals[0].program.phases[0].duration == 7.0
    shifted = small.load(CAR, additional='<tlLogic id="b" programID="0" offset="11"/>').signals[0].program
    assert (shifted.program, shifted.offset, len(shifted.phases)) == ("0", 11.0, 6)


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ("", "no vehicle departs between 0 s and 100 s"),
        (CAR + CAR, "vehicle 'v': is there twice"),
        ('<trip id="v.1" depart="1" from="ab" to="bc"/><flow id="v" number="2" end="9" from="ab" to="bc"/>', "'v.1'"),
        ('<vehicle id="v" depart="0"><route edges="ab zz"/></vehicle>', "vehicle 'v' .*unknown edge 'zz'"),
        ('<vehicle id="v" depart="0"><route edges="ab :b_0"/></vehicle>', "unknown edge ':b_0'"),
        ('<vehicle id="v" depart="0"><route edges=" "/></vehicle>', "has no edges"),
        ('<vehicle id="v" depart="0"><route/></vehicle>', "'edges' is missing"),
        ('<vehicle id="v" depart="0" route="nope"/>', "unknown route 'nope'"),
        ('<vehicle id="v" depart="0" type="nope"><route edges="ab"/></vehicle>', "unknown vType 'nope'"),
        ('<vehicle id="v" depart="0"><route edges="bc ab"/></vehicle>', "no connection .*--drop-unreachable"),
        ('<trip id="v" depart="0" from="bc" to="ab"/>', "trip 'v' .*no way leads from edge 'bc' to 'ab'"),
        ('<vType id="t" vClass="truck"/><trip id="v" type="t" depart="0" from="ab" to="bd"/>', "for the class 'truck'"),
        ('<vType id="b" vClass="bus"/><vehicle id="v" type="b" depart="0"><route edges="bc"/></vehicle>', "no lane"),
        ('<trip id="v" depart="0" from="ab"/>', "neither a route nor from and to"),
        ('<trip id="v" depart="0" fromTaz="1" toTaz="2"/>', "'fromTaz' is not supported"),
        ('<trip id="v" depart="0" from="ab" to="bc" via="zz"/>', "unknown edge 'zz'"),
        ('<trip depart="0" from="ab" to="bc"/>', "attribute 'id' is missing"),
        ('<trip id="a b" depart="0" from="ab" to="bc"/>', "character that SUMO refuses"),
        ('<trip id="a&lt;b" depart="0" from="ab" to="bc"/>', "character that SUMO refuses"),
        ('<trip id="v" from="ab" to="bc"/>', "attribute 'depart' is missing"),
        ('<trip id="v" depart="soon" from="ab" to="bc"/>', "depart='soon' is not a time"),
        ('<trip id="v" depart="nan" from="ab" to="bc"/>', "depart='nan' is not a time"),
        ('<trip id="v" depart="0" from="ab" to="bc" departLane="x"/>', "departLane='x' is neither"),
        ('<trip id="v" depart="0" from="ab" to="bc" departLane="0.5"/>', "departLane='0.5' is neither"),
        ('<trip id="v" depart="0" from="ab" to="bc" departLane="2"/>', "departLane='2' is no lane of edge 'ab'"),
        ('<trip id="v" depart="0" from="ab" to="bc" departSpeed="-1"/>', "departSpeed='-1' is neither"),
        ('<trip id="v" depart="0" from="ab" to="bc" departSpeed="99"/>', "departSpeed='99' is above the maxSpeed"),
        ('<flow id="f" from="ab" to="bc"/>', "needs one of period"),
        ('<flow id="f" from="ab" to="bc" period="1" probability="1"/>', "needs one of period"),
        ('<flow id="f" from="ab" to="bc" period="0"/>', "must be greater than 0"),
        ('<flow id="f" from="ab" to="bc" period="exp(0)"/>', "has no rate above 0"),
        ('<flow id="f" from="ab" to="bc" probability="2"/>', "is above 1"),
        ('<flow id="f" from="ab" to="bc" number="2.5" end="9"/>', "is not a whole number"),
        ('<flow id="f" from="ab" to="bc" begin="9" end="5" period="1"/>', "ends before it begins"),
        ('<vType id="t"/><vType id="t"/>', "vType 't' .* is there twice"),
        ('<vType id="t" accel="0"/>', "accel='0' must be greater than 0"),
        ('<vType id="t" sigma="1.5"/>', "sigma='1.5' is above 1"),
        ('<vType id="t" minGap="-1"/>', "minGap='-1' is negative"),
        ('<vType id="t" lcStrategic="x"/>', "lcStrategic='x' is not a finite number"),
        ('<vType id="t" vClass="hovercraft"/>', "unknown vehicle class"),
        ('<vType id="t" speedFactor="normc(1)"/>', "is not norm"),
        ('<vType id="t" speedFactor="normc(1,0.1,3,2)"/>', "crossed bounds"),
        ('<vTypeDistribution id="d" vTypes="x"/>', "unknown vType 'x'"),
        ('<vTypeDistribution id="d"/>', "nothing to draw from"),
        ('<vType id="a"/><vTypeDistribution id="d" vTypes="a" probabilities="1 2"/>', "needs 1 probabilities"),
        ('<route id="r" edges="ab"/><route id="r" edges="ab"/>', "route 'r' .* is there twice"),
        ('<routeDistribution id="d"/>', "nothing to draw from"),
        ('<routeDistribution id="d" routes="x"/><vehicle id="v" depart="0" route="d"/>', "unknown route 'x'"),
        ('<include href="other.xml"/>', "'include' is not supported"),
    ],
)  # fmt: skip
def test_bad_demand_is_refused_by_file_and_element(small, routes, message):
    with pytest.raises(InputError, match=message) as caught:
        small.load(routes)
    assert str(small.folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_flow_without_any_end_and_one_of_millions_are_refused(small, monkeypatch):
    with pytest.raises(InputError, match="has no end, and neither has the scenario"):
        small.load('<flow id="f" from="ab" to="bc" period="1"/>', end=-1)
    monkeypatch.setattr(flows, "MAX_VEHICLES", 1000)
    with pytest.raises(InputError, match="more than 1000 vehicles"):
        small.load('<flow id="f" from="ab" to="bc" vehsPerHour="1e12"/>', end=2000)
