"""What SUMO is given is what was read, explicit, and nothing else."""

import subprocess

import pytest
from defusedxml import ElementTree

from trafficai.datatypes.errors import InputError
from trafficai.scenario import load_scenario, write_sumo_inputs
from trafficai.scenario.catalogue import RESCO, find_named, package_folder

DEMAND = (
    '<vType id="t" vClass="truck" speedFactor="normc(1,0.1,0.5,1.5)" lcStrategic="2.5"/>'
    '<vehicle id="v" depart="8.25" type="t" departSpeed="max"><route edges="ab"/></vehicle>'
    '<trip id="w" depart="9" from="ab" to="bd"/>'
)


def _written(scenario, folder):
    target = folder / "out"
    target.mkdir()
    return write_sumo_inputs(scenario, target)


def test_reading_what_was_written_gives_the_same_scenario(small, tmp_path):
    scenario = small.load(
        DEMAND, additional='<tlLogic id="b" programID="own" offset="3"><phase duration="7.5" state="Gg"/></tlLogic>'
    )
    files = _written(scenario, tmp_path)
    config = files.net.parent / "again.sumocfg"
    config.write_text(f'<c><n value="{files.net.name}"/><r value="{files.routes.name}"/><e value="100"/></c>')
    again = load_scenario(config)
    assert again.network == scenario.network
    assert again.signals == scenario.signals
    assert again.vehicles == scenario.vehicles
    for kind, twin in zip(again.vehicle_types, scenario.vehicle_types, strict=True):
        assert {**dict(kind.extra), "apparentDecel": ""} == {**dict(twin.extra), "apparentDecel": ""}
        assert kind.speed_factor == twin.speed_factor
        assert (kind.length, kind.accel, kind.max_speed, kind.emission_class) == (
            twin.length, twin.accel, twin.max_speed, twin.emission_class,
        )  # fmt: skip


def test_programs_that_no_controller_sets_are_written_as_in_force(small, tmp_path):
    scenario = small.load(
        DEMAND, additional='<tlLogic id="b" programID="blink"><phase duration="9" state="oO"/></tlLogic>'
    )
    assert not scenario.signals
    assert scenario.other_programs[0].program == "blink"
    (logic,) = ElementTree.parse(_written(scenario, tmp_path).net).getroot().iter("tlLogic")
    assert [phase.attrib for phase in logic] == [{"duration": "9", "state": "oO"}]


def test_every_attribute_that_has_a_default_somewhere_is_written(small, tmp_path):
    root = ElementTree.parse(_written(small.load(DEMAND), tmp_path).routes).getroot()
    kind = root.find("vType").attrib
    assert {"length", "minGap", "accel", "decel", "emergencyDecel", "sigma", "tau", "maxSpeed", "emissionClass"} <= set(
        kind
    )
    assert (kind["speedFactor"], kind["carFollowModel"], kind["lcStrategic"]) == (
        "normc(1,0.1,0.5,1.5)",
        "Krauss",
        "2.5",
    )
    vehicle = root.find("vehicle")
    assert vehicle.attrib == {
        "id": "v", "type": "t", "depart": "8.25",
        "departLane": "best_prob", "departPos": "base", "departSpeed": "max", "arrivalPos": "max",
    }  # fmt: skip
    assert vehicle.find("route").attrib == {"edges": "ab"}


def test_nothing_foreign_in_a_network_reaches_sumo(small, tmp_path):
    small.change("<location", '<evil href="x"/><location bad="1"')
    small.change('projParameter="!"', 'projParameter="+proj=pipeline +nadgrids=/etc/passwd"')
    small.change('<edge id="ab"', '<edge onload="x" name="&lt;b&gt;" id="ab"')
    small.change(
        '<phase duration="20" state="Gr"/>', '<param key="file" value="/tmp/x"/><phase duration="20" state="Gr"/>'
    )
    small.change('type="static" programID', 'type="actuated" programID')
    text = _written(small.load(DEMAND), tmp_path).net.read_text()
    for foreign in ("evil", "bad=", "onload", "name=", "passwd", "param", "actuated"):
        assert foreign not in text
    assert 'projParameter="!"' in text


def test_a_number_that_only_sumo_would_read_is_checked_too(small, tmp_path):
    small.change('id="bd_0"', 'id="bd_0" endOffset="nan"')
    with pytest.raises(InputError, match="endOffset='nan' is not a number"):
        _written(small.load(DEMAND), tmp_path)


def _run_sumo(net, routes, scenario, output):
    sumo = package_folder("sumo")
    period = ["-b", str(scenario.begin), "-e", str(scenario.begin + 300)]
    command = [str(sumo / "bin" / "sumo"), "-n", str(net), "-r", str(routes), *period, "--seed", "3", "--no-step-log"]
    done = subprocess.run(
        [*command, "--tripinfo-output", str(output), "--tripinfo-output.write-unfinished", "--time-to-teleport", "-1"],
        check=True, capture_output=True, text=True, timeout=60, env={"SUMO_HOME": str(sumo)},
    )  # fmt: skip
    return [trip.attrib for trip in ElementTree.parse(output).getroot()], done.stderr


@pytest.mark.parametrize("name", [*RESCO, "junction", "arterial5", "grid3x3"])
def test_sumo_takes_every_named_scenario_without_complaint(name, tmp_path):
    if package_folder("sumo") is None or package_folder("sumo_rl") is None:
        pytest.skip("eclipse-sumo or sumo-rl is not installed")
    scenario = load_scenario(name)
    files = _written(scenario, tmp_path)
    trips, complaints = _run_sumo(files.net, files.routes, scenario, tmp_path / "ours.xml")
    assert trips
    known = ("Unsafe green phase", "emergency braking")  # RESCO's own program of gneJ210, and how SUMO drives
    assert [line for line in complaints.splitlines() if not any(part in line for part in known)] == []


@pytest.mark.parametrize("name", ["grid4x4", "arterial4x4", "cologne3"])
def test_sumo_drives_the_written_files_exactly_as_the_original_ones(name, tmp_path):
    if package_folder("sumo") is None or package_folder("sumo_rl") is None:
        pytest.skip("eclipse-sumo or sumo-rl is not installed")
    scenario = load_scenario(name)
    files = _written(scenario, tmp_path)
    (original,) = find_named(name).parent.glob("*.rou.xml")
    ours, _ = _run_sumo(files.net, files.routes, scenario, tmp_path / "ours.xml")
    theirs, _ = _run_sumo(scenario.network_file, original, scenario, tmp_path / "theirs.xml")
    assert ours == theirs
