"""Detectors measure what SUMO's own measure on the same run, and the same in both engines where both drive alike."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends import micro
from tests.backends.detector_tools import everywhere, measured_in_sumo, ours, with_detectors
from trafficai.backends import make_backend
from trafficai.datatypes import InputError
from trafficai.scenario import load_scenario

LOOSE = {"meanTimeLoss": 0.3, "meanTimeLossWithin": 0.3}
"""Within this losses of zones agree with SUMO's [s]: its own count of them is not shown second by second."""

EXACT = 1.1e-3
"""SUMO's results are in milliseconds [s], cut off."""


def run(scenario, engine, seconds=None):
    """Return a backend that has driven the scenario under its own programs."""
    backend = make_backend(scenario, engine, detectors=True)
    backend.reset(1)
    backend.advance(np.full(len(scenario.signals), -1, np.int32), seconds or scenario.duration)
    return backend


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Return the grid with detectors everywhere, and what SUMO says of them."""
    folder = tmp_path_factory.mktemp("grid")
    plain = load_scenario("grid3x3")
    content = everywhere(plain.network)
    routes = plain.network_file.with_name("grid3x3.rou.xml")
    scenario = with_detectors(plain, routes, folder, content, 400)
    return scenario, measured_in_sumo(scenario, content, folder)


def leads_out(scenario, name):
    """Return whether a detector lies where vehicles leave the network; SUMO does not show their last second."""
    lanes = {lane.id: lane.edge for lane in scenario.network.lanes}
    ends = {vehicle.route[-1] for vehicle in scenario.vehicles}
    return lanes.get(name.split("_", 1)[1]) in ends


def test_our_books_of_a_run_of_sumo_are_what_sumos_own_detectors_say(grid):
    scenario, theirs = grid
    backend = run(scenario, "sumo")
    mine = ours(scenario, backend.detectors())
    backend.close()
    compared = 0
    for name, rows in theirs.items():
        assert len(rows) == len(mine[name]) == 4
        if leads_out(scenario, name):
            continue
        for row, table in zip(rows, mine[name], strict=True):
            for key in table.dtype.names:
                within = LOOSE.get(key, EXACT) if name.startswith("around") else EXACT
                expected = pytest.approx(float(row[key]), rel=2e-5, abs=within)
                assert table[key] == expected, (name, key, row["begin"])
                compared += 1
    assert compared > 10_000


def test_where_vehicles_leave_the_network_fronts_and_time_are_close(grid):
    scenario, theirs = grid
    backend = run(scenario, "sumo")
    mine = ours(scenario, backend.detectors())
    backend.close()
    checked = 0
    for name in (name for name in theirs if leads_out(scenario, name)):
        for row, table in zip(theirs[name], mine[name], strict=True):
            if name.startswith("stop"):
                assert abs(table["nVehEntered"] - int(row["nVehEntered"])) <= 0
                assert abs(table["occupancy"] - float(row["occupancy"])) < 0.2  # [%] of 120 s
            elif name.startswith(("near", "all")):
                assert table["nVehEntered"] == int(row["nVehEntered"])
                assert abs(table["sampledSeconds"] - float(row["sampledSeconds"])) < 1.0
            checked += 1
    assert checked > 100


ROUTE = "ab bc"
DETECTORS = (
    '<e1Detector id="loop" lane="ab_0" pos="-30" period="60" file="NUL"/>'
    '<e2Detector id="queue" lane="ab_0" pos="-100" endPos="-1" period="60" file="NUL"/>'
    '<e2Detector id="both" lanes="ab_0 bc_0" pos="100" endPos="200" period="60" file="NUL"/>'
    '<e3Detector id="through" period="60" file="NUL"><detEntry lane="ab_0" pos="50"/><detExit lane="bc_0" pos="50"/>'
    "</e3Detector>"
)


def test_both_engines_measure_the_same_where_they_drive_alike(micro_scenario):
    vehicles = "".join(micro.vehicle(i, 4 * i, ROUTE, "bus" if i % 4 == 0 else "car") for i in range(20))
    scenario = micro_scenario("light", vehicles, 240, DETECTORS)
    results = {}
    for engine in ("numba", "sumo"):
        backend = run(scenario, engine)
        results[engine] = ours(scenario, backend.detectors())
        backend.close()
    assert results["sumo"]["loop"]["nVehContrib"].sum() == 20
    assert results["sumo"]["queue"]["maxJamLengthInVehicles"].max() > 2
    assert results["sumo"]["through"]["vehicleSum"].sum() == 20
    for name, table in results["sumo"].items():
        for key in table.dtype.names:
            if np.issubdtype(table.dtype[key], np.integer):
                assert (results["numba"][name][key] == table[key]).all(), (name, key)
            else:
                assert results["numba"][name][key] == pytest.approx(table[key], rel=0.02, abs=0.1), (name, key)


def test_states_show_the_last_second(micro_scenario):
    scenario = micro_scenario("light", micro.vehicle("one", 0, ROUTE, speed="0"), 60, DETECTORS)
    backend = make_backend(scenario, "numba", detectors=True)
    backend.reset(1)
    follow = np.full(len(scenario.signals), -1, np.int32)
    passed, occupied, seen = 0.0, 0.0, 0.0
    for _ in range(60):
        backend.advance(follow, 1)
        states = backend.detector_states()
        assert states.e1.shape == (1, 3)
        assert states.e2.shape == (2, 3)
        passed, occupied = passed + states.e1[0, 0], occupied + states.e1[0, 1]
        seen = max(seen, states.e2[0, 0])
    table = backend.detectors().e1[0]
    assert passed == table["nVehEntered"].sum() == 1
    assert occupied == pytest.approx(table["occupancy"].sum() * 60 / 100)
    assert seen == 1


def test_a_saved_run_goes_on_with_its_detectors(micro_scenario, tmp_path):
    vehicles = "".join(micro.vehicle(i, 3 * i, ROUTE) for i in range(20))
    scenario = micro_scenario("light", vehicles, 180, DETECTORS)
    whole, half = run(scenario, "numba"), run(scenario, "numba", 70)
    half.save(tmp_path / "state")
    other = make_backend(scenario, "numba", detectors=True)
    other.load(tmp_path / "state")
    other.advance(np.full(len(scenario.signals), -1, np.int32), 110)
    for mine, theirs in zip(other.detectors(), whole.detectors(), strict=True):
        assert all((a == b).all() for a, b in zip(mine, theirs, strict=True))


@pytest.mark.parametrize(
    ("detector", "complaint"),
    [
        ('<e1Detector id="x" lane="nowhere_0" pos="1"/>', "unknown lane 'nowhere_0'"),
        ('<e1Detector id="x" lane="ab_0" pos="9999"/>', "beyond lane 'ab_0'"),
        ('<e1Detector id="x" lane="ab_0" pos="1" period="0.5"/>', "whole number of seconds"),
        ('<e2Detector id="x" lanes="ab_0 sb_0" pos="1" endPos="5"/>', "does not follow"),
        ('<e2Detector id="x" lane="ab_0" pos="1" endPos="5" length="4"/>', "leave out one"),
        ('<e2Detector id="x" lane="ab_0" pos="50" endPos="20"/>', "leaves nothing"),
        ('<e3Detector id="x"><detEntry lane="ab_0" pos="1"/></e3Detector>', "at least one detEntry and one detExit"),
        ('<e1Detector id="x" lane="ab_0" pos="1"/><e1Detector id="x" lane="ab_0" pos="2"/>', "is there twice"),
    ],
)
def test_a_wrong_detector_is_refused_by_name(micro_scenario, detector, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        micro_scenario("light", micro.vehicle("one", 0, ROUTE), 60, detector)
    assert "own.add.xml" in str(caught.value)
    assert "Detector 'x'" in str(caught.value) or "detEntry" in str(caught.value)


def test_unread_attributes_are_noted(micro_scenario):
    scenario = micro_scenario(
        "light", micro.vehicle("one", 0, ROUTE), 60, '<e1Detector id="x" lane="ab_0" pos="1" vTypes="bus"/>'
    )
    assert scenario.notes == ("1 detector(s) whose 'vTypes' is ignored: not modelled",)


STANDING = "".join(
    f'<vehicle id="{name}" type="car" depart="{depart}" departLane="0" departSpeed="max"><route edges="ab bc"/>'
    f'<stop lane="ab_0" endPos="{position}" duration="60"/></vehicle>'
    for name, depart, position in (("first", 0, 250), ("second", 4, 180), ("third", 8, 172))
)


@pytest.mark.parametrize(
    "detector",
    [
        '<e2Detector id="x" lane="ab_0" pos="100" endPos="280" jamThreshold="10" period="60" file="NUL"/>',
        '<e2Detector id="x" lane="ab_0" pos="100" endPos="280" jamThreshold="100" period="60" file="NUL"/>',
        '<e2Detector id="x" lanes="ab_0 bc_0" pos="100" endPos="200" period="60" file="NUL"/>',
        '<e1Detector id="x" lane="ab_0" pos="175" length="4" period="60" file="NUL"/>',
    ],
)
def test_areas_over_several_lanes_and_vehicles_that_stand_apart_are_measured_as_in_sumo(
    micro_scenario, tmp_path, detector
):
    scenario = micro_scenario("light", STANDING, 180, detector)
    backend = run(scenario, "sumo")
    mine = ours(scenario, backend.detectors())["x"]
    backend.close()
    folder = tmp_path / "sumo"
    folder.mkdir()
    theirs = measured_in_sumo(scenario, f"<additional>{detector}</additional>", folder)["x"]
    assert "jamThreshold" not in detector or mine["maxJamLengthInVehicles"].max() == 3
    for row, table in zip(theirs, mine, strict=True):
        for key in set(table.dtype.names) - {"meanTimeLoss"}:  # SUMO's own leaves planned stops out
            assert table[key] == pytest.approx(float(row[key]), rel=2e-5, abs=EXACT), (key, row["begin"])
