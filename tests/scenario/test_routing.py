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


def _arcs(router, vehicle_class, max_speed):
    graph = router._graph(vehicle_class, max_speed)
    ends = zip(graph.tails.tolist(), graph.heads.tolist(), strict=True)
    return dict(zip(ends, graph.seconds.tolist(), strict=True))


def _slow_costs(router, start, vehicle_class, max_speed):
    """The obvious twin: relax every turn until nothing changes (Bellman and Ford)."""
    arcs = _arcs(router, vehicle_class, max_speed)
    costs = {router._network.edge_index[start]: 0.0}
    changed = True
    while changed:
        changed = False
        for (source, target), seconds in arcs.items():
            cost = costs.get(source, float("inf")) + seconds
            if cost < costs.get(target, float("inf")):
                costs[target] = cost
                changed = True
    return costs


def test_the_cost_of_every_route_is_that_of_the_slow_twin():
    network = load_scenario("grid3x3").network
    router = Router(network)
    arcs = _arcs(router, "passenger", 50.0)
    edges = [edge.id for edge in network.edges if edge.function == "normal"]
    for start in edges[::7]:
        costs = _slow_costs(router, start, "passenger", 50.0)
        for goal in edges:
            route = router.route(start, goal, "passenger", 50.0)
            index = network.edge_index[goal]
            assert (route is not None) == (index in costs)
            if route is not None:
                places = [network.edge_index[edge] for edge in route]
                seconds = sum(arcs[step] for step in itertools.pairwise(places))
                assert seconds == pytest.approx(costs[index])


def test_of_equal_routes_the_one_counts_whose_last_step_begins_first_and_then_stands_first_in_the_network():
    network = load_scenario("grid3x3").network
    router = Router(network)
    arcs = _arcs(router, "passenger", 50.0)
    edges = [edge.id for edge in network.edges if edge.function == "normal"]
    ties = 0
    for start in edges[::5]:
        costs = _slow_costs(router, start, "passenger", 50.0)
        for goal in edges:
            route, index = router.route(start, goal, "passenger", 50.0), network.edge_index[goal]
            if route is None or len(route) < 2:
                continue
            ways = [(costs[a], a) for (a, b), s in arcs.items() if b == index and a in costs]
            fastest = [(cost, edge) for cost, edge in ways if cost + arcs[edge, index] == costs[index]]
            ties += len(fastest) > 1
            assert network.edge_index[route[-2]] == min(fastest)[1]
    assert ties  # a grid has many


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
