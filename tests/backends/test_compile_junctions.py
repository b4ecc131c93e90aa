"""Links, right of way and conflict areas of small junctions, checked by hand and against the rules of the road."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.backends.micro import make_net, make_scenario, program, vehicle
from tests.backends.nets import cross
from trafficai.backends.compile import compile_scenario
from trafficai.backends.links import CLASS_BITS, LinkIndex, class_bit, class_mask
from trafficai.core.parameters import NO_INTERSECTION
from trafficai.core.records import NONE
from trafficai.scenario import load_scenario
from trafficai.scenario.foes import find_foes, has_row
from trafficai.scenario.model import Lane


class Compiled:
    """A scenario with its tables, and links by name: ``links["ab", "bc"]`` lead from ab to bc, the entry first."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.lanes = scenario.network.lanes
        self.compiled = compile_scenario(scenario)
        self.net = self.compiled.network
        self.links = {}
        for number in range(len(self.net.links)):
            link = self.net.links[number]
            entry = self.net.links[link.entry_link]
            ends = (self.lanes[entry.from_lane].edge, self.lanes[entry.to_lane].edge)
            self.links.setdefault(ends, []).append(number)
        for numbers in self.links.values():
            numbers.sort(key=lambda k: (self.net.links[k].is_exit, self.net.links[k].is_internal_junction))

    def entry(self, source, target):
        return self.links[source, target][0]

    def foes(self, link):
        """Return the movements a link yields to, as (from edge, to edge)."""
        row = self.net.links[link]
        foes = self.net.foes[row.first_foe : row.first_foe + row.num_foes]
        return {self.movement(foe) for foe in foes}

    def movement(self, link):
        return next(ends for ends, numbers in self.links.items() if link in numbers)

    def conflicts(self, link):
        """Return the conflict rows of a link by the id of the foe lane."""
        row = self.net.links[link]
        rows = self.net.conflicts[row.first_conflict : row.first_conflict + row.num_conflicts]
        return {self.lanes[conflict.foe_lane].id: conflict for conflict in rows}

    def inner(self, source, target):
        """Return the ids of a movement's internal lanes."""
        numbers = self.links[source, target]
        return [self.lanes[self.net.links[k].via_lane].id for k in numbers if self.net.links[k].via_lane != NONE]


@pytest.fixture
def priority(micro_scenario):
    return Compiled(micro_scenario("priority", vehicle("x", 0, "ab bc")))


@pytest.fixture(scope="module", params=["junction", "grid3x3", "arterial5"])
def own(request):
    return Compiled(load_scenario(request.param, end=60))


def test_every_lane_permits_what_its_lane_permits():
    everybody, bus = Lane("a_0", "a", 0, 1.0, 1.0, None, ()), Lane("a_1", "a", 1, 1.0, 1.0, frozenset({"bus"}), ())
    assert class_mask(everybody) == 2**64 - 1
    assert class_mask(bus) == class_bit("bus")
    assert len({class_bit(name) for name in CLASS_BITS}) == len(CLASS_BITS) <= 64


def test_links_are_sorted_by_lane_and_chained_through_the_junction(own):
    links, lanes = own.net.links, own.net.lanes
    assert (np.diff(links.from_lane) >= 0).all()
    for lane in range(len(lanes)):
        run = range(lanes[lane].first_link, lanes[lane].first_link + lanes[lane].num_links)
        assert np.flatnonzero(links.from_lane == lane).tolist() == list(run)
        rows = own.net.upstream[lanes[lane].first_upstream :][: lanes[lane].num_upstream]
        assert sorted(rows.lane[rows.behind == NONE]) == sorted(links.from_lane[links.next_lane == lane])


def test_movements_lead_from_entry_to_exit(own):
    """Slow twin: walk from each entry link along the internal lanes to the normal lane behind the junction."""
    net = own.net
    for number in range(len(net.links)):
        link = net.links[number]
        if net.lanes[link.from_lane].is_internal:
            continue
        assert link.entry_link == number
        assert link.previous_link == NONE
        target, here = link.to_lane, number
        while net.links[here].via_lane != NONE:
            before, here = here, net.lanes[net.links[here].via_lane].first_link
            assert net.links[here].previous_link == before
            assert net.links[here].entry_link == number
            assert net.links[here].junction == link.junction
        assert net.links[here].to_lane == target
        assert net.links[here].is_exit == 1


