"""A scenario is found by name, folder or configuration, and its period and files are what they say."""

import shutil
from pathlib import Path

import pytest

from trafficai.datatypes.errors import InputError
from trafficai.scenario import catalogue, list_scenarios, load_scenario
from trafficai.scenario.catalogue import package_folder

CAR = '<vehicle id="v" depart="8.5"><route edges="ab bc"/></vehicle>'
RILSA = "tools/sumolib/scenario/scenarios/RealWorld/RiLSA_example1"
TOML = """name = "mine"
description = "the small one"
network = "small.net.xml"
routes = ["small.rou.xml"]
end = 50
source = "me"
licence = "MIT"
"""


def test_options_are_read_with_and_without_sections_under_all_their_names(small):
    (small.folder / "a.rou.xml").write_text(f"<routes>{CAR}</routes>")
    (small.folder / "b.rou.xml").write_text('<routes><trip id="w" depart="3" from="ab" to="bd"/></routes>')
    path = small.folder / "run.sumo.cfg"
    for text in (
        '<c><net value="small.net.xml"/><r value="a.rou.xml, b.rou.xml"/><b value="2"/><e value="00:01:00"/></c>',
        '<x><y><n value="small.net.xml"/></y><routes value="a.rou.xml b.rou.xml"/>'
        '<z><begin v="2"/><end value="60"/></z></x>',
    ):
        path.write_text(text)
        scenario = load_scenario(path)
        assert [vehicle.id for vehicle in scenario.vehicles] == ["w", "v"]
        assert (scenario.begin, scenario.end, scenario.time_to_teleport) == (2, 60, -1.0)
    assert scenario.name == small.folder.name


def test_options_that_would_change_the_run_are_noted_outputs_are_not(small):
    scenario = small.load(
        CAR,
        options='<time-to-teleport value="120"/><step-length value="0.5"/><lateral-resolution value="0.8"/>'
        '<tripinfo-output value="t.xml"/><no-step-log value="true"/><seed value="3"/>',
    )
    assert scenario.time_to_teleport == 120.0
    assert scenario.notes == ("2 option(s) of the configuration not honoured: step-length, lateral-resolution",)


def test_without_an_end_it_runs_an_hour_past_the_last_departure(small):
    scenario = small.load(CAR, end=-1)
    assert scenario.end == 9 + 3600
    assert scenario.notes == ("no end given: the period ends 1 h after the last departure",)


def test_begin_and_end_can_be_overridden_and_change_the_fingerprint(small):
    path = small.write(CAR)
    plain, again, other = load_scenario(path), load_scenario(path), load_scenario(path, begin=5, end=50)
    assert (other.begin, other.end) == (5, 50)
    assert plain.sha256 == again.sha256 != other.sha256
    assert load_scenario(path, on_unreachable="drop").sha256 != plain.sha256
    small.change('speed="5"', 'speed="6"')
    assert load_scenario(path).sha256 != plain.sha256
    with pytest.raises(InputError, match="the period is empty"):
        load_scenario(path, begin=100)
    with pytest.raises(InputError, match="no vehicle departs between 50 s and 100 s"):
        load_scenario(path, begin=50)


def test_unreachable_trips_are_an_error_or_dropped_and_counted(small):
    demand = CAR + '<trip id="w" depart="1" from="bc" to="ab"/><trip id="x" depart="1" from="bd" to="ab"/>'
    with pytest.raises(InputError, match="trip 'w'"):
        small.load(demand)
    scenario = small.load(demand, on_unreachable="drop")
    assert [vehicle.id for vehicle in scenario.vehicles] == ["v"]
    assert scenario.notes == ("2 vehicle(s) without a way to their destination left out",)
    lenient = small.load(demand, options='<ignore-route-errors value="true"/>')
    assert len(lenient.vehicles) == 1


