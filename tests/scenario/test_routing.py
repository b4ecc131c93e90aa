"""Routes are the fastest ones, and the ones that SUMO's own router finds."""

import itertools
import re
import subprocess

import pytest
from defusedxml import ElementTree

from trafficai.scenario import load_scenario
from trafficai.scenario.catalogue import find_named, package_folder
from trafficai.scenario.network import read_network
from trafficai.scenario.notes import Notes
from trafficai.scenario.routing import Router


def _router(small):
    return Router(read_network(small.network, Notes()).network)


def test_permissions_decide_which_turn_is_open(small):
    router = _router(small)
    assert router.route("ab", "bc", "passenger", 50.0) == ("ab", "bc")
    assert router.route("ab", "ab", "passenger", 50.0) == ("ab",)
    assert router.route("ab", "bc", "truck", 50.0) is None  # the lane that leads there bans trucks
    assert router.route("ab", "bc", "bus", 50.0) is None
    assert router.route("bc", "ab", "passenger", 50.0) is None
    assert router.connects("ab", "bd", "bus")
    assert not router.connects("ab", "bd", "truck")


def test_a_connection_can_ban_classes_of_its_own(small):
    small.change('linkIndex="1"', 'linkIndex="1" disallow="bus"')
    assert _router(small).route("ab", "bd", "bus", 50.0) is None


def _slow_costs(router, start, vehicle_class, max_speed):
    """The obvious twin: relax every turn until nothing changes (Bellman and Ford)."""
    router.route(start, start, vehicle_class, max_speed)
    graph = router._graph(vehicle_class, max_speed)
    costs = {router._network.edge_index[start]: 0.0}
    changed = True
    while changed:
        changed = False
        for source, turns in graph.items():
            for target, seconds in turns:
                cost = costs.get(source, float("inf")) + seconds
                if cost < costs.get(target, float("inf")) - 1e-12:
                    costs[target] = cost
                    changed = True
    return costs


def test_the_cost_of_every_route_is_that_of_the_slow_twin():
    network = load_scenario("grid3x3").network
    router = Router(network)
    graph = router._graph("passenger", 50.0)
    edges = [edge.id for edge in network.edges if edge.function == "normal"]
    for start in edges[::7]:
        costs = _slow_costs(router, start, "passenger", 50.0)
        for goal in edges:
            route = router.route(start, goal, "passenger", 50.0)
            index = network.edge_index[goal]
            assert (route is not None) == (index in costs)
            if route is not None:
                steps = itertools.pairwise(route)
                seconds = sum(
                    min(s for t, s in graph[network.edge_index[a]] if t == network.edge_index[b]) for a, b in steps
                )
                assert seconds == pytest.approx(costs[index])


@pytest.mark.parametrize("name", ["cologne1", "cologne8", "ingolstadt7"])
def test_trips_take_the_routes_of_duarouter(name, tmp_path):
    sumo = package_folder("sumo")
    if sumo is None or package_folder("sumo_rl") is None:
        pytest.skip("eclipse-sumo or sumo-rl is not installed")
    scenario = load_scenario(name)
    trips = find_named(name).with_name(f"{name}.rou.xml").read_text()
    trips = re.sub(r'speedDev="[^"]*"', "", trips).replace("<vType ", '<vType speedDev="0" ')
    (tmp_path / "trips.xml").write_text(trips)
    options = ["-n", scenario.network_file, "-r", tmp_path / "trips.xml", "-o", tmp_path / "routes.xml"]
    subprocess.run(
        [sumo / "bin" / "duarouter", *options, "--no-step-log", "--no-warnings"],
        check=True, capture_output=True, timeout=60, env={"SUMO_HOME": str(sumo)},
    )  # fmt: skip
    theirs = {
        vehicle.get("id"): tuple(vehicle.find("route").get("edges").split())
        for vehicle in ElementTree.parse(tmp_path / "routes.xml").getroot().iter("vehicle")
    }
    assert {vehicle.id: vehicle.route for vehicle in scenario.vehicles} == theirs
