"""Dual rings: who goes on, who waits at the barrier, and when both cross it."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from trafficai.backends import make_backend
from trafficai.controllers import Nema, designed
from trafficai.controllers.nema import RingSignal, _detectors
from trafficai.datatypes import InputError
from trafficai.scenario import load_scenario
from trafficai.scenario.ring_barrier import dual_rings


@pytest.fixture(scope="module")
def made():
    scenario = designed(Nema(), load_scenario("junction"))
    return scenario.signals[0], dual_rings(scenario)[0]


class Player:
    """Two rings whose movement number k is called from lane k."""

    def __init__(self, made, max_green=50.0, extension=15.0):
        signal, ring = made
        self.rings = RingSignal(ring, signal, {n: np.array([int(n)]) for n in ring.movements}, max_green, extension)
        states = [signal.green_state(phase) for phase in range(signal.num_phases)]
        self.phase = {pair.name: states.index(pair.state) for pair in ring.pairs}
        self.name = {phase: name for name, phase in self.phase.items()}

    def ask(self, shown, calls, *, seconds=1, is_green=True, buses=()):
        """Return what is asked for last; ``buses`` are pairs of a movement and the time to its stop line [s]."""
        times = np.full(9, np.inf)
        for movement, time in buses:
            times[int(movement)] = time
        occupied = np.isin(np.arange(9), [int(call) for call in calls])
        for _ in range(seconds):
            answer = self.rings.decide(self.phase.get(shown, -1), is_green, occupied, times)
        return self.name[answer]


@pytest.mark.parametrize(
    ("shown", "calls", "asked"),
    [
        ("2+6", "", "2+6"),  # nobody calls
        ("2+6", "26", "2+6"),  # nobody else does
        ("2+6", "24", "2+6"),  # 6 has gapped out and waits at the barrier for 2
        ("2+6", "4", "4+8"),  # both have: across, 8 along with 4
        ("2+6", "38", "3+8"),
        ("2+6", "3478", "3+7"),  # left turns first
        ("1+5", "126", "1+6"),  # 5 has gapped out: its ring goes on, the other does not
        ("1+5", "16", "1+6"),
        ("1+6", "26", "2+6"),
        ("1+5", "26", "2+6"),  # both rings go on at once
        ("2+6", "1", "1+6"),  # back, for nobody calls from across
        ("2+6", "14", "4+8"),  # not back, but across
        ("4+8", "1", "1+6"),
    ],
)
def test_rings_go_on_by_themselves_and_cross_together(made, shown, calls, asked):
    assert Player(made).ask(shown, calls) == asked


def test_the_longest_green_counts_from_the_first_call_of_another(made):
    player = Player(made, max_green=20.0)
    assert player.ask("2+6", "26", seconds=100) == "2+6"
    assert player.ask("2+6", "264", seconds=19) == "2+6"
    assert player.ask("2+6", "264") == "4+8"


def test_a_movement_that_goes_on_beside_another_keeps_counting(made):
    player = Player(made, max_green=20.0)
    player.ask("1+6", "1268", seconds=10)  # ring 1 goes on at second 20, when 1 has maxed out
    assert player.ask("1+6", "1268", seconds=10) == "2+6"
    assert player.ask("2+6", "268", seconds=1) == "2+6"  # 6 has maxed out and waits at the barrier for 2
    assert player.ask("2+6", "268", seconds=19) == "4+8"


def test_nothing_is_decided_while_a_change_is_under_way(made):
    assert Player(made).ask("2+6", "4", is_green=False) == "2+6"


def test_a_phase_of_the_program_that_is_no_pair_is_left_for_the_pair_most_called(made):
    assert Player(made).ask("none of them", "47") == "4+7"


def test_a_left_turn_is_called_from_the_lanes_it_has_to_itself():
    scenario = designed(Nema(), load_scenario("junction"))
    (ring,) = dual_rings(scenario)
    lanes = scenario.network.normal_lanes
    found = _detectors(scenario, scenario.signals[0], ring)
    assert set(found) == set("12345678")
    sources = {number: {lanes[lane].id for lane in rows} for number, rows in found.items()}
    assert not any(sources[left] & sources[through] for left, through in ("16", "52", "38", "74"))


def test_the_scenario_has_to_be_the_designed_one():
    with pytest.raises(InputError, match="simulate what its design"):
        Nema().reset(load_scenario("junction"), 1)


@pytest.mark.parametrize(
    ("shown", "calls", "buses", "asked"),
    [
        ("2+6", "26", [("4", 8.0)], "4+8"),  # ends both early
        ("2+6", "26", [("4", 8.0), ("2", 3.0)], "2+6"),  # 2 holds, so 6 waits at the barrier
        ("1+5", "15", [("6", 8.0)], "1+6"),  # its ring goes on, the other is in nobody's way
        ("1+5", "125", [("6", 8.0)], "2+6"),
        ("1+5", "15", [("5", 2.0), ("6", 8.0)], "1+5"),
        ("2+6", "", [("4", 8.0)], "4+8"),  # a bus calls, though nobody is near
    ],
)
def test_a_bus_ends_greens_of_others_early(made, shown, calls, buses, asked):
    assert Player(made).ask(shown, calls, buses=buses) == asked


def test_a_green_that_was_cut_is_not_cut_the_next_time(made):
    player = Player(made)
    assert player.ask("2+6", "26", buses=[("4", 8.0)]) == "4+8"
    assert player.ask("4+8", "2468") == "4+8"
    assert player.ask("2+6", "26", buses=[("4", 8.0)]) == "2+6"
    assert player.ask("4+8", "2468") == "4+8"
    assert player.ask("2+6", "26", buses=[("4", 8.0)]) == "4+8"


@pytest.mark.parametrize(("time", "asked"), [(5.0, "2+6"), (5.1, "4+8")])
def test_a_bus_holds_a_green_that_it_can_reach_within_the_extension(made, time, asked):
    """After 60 of 50 + 15 s, 5 s are left; 6 has gapped out."""
    player = Player(made)
    assert player.ask("2+6", "24", seconds=59, buses=[("2", 1.0)]) == "2+6"
    assert player.ask("2+6", "24", buses=[("2", time)]) == asked


@pytest.mark.skipif(find_spec("sumo_rl") is None, reason="cologne8 lies in the package sumo-rl")
def test_a_street_that_is_called_but_in_no_pair_stops_nothing():
    """On cologne8 some signal's rings call a street across of which no pair is left, from the sixth minute on."""
    agent = Nema()
    scenario = designed(agent, load_scenario("cologne8", end=25200 + 330))
    agent.reset(scenario, 1)
    engine = make_backend(scenario, "numba")
    snapshot = engine.reset(1)
    while snapshot.time < scenario.end:
        requested = agent.decide(snapshot)
        assert (requested < [signal.num_phases for signal in scenario.signals]).all()
        snapshot = engine.advance(requested, 1)
