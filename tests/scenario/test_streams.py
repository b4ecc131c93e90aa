"""Streams under signals, and the lanes they share."""

from tests.fakes import toy_scenario
from trafficai.scenario import load_scenario
from trafficai.scenario.streams import find_streams


def test_the_toys_two_streams_share_no_lane():
    north, west = find_streams(toy_scenario("A"))
    assert (north.source, north.target, north.positions, north.lanes) == ("An", "As", (0,), ("An_0",))
    assert (north.storage, north.group, west.group) == (150.0, 0, 1)


def test_every_position_belongs_to_one_stream():
    for name in ("cologne1", "ingolstadt7", "junction"):
        scenario = load_scenario(name, end=30000 if name == "cologne1" else None)
        streams = find_streams(scenario)
        for i, signal in enumerate(scenario.signals):
            own = sorted(place for stream in streams if stream.signal == i for place in stream.positions)
            assert own == [place for place, pairs in enumerate(signal.links) if pairs]


def test_lane_groups_are_what_shared_lanes_join():
    """On the main street of the scenario junction the left turn has a lane of its own; the right turn has none."""
    streams = find_streams(load_scenario("junction"))
    of = {(stream.source, stream.direction): stream for stream in streams}
    right, straight, left = (of["w1_A1", direction] for direction in "rsl")
    assert right.group == straight.group != left.group
    assert len(straight.lanes) == 2
    assert len(left.lanes) == 1
    assert set(right.lanes) < set(straight.lanes)
    groups = {stream.group for stream in streams}
    assert groups == set(range(8))
