"""What holds in every second of every scenario, in both engines: drawn networks, vehicles, seeds and requests.

The centre of netgenerate's spiders is left out: netconvert makes a junction of so many links ``unregulated``, without
any right of way, and vehicles collide behind it in SUMO too.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.backends.watch import Watched
from tests.conformance.watch import WatchedSumo, controlled_moves
from tests.random_scenarios import make, recipes
from trafficai.backends import core_state, state_file
from trafficai.backends.numba import NumbaBackend, NumbaBatch

RHYTHMS = st.lists(st.tuples(st.integers(-2, 6), st.integers(1, 20)), min_size=1, max_size=8)
SEEDS = st.integers(0, 2**31 - 1)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A smaller seed is no smaller scenario, and the search for one takes minutes."""

FASTEST_DRIVER = 2.0
"""Greatest speed factor of the drawn vehicle types."""


def wishes(scenario, rhythm):
    """Return a function from second to one request per signal; all have one rhythm, each somewhat later."""
    asked = [phase for phase, seconds in rhythm for _ in range(seconds)]
    num_signals = len(scenario.signals)
    return lambda second: np.array([asked[(second + 3 * i) % len(asked)] for i in range(num_signals)], np.int32)


def check_trips(backend):
    """Nothing that is counted is negative or no number; a truck that rolls out may burn nothing."""
    trips = backend.trips()
    for name in ("co2", "fuel", "time_loss", "waiting_time", "duration", "route_length", "depart_delay"):
        values = getattr(trips, name)
        assert np.isfinite(values).all(), name
        assert (values >= -1e-6).all(), name
    assert trips.co2.sum() > 0.0
    assert (np.isnan(trips.arrived) | ~np.isnan(trips.inserted)).all()


def check_core(recipe, rhythm, seed):
    """Check conservation, lists, speeds, red lights and overlaps every second, and the trips at the end."""
    scenario = make(recipe)
    ask, watched = wishes(scenario, rhythm), Watched(scenario, seed)
    for second in range(scenario.duration):
        watched.step(ask(second))
    assert not watched.overlaps
    check_trips(watched.backend)


def check_sumo_second(scenario, moves, before, seen, colours):
    """Nobody came past a red, or drives faster than limit and factor allow but where it is slowing down."""
    lanes = scenario.network.lanes
    for vehicle, lane, speed in zip(seen.vehicle.tolist(), seen.lane.tolist(), seen.speed.tolist(), strict=True):
        old_lane, old_speed = before.get(vehicle, (lane, 0.0))
        assert 0.0 <= speed <= max(FASTEST_DRIVER * lanes[lane].speed, old_speed) + 1e-6
        links = moves.get((lanes[old_lane].id, lanes[lane].edge), [])
        assert not links or any(colours[signal][link] not in "ru" for signal, link in links)


def check_sumo(recipe, rhythm, seed):
    """Check conservation, emissions, speeds and red lights every second, and the trips at the end."""
    scenario = make(recipe)
    ask, moves = wishes(scenario, rhythm), controlled_moves(scenario)
    departs = np.array([vehicle.depart for vehicle in scenario.vehicles])
    with pytest.MonkeyPatch.context() as patch:
        watched = WatchedSumo(scenario, patch)
        watched.backend.reset(seed)
        before = {}
        for second in range(scenario.duration):
            snapshot, seen, colours = watched.look(ask(second))
            assert snapshot.total_inserted == snapshot.total_running + snapshot.total_arrived
            assert (departs < snapshot.time).sum() == snapshot.total_inserted + snapshot.total_waiting_to_enter
            assert np.isfinite(snapshot.lane_co2_in_interval).all()
            assert (snapshot.lane_co2_in_interval >= 0.0).all()
            check_sumo_second(scenario, moves, before, seen, colours)
            columns = (seen.vehicle.tolist(), seen.lane.tolist(), seen.speed.tolist())
            before = {vehicle: (lane, speed) for vehicle, lane, speed in zip(*columns, strict=True)}
        check_trips(watched.backend)
        watched.backend.close()


def bits(simulation):
    """Return a hash over the whole state of one simulation in the core."""
    return state_file.hash_arrays(core_state.named_arrays(world=simulation.world, signals=simulation.signals))


def check_bits(recipe, rhythm, seed, num_worlds, threads, stop, folder):
    """The last world of a batch, a single run, and one that was saved on the way have the same bits."""
    scenario = make(recipe)
    ask, stop = wishes(scenario, rhythm), stop % scenario.duration
    batch, single, later = (NumbaBatch(scenario, num_worlds, threads), *(NumbaBackend(scenario) for _ in range(2)))
    batch.reset([seed + world - num_worlds + 1 & (1 << 64) - 1 for world in range(num_worlds)])
    single.reset(seed)
    for second in range(scenario.duration):
        if second == stop:
            later.load(single.save(folder / "state.npz"))
        batch.advance(np.tile(ask(second), (num_worlds, 1)), 1)
        single.advance(ask(second), 1)
        if second >= stop:
            later.advance(ask(second), 1)
    assert bits(batch._worlds.simulations[-1]) == bits(single._simulation) == bits(later._simulation)
    batch.close()


@given(recipe=recipes(90, 120), rhythm=RHYTHMS, seed=SEEDS)
@settings(max_examples=10, phases=NO_SHRINKING)
def test_core_keeps_its_invariants(recipe, rhythm, seed):
    check_core(recipe, rhythm, seed)


@given(recipe=recipes(60, 80), rhythm=RHYTHMS, seed=SEEDS)
@settings(max_examples=4, phases=NO_SHRINKING)
def test_sumo_keeps_its_invariants(recipe, rhythm, seed):
    check_sumo(recipe, rhythm, seed)


SIZES = {"num_worlds": st.integers(1, 5), "threads": st.integers(1, 4), "stop": st.integers(0, 10_000)}


@given(recipe=recipes(60, 80), rhythm=RHYTHMS, seed=SEEDS, **SIZES)
@settings(max_examples=5, phases=NO_SHRINKING)
def test_bits_depend_on_the_seed_alone(tmp_path_factory, recipe, rhythm, seed, num_worlds, threads, stop):
    check_bits(recipe, rhythm, seed, num_worlds, threads, stop, tmp_path_factory.mktemp("state"))


@pytest.mark.slow
@given(recipe=recipes(300, 500), rhythm=RHYTHMS, seed=SEEDS)
@settings(max_examples=100, phases=NO_SHRINKING)
def test_core_keeps_its_invariants_in_longer_runs(recipe, rhythm, seed):
    check_core(recipe, rhythm, seed)


@pytest.mark.slow
@given(recipe=recipes(200, 300), rhythm=RHYTHMS, seed=SEEDS)
@settings(max_examples=30, phases=NO_SHRINKING)
def test_sumo_keeps_its_invariants_in_longer_runs(recipe, rhythm, seed):
    check_sumo(recipe, rhythm, seed)


@pytest.mark.slow
@given(recipe=recipes(200, 300), rhythm=RHYTHMS, seed=SEEDS, **SIZES)
@settings(max_examples=40, phases=NO_SHRINKING)
def test_bits_depend_on_the_seed_alone_in_longer_runs(
    tmp_path_factory, recipe, rhythm, seed, num_worlds, threads, stop
):
    check_bits(recipe, rhythm, seed, num_worlds, threads, stop, tmp_path_factory.mktemp("state"))
