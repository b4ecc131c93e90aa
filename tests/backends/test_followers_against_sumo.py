"""Who is minded from behind when somebody departs or changes lanes near a junction, in the core and in SUMO."""

from __future__ import annotations

import pytest

from tests.backends.micro import EXACT, assert_same_ways, program, vehicle, ways_in_core

START = 300.0  # [m], length of the streets that lead to the junction, before netconvert takes their ends


@pytest.mark.parametrize("back", [8, 20, 30, 50])
@pytest.mark.parametrize("route", ["ab bc cd", "ab", "ab bn"])
def test_departure_minds_everybody_who_could_come(micro_scenario, tmp_path, route, back):
    """Wherever they head for: who is 8 m before the junction keeps a departure behind it back, who is 50 m off not."""
    other = vehicle("other", 0, route, lane="1", pos=START - back - 5 * 13.89)
    own = vehicle("own", 5, "bc cd", lane="1", speed="8")
    assert_same_ways(micro_scenario("way_off", other + own, 60), tmp_path)


@pytest.mark.parametrize("back", [8, 20, 30])
@pytest.mark.parametrize("source", ["ab", "nb"])
def test_departure_behind_a_merge_minds_only_who_is_in_it(micro_scenario, tmp_path, source, back):
    """SUMO looks no further than one would brake on the slowest of the merging lanes; here that is within it."""
    other = vehicle("other", 0, f"{source} bc cd", lane="1" if source == "ab" else "0", pos=START - back - 5 * 13.89)
    own = vehicle("own", 5, "bc cd", lane="1", speed="8")
    assert_same_ways(micro_scenario("way_on", other + own, 60), tmp_path)


@pytest.mark.parametrize("back", [1, 10, 20])
def test_departure_minds_who_comes_over_a_short_edge(micro_scenario, tmp_path, back):
    other = vehicle("other", 0, "ab bc cd", pos=START - back - 5 * 13.89)
    assert_same_ways(micro_scenario("short_between", other + vehicle("own", 5, "cd", speed="0"), 60), tmp_path)


@pytest.mark.parametrize("back", [9, 17, 25])
@pytest.mark.parametrize(("net", "route"), [("way_off", "ab"), ("way_off", "ab bn"), ("way_on", "ab bc cd")])
def test_lane_change_behind_a_junction_minds_the_same(micro_scenario, tmp_path, net, route, back):
    other = vehicle("other", 0, route, lane="1", pos=START - back - 5 * 13.89)
    own = vehicle("own", 4, "bc cd", lane="0", speed="3", pos="6")
    assert_same_ways(micro_scenario(net, other + own, 60), tmp_path)


@pytest.mark.parametrize("own", [0, 1])
@pytest.mark.parametrize("room", [1.0, 3.0, 6.0])
def test_queue_with_more_room_is_worth_a_change_the_later_the_less_room(micro_scenario, tmp_path, own, room):
    """By hand: the speed that the room allows, by 10 m/s, adds up; beyond 0.2 to the left, 2 to the right it is enough.

    1 m of room: after 3 s to the left and 21 s to the right; 3 m: 1 s and 7 s; 6 m allow 5.25 m/s: 1 s and 4 s.
    """
    end = 391.8
    num, first = (4, 5.0 - room) if room < 5.0 else (3, 12.5 - room)
    rows = f'<vType id="first" length="{first}" {EXACT}/>'
    rows += "".join(
        vehicle(f"own{k}", 0, "ab bc", lane=str(own), speed="0", pos=round(end - 7.5 * k, 2)) for k in range(4)
    )
    rows += vehicle("beside", 0, "ab bc", "first", lane=str(1 - own), speed="0", pos=end)
    places = [end - first - 2.5 - 7.5 * k for k in range(num - 1)]
    rows += "".join(
        vehicle(f"beside{k}", 0, "ab bc", lane=str(1 - own), speed="0", pos=round(place, 2))
        for k, place in enumerate(places)
    )
    rows += vehicle("last", 0, "ab bc", lane=str(own), speed="0", pos=round(end - 30.0, 2))
    scenario = micro_scenario("queue", rows, 30, program("b", (99, "r" * 5)))
    assert_same_ways(scenario, tmp_path)
    lanes = ways_in_core(scenario)["last"].lanes
    later = {0: {1.0: 3, 3.0: 1, 6.0: 1}, 1: {1.0: 21, 3.0: 7, 6.0: 4}}[own][room]
    assert [lane[-1] for lane in lanes].count(str(own)) == later