def test_internal_lanes_know_where_they_come_from(own):
    net = own.net
    for number in range(len(net.lanes)):
        lane = net.lanes[number]
        if not lane.is_internal:
            assert lane.normal_predecessor == number
            assert lane.predecessor == lane.entry_link == lane.junction == NONE
            continue
        entry = net.links[lane.entry_link]
        assert lane.normal_predecessor == entry.from_lane
        assert lane.junction == entry.junction
        assert not net.lanes[lane.normal_predecessor].is_internal
    assert net.lanes.normal[net.lanes.is_internal == 0].tolist() == list(range((net.lanes.is_internal == 0).sum()))
    assert (net.lanes.normal[net.lanes.is_internal == 1] == NONE).all()


def test_neighbours_are_on_the_same_edge(own):
    lanes = own.net.lanes
    for number in range(len(lanes)):
        left = lanes[number].left
        if left != NONE:
            assert lanes[left].right == number
            assert lanes[left].edge == lanes[number].edge
            assert lanes[left].index == lanes[number].index + 1
        edge = own.net.edges[lanes[number].edge]
        assert edge.first_lane + lanes[number].index == number


def test_request_matrix_of_the_file_is_what_the_core_reads(own):
    """Slow twin: straight from the junction's rows, which count its links in the order of its lanes."""
    network, net = own.scenario.network, own.net
    index = LinkIndex(own.scenario)
    for row, junction in enumerate(network.junctions):
        if junction.type == "internal" or not junction.requests:
            continue
        links = [k for lane in junction.incoming_lanes for k in index.links_of(network.lane_index[lane])]
        assert len(links) == len(junction.requests)
        table = net.junctions[row]
        responses = net.responses[table.first_response :][: table.num_requests**2].reshape(table.num_requests, -1)
        for request in junction.requests:
            link = net.links[links[request.index]]
            assert link.request == request.index
            assert link.is_cont == request.cont
            assert link.junction == row
            assert responses[request.index].tolist() == [int(bit) for bit in request.response]
            foes = set(net.foes[link.first_foe : link.first_foe + link.num_foes].tolist())
            assert {k for k, bit in zip(links, request.response, strict=True) if bit} <= foes
            assert all(net.links[foe].entry_link in links for foe in foes)


def test_links_that_are_yielded_to_are_marked(own):
    marked = set(np.flatnonzero(own.net.links.is_foe).tolist())
    assert marked == set(own.net.foes.tolist())


def test_minor_road_yields_to_the_major_one_and_left_turns_to_oncoming_traffic(priority):
    """The rules of the road, by hand: a is west, c east, n and s the minor ends."""
    foes = {ends: priority.foes(numbers[0]) for ends, numbers in priority.links.items()}
    assert foes["ab", "bc"] == foes["ab", "bs"] == foes["cb", "ba"] == foes["cb", "bn"] == set()
    assert foes["ab", "bn"] == {("cb", "ba"), ("cb", "bn"), ("cb", "bs")}  # netconvert lets one of two left turns
    assert foes["cb", "bs"] == {("ab", "bc"), ("ab", "bs")}  # yield to the other
    assert foes["sb", "bc"] == {("ab", "bc")}
    assert foes["sb", "bn"] == {("ab", "bc"), ("ab", "bn"), ("cb", "ba"), ("cb", "bs"), ("cb", "bn")}
    assert {("nb", "bs"), ("nb", "ba")} <= foes["sb", "ba"]