def test_a_folder_needs_a_manifest_or_exactly_one_configuration(small):
    path = small.write(CAR)
    assert load_scenario(small.folder).vehicles == load_scenario(path).vehicles
    shutil.copy(path, small.folder / "second.sumocfg")
    with pytest.raises(InputError, match=r"2 \.sumocfg files; name the one"):
        load_scenario(small.folder)
    (small.folder / "scenario.toml").write_text(TOML)
    assert load_scenario(small.folder).end == 50


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('licence = "MIT"', "", "key 'licence'"),
        ("end = 50", 'end = "soon"', "key 'end'"),
        ("end = 50", "end = 50\nextra = 1", "key 'extra'"),
        ("end = 50", "end = ", "cannot be read"),
        ('routes = ["small.rou.xml"]', "routes = []", "key 'routes'"),
        ("small.net.xml", "none.net.xml", "none.net.xml: no such file"),
    ],
)
def test_a_broken_manifest_is_refused_by_its_key(small, old, new, message):
    small.write(CAR)
    (small.folder / "scenario.toml").write_text(TOML.replace(old, new))
    with pytest.raises(InputError, match=message):
        load_scenario(small.folder)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ('<c><route-files value="small.rou.xml"/></c>', "needs one net-file"),
        ('<c><net-file value="a.net.xml,b.net.xml"/><route-files value="small.rou.xml"/></c>', "needs one net-file"),
        ('<c><net-file value="small.net.xml"/></c>', "needs route-files"),
        ('<c><net-file value="small.net.xml"/><route-files value="none.rou.xml"/></c>', "none.rou.xml: no such file"),
        ('<c><net-file value="/dev/zero"/><route-files value="small.rou.xml"/></c>', "no such file"),
        (
            '<c><net-file value="small.net.xml"/><route-files value="small.rou.xml"/><begin value="x"/></c>',
            "is not a time",
        ),
        (
            '<c><net-file value="small.net.xml"/><route-files value="small.rou.xml"/><begin value="-5"/></c>',
            "is negative",
        ),
        ("<c", "not well-formed"),
    ],
)
def test_a_broken_configuration_is_refused(small, config, message):
    path = small.write(CAR)
    path.write_text(config)
    with pytest.raises(InputError, match=message):
        load_scenario(path)


def test_an_unknown_name_gets_close_matches_and_the_list():
    with pytest.raises(InputError, match=r"did you mean cologne1 .*one of .*grid4x4"):
        load_scenario("colonge1")
    for name in ("", "\0", "x" * 5000, "no/such/folder", "none.sumocfg"):
        with pytest.raises(InputError):
            load_scenario(name)


def test_without_sumo_rl_its_maps_say_what_to_install(monkeypatch):
    monkeypatch.setattr(catalogue, "package_folder", lambda _name: None)
    with pytest.raises(InputError, match=r"pip install 'trafficai\[sumo\]'"):
        load_scenario("cologne1")


SIZES = {  # vehicles in RESCO's hour, signals
    "arterial4x4": (2484, 16), "cologne1": (2015, 1), "cologne3": (2856, 3), "cologne8": (2046, 8),
    "grid4x4": (1473, 16), "ingolstadt1": (1716, 1), "ingolstadt7": (3031, 7), "ingolstadt21": (4281, 21),
    "junction": (1900, 1), "arterial5": (2600, 5), "grid3x3": (2800, 9),
}  # fmt: skip


def test_the_catalogue_is_these_eleven():
    assert {entry.name for entry in list_scenarios()} == set(SIZES)
    assert all(entry.description and entry.source for entry in list_scenarios())


@pytest.mark.parametrize("name", SIZES)
def test_every_named_scenario_loads_whole_and_alike(name):
    if name in catalogue.RESCO and package_folder("sumo_rl") is None:
        pytest.skip("sumo-rl is not installed")
    scenario = load_scenario(name)
    assert (len(scenario.vehicles), len(scenario.signals)) == SIZES[name]
    assert scenario.duration == 3600
    assert scenario.time_to_teleport == -1.0
    assert not any("without a way" in note for note in scenario.notes)
    assert all(signal.num_phases >= 2 for signal in scenario.signals)
    assert load_scenario(name) == scenario


def _rilsa() -> Path:
    package = package_folder("sumo")
    if package is None:
        pytest.skip("eclipse-sumo is not installed")
    return package / RILSA


def test_rilsa_example_1_of_the_wheel_loads_with_the_routes_its_script_makes():
    scenario = load_scenario(_rilsa() / "run.sumo.cfg")
    assert scenario.name == "RiLSA_example1"
    assert len(scenario.vehicles) == 2170
    assert {kind.id: kind.length for kind in scenario.vehicle_types} == {"PKW": 5.0, "LKW": 15.0}
    (signal,) = scenario.signals
    assert (signal.program.program, signal.num_phases, signal.all_red) == ("own", 2, 7.0)
    assert "flows.rou.xml made by the makeRoutes.py that SUMO ships for this example" in scenario.notes
    assert scenario.sha256 == load_scenario(_rilsa() / "run.sumo.cfg").sha256


def test_a_script_outside_the_wheel_is_never_run(tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(_rilsa(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "makeRoutes.py").write_text("open('ran', 'w')")
    with pytest.raises(InputError, match=r"flows\.rou\.xml: no such file"):
        load_scenario(folder / "run.sumo.cfg")
    assert not list(tmp_path.rglob("ran"))
