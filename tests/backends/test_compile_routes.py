"""Lane options: how far each lane leads along a route, and where to change to. By hand on two small networks."""

from __future__ import annotations

import pytest

from tests.backends.micro import vehicle
from tests.backends.nets import CHAIN
from trafficai.backends.compile import compile_scenario
from trafficai.core.records import NONE
from trafficai.datatypes import InputError
from trafficai.scenario import load_scenario


def options_of(scenario, position=0, vehicle_row=0, seen="first_option"):
    """Return the options at a position of a vehicle's route, right lane first."""
    net = compile_scenario(scenario).network
    row = net.routes[net.demand[vehicle_row].route].first_edge + position
    first = net.route_edges[row][seen]
    return net.options[first : first + net.edges[net.route_edges[row].edge].num_lanes]


def lane_length(scenario, lane):
    return scenario.network.lanes[scenario.network.lane_index[lane]].length


@pytest.mark.parametrize(
    ("target", "best"),
    [("bs", 0), ("bc", 1), ("bn", 2)],
)
def test_only_one_lane_leads_on_where_each_turn_has_its_own(micro_scenario, target, best):
    scenario = micro_scenario("turn", vehicle("x", 0, f"ab {target}"))
    options = options_of(scenario)
    assert [option.offset for option in options] == [best - lane for lane in range(3)]
    assert [option.link != NONE for option in options] == [lane == best for lane in range(3)]
    approach, beyond = lane_length(scenario, "ab_0"), lane_length(scenario, f"{target}_0")
    expected = [approach + beyond if lane == best else approach for lane in range(3)]
    assert [option.length for option in options] == pytest.approx(expected)
    assert [option.num_following for option in options] == [int(lane == best) for lane in range(3)]


def test_right_lane_of_a_lane_drop_leads_nowhere(micro_scenario):
    scenario = micro_scenario("drop", vehicle("x", 0, "ab bc"))
    right, left = options_of(scenario)
    assert (right.offset, left.offset) == (1, 0)
    assert right.link == NONE
    assert left.length == pytest.approx(lane_length(scenario, "ab_0") + lane_length(scenario, "bc_0"))
    assert right.length == pytest.approx(lane_length(scenario, "ab_0"))


def test_all_lanes_of_the_last_edge_are_good(micro_scenario):
    scenario = micro_scenario("drop", vehicle("x", 0, "ab"))
    assert [(option.offset, option.link) for option in options_of(scenario)] == [(0, NONE), (0, NONE)]


@pytest.mark.parametrize(("top_speed", "edges_seen"), [(2.0, 9), (20.0, 9), (200 / 3.6, 14)])
def test_in_towns_the_look_ahead_ends_after_nine_edges_and_the_way_to_brake(micro_scenario, top_speed, edges_seen):
    """By hand: edges of 36 m, and from 200 km/h one brakes in 12 * 55.6 - 4.5 * 78 + 2 * 55.6 + 2.5 = 429 m."""
    kind = f'<vType id="own" maxSpeed="{top_speed}" speedFactor="1" speedDev="0"/>'
    scenario = micro_scenario("chain", kind + vehicle("x", 0, CHAIN, "own"))
    (only,) = options_of(scenario)
    assert only.num_following == edges_seen - 1


@pytest.mark.parametrize(("seen", "edges_seen"), [("first_option", 9), ("first_inside", 8), ("first_passed", 7)])
def test_inside_a_junction_drivers_see_as_far_as_on_the_edge_where_the_last_second_ended(
    micro_scenario, seen, edges_seen
):
    """The third edge, seen from itself, from the junction before it, and after the second was passed in a second."""
    kind = '<vType id="own" maxSpeed="20" speedFactor="1" speedDev="0"/>'
    scenario = micro_scenario("chain", kind + vehicle("x", 0, CHAIN, "own"))
    for option in options_of(scenario, position=2, seen=seen):
        assert option.num_following == edges_seen - 1


def test_the_last_edges_are_seen_from_before_them_too(micro_scenario):
    scenario = micro_scenario("chain", vehicle("x", 0, " ".join(CHAIN.split()[:3])))
    for seen in ("first_option", "first_inside", "first_passed"):
        for option in options_of(scenario, position=2, seen=seen):
            assert option.length == pytest.approx(lane_length(scenario, f"{CHAIN.split()[2]}_0"))


def test_bus_may_use_only_its_lanes(micro_scenario, net_file, tmp_path):
    """The left lane of the drop is closed to cars: only the bus gets through."""
    scenario = micro_scenario("drop", vehicle("x", 0, "ab bc", "bus") + vehicle("y", 0, "ab bc"))
    text = net_file("drop").read_text().replace('<lane id="ab_1" index="1"', '<lane id="ab_1" index="1" allow="bus"')
    own = tmp_path / "own.net.xml"
    own.write_text(text)
    config = tmp_path / "own.sumocfg"
    config.write_text(config.read_text().replace(str(net_file("drop")), str(own)))
    with pytest.raises(InputError, match="'y'"):
        compile_scenario(load_scenario(config))
    assert [option.offset for option in options_of(scenario)] == [1, 0]


def test_options_are_chained_along_the_links(micro_scenario):
    scenario = micro_scenario("road", vehicle("x", 0, "ab bc cd"))
    net = compile_scenario(scenario).network
    row = net.route_edges[net.routes[0].first_edge].first_option
    seen = []
    while row != NONE:
        option = net.options[row]
        seen.append(option.length)
        if option.link != NONE:
            assert net.links[option.link].to_lane == net.edges[net.route_edges[len(seen)].edge].first_lane
        row = option.next_option
    lengths = [lane_length(scenario, name) for name in ("ab_0", "bc_0", "cd_0")]
    assert seen == pytest.approx([sum(lengths[k:]) for k in range(3)])


@pytest.mark.parametrize("name", ["junction", "grid3x3", "arterial5"])
def test_every_route_can_be_driven_from_its_best_lanes(name):
    """Slow twin: from a lane without an offset, follow the options' links to the route's last edge."""
    scenario = load_scenario(name, end=120)
    net = compile_scenario(scenario).network
    edges = scenario.network.edge_index
    for v, planned in enumerate(scenario.vehicles):
        route = net.routes[net.demand[v].route]
        assert [net.route_edges[route.first_edge + k].edge for k in range(route.num_edges)] == [
            edges[edge] for edge in planned.route
        ]
        first = net.route_edges[route.first_edge].first_option
        for lane in range(net.edges[net.route_edges[route.first_edge].edge].num_lanes):
            if net.options[first + lane].offset != 0:
                continue
            row, position = first + lane, 0
            while net.options[row].link != NONE:
                link = net.links[net.options[row].link]
                row, position = net.options[row].next_option, position + 1
                assert net.lanes[link.to_lane].edge == net.route_edges[route.first_edge + position].edge
            assert position == route.num_edges - 1 or net.options[row].offset != 0


def test_offsets_point_at_lanes_that_exist_and_need_no_change():
    scenario = load_scenario("arterial5", end=120)
    net = compile_scenario(scenario).network
    for k in range(len(net.route_edges)):
        num_lanes = net.edges[net.route_edges[k].edge].num_lanes
        options = net.options[net.route_edges[k].first_option :][:num_lanes]
        for lane, option in enumerate(options):
            assert 0 <= lane + option.offset < num_lanes
            assert option.length <= max(other.length for other in options) + 1e-6
