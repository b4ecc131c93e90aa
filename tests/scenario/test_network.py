"""What a .net.xml says is what the Network holds; what contradicts itself is refused."""

import gzip

import pytest

from trafficai.datatypes.errors import InputError
from trafficai.scenario.network import read_network
from trafficai.scenario.notes import Notes
from trafficai.scenario.programs import build_signals


def _signals(path):
    read = read_network(path, Notes())
    return build_signals(read.network, read.programs, path, Notes()).controllable


def test_edges_lanes_and_junctions_keep_the_order_of_the_file(small):
    network = read_network(small.network, Notes()).network
    assert [edge.id for edge in network.edges] == [":b_0", ":b_1", "ab", "bc", "bd"]
    assert [lane.id for lane in network.normal_lanes] == ["ab_0", "ab_1", "bc_0", "bd_0"]
    assert [junction.id for junction in network.junctions] == ["a", "b", "c", "d"]
    assert network.edges[4].lanes[0].width == 3.5
    assert network.edges[2].lanes[0].width == 3.2
    assert network.edges[2].lanes[0].shape == ((0.0, -1.6), (90.0, -1.6))


def test_permissions_say_who_may_use_a_lane(small):
    network = read_network(small.network, Notes()).network
    lane = {each.id: each for each in network.lanes}
    assert lane["ab_0"].allow is None
    assert lane["ab_1"].permits("passenger")
    assert not lane["ab_1"].permits("truck")
    assert lane["bd_0"].permits("bus")
    assert not lane["bd_0"].permits("truck")
    assert all(each.permits("ignoring") for each in network.lanes)


def test_bit_strings_are_turned_so_that_position_i_is_link_i(small):
    network = read_network(small.network, Notes()).network
    first, second = network.junctions[1].requests
    assert first.response == (False, True)
    assert first.foes == (False, True)
    assert second.foes == (True, False)
    assert (first.cont, second.cont) == (False, True)


def test_a_compressed_network_is_the_same_network(small, tmp_path):
    packed = tmp_path / "packed.net.xml.gz"
    packed.write_bytes(gzip.compress(small.network.read_bytes()))
    assert read_network(packed, Notes()).network == read_network(small.network, Notes()).network


def test_the_signal_offers_green_phases_and_its_own_clearance(small):
    (signal,) = _signals(small.network)
    assert signal.green_phases == (0, 3)
    assert [signal.green_state(i) for i in range(signal.num_phases)] == ["Gr", "rg"]
    assert signal.links == ((("ab_1", "bc_0"),), (("ab_0", "bd_0"),))
    assert signal.yellow == 4.0
    assert signal.all_red == 1.0
    assert signal.program.cycle == 45.0


def test_a_program_without_yellow_and_red_gets_the_fallback(small):
    small.change('<phase duration="4" state="yr"/><phase duration="2" state="rr"/>', "")
    small.change('<phase duration="3" state="ry"/><phase duration="1" state="rr"/>', "")
    (signal,) = _signals(small.network)
    assert (signal.yellow, signal.all_red) == (3.0, 0.0)


def test_a_signal_for_rail_or_without_green_or_program_is_noted_and_left_out(small):
    for old, new, note in (
        ('state="Gr"', 'state="rr"', ""),
        ('state="rg"', 'state="rr"', "1 signal(s) that never show green"),
        ('id="b" type="static"', 'id="other" type="static"', "1 signal(s) without a program"),
    ):
        small.change(old, new)
        notes = Notes()
        read = read_network(small.network, notes)
        signals = build_signals(read.network, read.programs, small.network, notes)
        if note:
            assert not signals.controllable
            assert [program.signal for program in signals.others] == (["b"] if "green" in note else [])
            assert notes.lines()[0].startswith(note)


def test_actuated_programs_are_taken_as_static_and_noted(small):
    small.change('type="static" programID', 'type="actuated" programID')
    notes = Notes()
    read_network(small.network, notes)
    assert notes.lines() == (
        "1 signal program(s) of type 'actuated' taken as static, by the durations of their phases",
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<net version", "<nett version", "mismatched tag"),
        ('length="90" shape="0,-1.6', 'shape="0,-1.6', "attribute 'length' is missing"),
        ('length="20"', 'length="0"', "must be greater than 0"),
        ('length="20"', 'length="nan"', "not a finite number"),
        ('speed="5"', 'speed="-5"', "must be greater than 0"),
        ('speed="5"', 'speed="fast"', "speed='fast' is not a finite number"),
        ("0,1.6 90,1.6", "0,1.6 90", "shape has the point '90'"),
        ('disallow="truck"', 'disallow="hovercraft"', "unknown vehicle class 'hovercraft'"),
        ('index="1"', 'index="2"', "not numbered 0, 1, 2"),
        ('id="ab_1"', 'id="ab_0"', "lane 'ab_0' is there twice"),
        ('edge id="bd"', 'edge id="bc"', "edge 'bc' .* is there twice"),
        ('junction id="d"', 'junction id="c"', "junction 'c' .* is there twice"),
        ('from="b" to="d"', 'from="b" to="z"', "unknown junction 'z'"),
        ('from="b" to="d"', 'from="b"', "no 'from' or no 'to'"),
        ('function="internal"', 'function="magic"', "unknown edge function 'magic'"),
        ('incLanes="ab_0 ab_1"', 'incLanes="ab_0 ab_7"', "unknown lane 'ab_7'"),
        ('response="10"', 'response="100"', "is not 2 times 0 or 1"),
        ('response="10"', 'response="1x"', "is not 2 times 0 or 1"),
        ('request index="1"', 'request index="0"', "requests are not numbered"),
        ('to="bc" fromLane="1"', 'to="nowhere" fromLane="1"', "unknown edge 'nowhere'"),
        ('fromLane="1"', 'fromLane="5"', "edge 'ab' has no lane 5"),
        ('fromLane="1"', 'fromLane="-1"', "must be greater than -1"),
        ('via=":b_0_0"', 'via=":b_9_0"', "unknown lane ':b_9_0'"),
        ('linkIndex="1"', 'linkIndex="7"', "link 7 .* is beyond the 2 colours"),
        ('state="o"', 'state="?"', "unknown link state"),
        ('state="yr"', 'state="y"', "different numbers of colours"),
        ('state="yr"', 'state="xr"', "colour that is none of"),
        ('duration="4"', 'duration="0"', "duration must be greater than 0"),
        ('state="yr"', 'state="yr" next="9"', "beyond the last phase"),
        ('state="yr"', 'state="yr" next="-1"', "does not name phases by number"),
    ],
)  # fmt: skip
def test_a_network_that_contradicts_itself_is_refused_by_file_and_element(small, old, new, message):
    small.change(old, new)
    with pytest.raises(InputError, match=message) as caught:
        _signals(small.network)
    assert str(small.network) in str(caught.value)


def test_a_file_that_is_no_network_is_refused(write):
    with pytest.raises(InputError, match="is not a SUMO network"):
        read_network(write("a.net.xml", "<routes/>"), Notes())
    with pytest.raises(InputError, match="has no edge"):
        read_network(write("a.net.xml", "<net/>"), Notes())