def test_left_turns_off_the_major_road_may_wait_inside(priority):
    for source, target in (("ab", "bn"), ("cb", "bs")):
        entry, *rest = (priority.net.links[k] for k in priority.links[source, target])
        assert entry.is_cont == 1
        assert [link.is_internal_junction for link in rest] == [1, 0]
        assert [link.is_exit for link in rest] == [0, 1]
        assert len(priority.inner(source, target)) == 2
        waiting = next(k for k in priority.links[source, target] if priority.net.links[k].is_internal_junction)
        oncoming = "cb" if source == "ab" else "ab"
        straight, right = oncoming[1] + source[0], oncoming[1] + target[1]
        left = {("cb", "bs")} if source == "ab" else set()  # of two left turns one yields, inside as before
        assert priority.foes(waiting) == {(oncoming, straight), (oncoming, right), *left}
    assert priority.net.links[priority.entry("sb", "ba")].is_cont == 0


def test_straight_crossing_by_hand(priority):
    """Two straight lanes at right angles, 3.2 m wide: the conflict area is as wide, around where they cross."""
    east, north = priority.links["ab", "bc"][-1], priority.links["sb", "bn"][-1]
    conflict = priority.conflicts(east)[priority.inner("sb", "bn")[0]]
    shape = priority.lanes[priority.net.links[east].from_lane].shape
    x = priority.lanes[priority.net.links[north].from_lane].shape[0][0]
    assert conflict.behind_crossing == pytest.approx(shape[-1][0] - x + 1.6)
    assert conflict.width == pytest.approx(3.2)
    assert conflict.foe_width == pytest.approx(3.2)
    assert (conflict.same_target, conflict.same_source, conflict.foe_continues) == (0, 0, 0)
    mirrored = priority.conflicts(north)[priority.inner("ab", "bc")[0]]
    assert conflict.foe_behind_crossing == mirrored.behind_crossing


def test_merging_and_parting_lanes_have_no_width(priority):
    exit_link = priority.links["ab", "bc"][-1]
    found = priority.conflicts(exit_link)
    merging, parting = found[priority.inner("sb", "bc")[0]], found[priority.inner("ab", "bs")[0]]
    assert (merging.same_target, merging.same_source, merging.width) == (1, 0, 0.0)
    assert (parting.same_target, parting.same_source, parting.width) == (0, 1, 0.0)
    waiting = found[priority.inner("ab", "bn")[0]]
    assert (waiting.same_source, waiting.foe_continues) == (1, 1)


def test_left_turn_is_followed_to_its_end_by_who_starts_from_the_same_lane(priority):
    """From 100 m before the junction, behind one whose back is 2 m into its second lane: 100 m, the first lane, 2 m."""
    exit_link = priority.links["ab", "bc"][-1]
    first, second = (priority.scenario.network.lane_index[lane] for lane in priority.inner("ab", "bn"))
    conflict = priority.conflicts(exit_link)[priority.lanes[second].id]
    assert (conflict.same_target, conflict.same_source, conflict.foe_continues, conflict.width) == (0, 1, 0, 0.0)
    seen = 100.0 + priority.lanes[priority.net.links[exit_link].from_lane].length
    foe_distance = priority.lanes[second].length - conflict.foe_behind_crossing - 2.0
    gap = (seen - conflict.behind_crossing) - foe_distance
    assert gap == pytest.approx(100.0 + priority.lanes[first].length + 2.0)


def is_followed_to_its_end(net, conflict):
    """Return whether the foe lane is the second one of a movement from the same lane."""
    return conflict.same_source == 1 and net.lanes[net.lanes[conflict.foe_lane].predecessor].is_internal == 1


def test_conflict_areas_lie_on_their_lanes(own):
    """What is real lies between a lane's ends, and both sides tell the same story."""
    net = own.net
    num_crossings = 0
    for number in range(len(net.links)):
        own_lane = own.lanes[net.links[number].from_lane]
        for conflict in own.conflicts(number).values():
            if conflict.behind_crossing <= -NO_INTERSECTION or is_followed_to_its_end(own.net, conflict):
                continue
            assert 0.0 <= conflict.behind_crossing <= own_lane.length + 1e-6
            assert conflict.width >= 0.0
            counterpart = own.conflicts(conflict.foe_exit_link).get(own_lane.id)
            if counterpart is not None and counterpart.behind_crossing > -NO_INTERSECTION:
                num_crossings += 1
                assert conflict.foe_behind_crossing == counterpart.behind_aside
                assert conflict.same_source == counterpart.same_source
    assert num_crossings > 10


def test_only_links_inside_a_junction_have_conflicts(own):
    links = own.net.links
    outside = [own.net.lanes[lane].is_internal == 0 for lane in links.from_lane]
    assert not links.num_conflicts[outside].any()
    assert links.num_conflicts[links.is_exit == 1].any()


def test_links_under_signals_point_at_their_letter(micro_scenario):
    found = Compiled(
        micro_scenario("light", vehicle("x", 0, "ab bc"), programs=program("b", (10, "rrrGGgrrrGGg"), (10, "r" * 12)))
    )
    for source, target in found.links:
        entry = found.net.links[found.entry(source, target)]
        assert entry.signal == 0
        shown = found.scenario.signals[0].links[entry.signal_index]
        assert [(a.split("_")[0], b.split("_")[0]) for a, b in shown] == [(source, target)]
    inside = found.net.lanes.is_internal[found.net.links.from_lane] == 1
    assert (found.net.links.signal[inside] == NONE).all()
    assert sorted(found.net.signal_links) == np.flatnonzero(~inside).tolist()
    assert (found.compiled.link_states[~inside] == ord("r")).all()


def test_left_turns_have_a_radius_and_other_movements_none(priority):
    for (source, target), numbers in priority.links.items():
        for number in numbers:
            link = priority.net.links[number]
            is_left = chr(link.direction) == "l" and priority.net.lanes[link.from_lane].is_internal == 1
            assert math.isfinite(link.radius) == is_left, (source, target)
            if is_left:
                way = sum(lane.length for lane in priority.lanes if lane.id in priority.inner(source, target))
                assert link.radius == pytest.approx(way / (math.pi / 2), rel=0.05)  # a quarter of a circle


@pytest.mark.parametrize("options", [(), ("--sidewalks.guess",), ("--sidewalks.guess", "--crossings.guess")])
@pytest.mark.parametrize("kind", ["priority", "traffic_light", "allway_stop"])
def test_a_junction_has_a_row_for_every_way_that_counts(tmp_path, kind, options):
    net = make_net(tmp_path, *cross(kind, 2), "", *options)
    network = make_scenario(tmp_path, net, vehicle("x", 0, "ab bc", lane="best")).network
    (junction,) = (each for each in network.junctions if each.id == "b")
    into = {(lane.edge, lane.index) for lane in network.lanes if lane.id in junction.incoming_lanes}
    ways = [way for way in network.connections if (way.from_edge, way.from_lane) in into]
    assert sum(has_row(way, network) for way in ways) == len(junction.requests)


def test_pavements_do_not_shift_the_right_of_way(tmp_path):
    """SUMO counts the ways of vehicles and crossings only; a lane to walk on comes first on every edge."""
    nodes, edges = cross("priority", 2)
    found = []
    for name, options in (("without", ()), ("with", ("--sidewalks.guess", "--crossings.guess"))):
        folder = tmp_path / name
        folder.mkdir()
        net = make_net(folder, nodes, edges, "", *options)
        own = Compiled(make_scenario(folder, net, vehicle("x", 0, "ab bc", lane="1")))
        roads = [ends for ends in own.links if not any(end.startswith(":") for end in ends)]
        found.append({ends: own.foes(own.entry(*ends)) & set(roads) for ends in roads})
    assert found[0] == found[1]


def test_pavements_do_not_shift_which_positions_of_a_signal_conflict(tmp_path):
    nodes, edges = cross("traffic_light", 2)
    found = []
    for name, options in (("without", ()), ("with", ("--sidewalks.guess", "--crossings.guess"))):
        folder = tmp_path / name
        folder.mkdir()
        net = make_net(folder, nodes, edges, "", *options)
        network = make_scenario(folder, net, vehicle("x", 0, "ab bc", lane="1")).network
        found.append({pair for pair in find_foes(network)["b"] if max(pair) < 16})
    assert found[0] == found[1]
