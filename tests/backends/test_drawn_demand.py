"""A run with a drawn demand is the run of the scenario that the draw is applied to, bit for bit, in both engines."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from tests.backends.micro import vehicle
from trafficai.backends.numba import NumbaBackend, NumbaBatch
from trafficai.backends.sumo import SumoBackend
from trafficai.datatypes import RunError
from trafficai.scenario import load_scenario
from trafficai.scenario.randomise import Randomisation, Randomiser, apply

EVERYTHING = Randomisation(demand_scale=(0.5, 2.0), arrivals=60, turning_shares=1.0, speed_spread=(0.5, 2.0))
INTERVAL_S = 30
DECISIONS = 12


def same(mine, theirs):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(mine, theirs, strict=True))


def requests(scenario, worlds=1):
    """Return what is asked for at each decision, (DECISIONS, worlds, num_signals)."""
    draws = np.random.default_rng(1)
    return draws.integers(-1, 2, (DECISIONS, worlds, len(scenario.signals))).astype(np.int32)


def run(backend, seed, draw=None):
    """Return every snapshot of a run and its trips."""
    shown = [backend.reset(seed) if draw is None else backend.reset(seed, draw)]
    shown += [backend.advance(requested[0], INTERVAL_S) for requested in requests(backend.scenario)]
    return [*shown, backend.trips()]


def assert_same_runs(mine, theirs):
    assert len(mine) == len(theirs)
    assert all(same(a, b) for a, b in zip(mine, theirs, strict=True))


@pytest.fixture
def by_bus(micro_scenario):
    """Cars that turn three ways, each with a lane and an end of its own, and two buses that stop beside the road."""
    cars = [
        vehicle(f"c{i}", 2 * i, f"ab b{'scn'[i % 3]}", lane=str(i % 3)).replace(
            "><", f' arrivalPos="{90 + i % 3}"><', 1
        )
        for i in range(60)
    ]
    stop = '<stop lane="ab_0" startPos="60" endPos="90" duration="20" parking="true"/>'
    buses = [vehicle(f"b{i}", 10 + 50 * i, "ab bs", "bus").replace("</vehicle>", f"{stop}</vehicle>") for i in range(2)]
    return micro_scenario("turn_light", "".join(sorted(cars + buses, key=lambda line: float(line.split('"')[5]))), 360)


def scenario_of(name, request):
    if name == "by_bus":
        return request.getfixturevalue("by_bus")
    if name == "cologne1" and find_spec("sumo_rl") is None:
        pytest.skip("the RESCO maps come with sumo-rl")
    begin = 25200 if name == "cologne1" else 0
    return load_scenario(name, begin=begin, end=begin + INTERVAL_S * DECISIONS)


@pytest.mark.parametrize("name", ["by_bus", "cologne1", "grid3x3"])
def test_a_drawn_demand_in_the_core_is_that_of_the_scenario_it_gives(name, request):
    scenario = scenario_of(name, request)
    randomiser = Randomiser(scenario, EVERYTHING)
    backend = NumbaBackend(scenario)
    for seed in (3, 4, 5):
        draw = randomiser.draw(seed)
        assert_same_runs(run(backend, seed, draw), run(NumbaBackend(apply(scenario, draw)), seed))
    assert_same_runs(run(backend, 3), run(NumbaBackend(scenario), 3))


@pytest.mark.parametrize("threads", [1, 2])
def test_each_world_of_a_batch_has_a_demand_of_its_own(threads):
    scenario = load_scenario("junction", end=INTERVAL_S * DECISIONS)
    randomiser = Randomiser(scenario, EVERYTHING)
    batch = NumbaBatch(scenario, 3, threads)
    for seeds in ((1, 2, 3), (4, 5, 6)):
        draws = [randomiser.draw(seed) for seed in seeds]
        shown = [batch.reset(seeds, draws)]
        asked = requests(scenario, 3)
        shown += [batch.advance(each, INTERVAL_S) for each in asked]
        for w, (seed, draw) in enumerate(zip(seeds, draws, strict=True)):
            single = NumbaBackend(scenario)
            alone = [single.reset(seed, draw), *(single.advance(each[w], INTERVAL_S) for each in asked)]
            assert_same_runs([type(each)(*(field[w] for field in each)) for each in shown], alone)
            assert same(batch.trips(w), single.trips())
            assert len(batch.trips(w).inserted) == len(draw.source)
    fresh = NumbaBatch(scenario, 3)
    assert same(batch.reset((7, 8, 9)), fresh.reset((7, 8, 9)))
    assert same(batch.advance(asked[0], INTERVAL_S), fresh.advance(asked[0], INTERVAL_S))
    batch.close()


def test_worlds_that_keep_the_scenarios_demand_share_its_tables():
    scenario = load_scenario("junction")
    batch = NumbaBatch(scenario, 2)
    batch.reset((1, 2))
    first, second = (simulation.compiled for simulation in batch._worlds.simulations)
    assert first is second


def test_a_smaller_demand_leaves_the_scenarios_tables_alone():
    scenario = load_scenario("junction", end=INTERVAL_S * DECISIONS)
    backend = NumbaBackend(scenario)
    draw = Randomiser(scenario, Randomisation(demand_scale=(0.5, 0.5))).draw(1)
    assert_same_runs(run(backend, 1, draw), run(NumbaBackend(apply(scenario, draw)), 1))
    assert_same_runs(run(backend, 1), run(NumbaBackend(scenario), 1))


def test_books_follow_the_drawn_vehicles():
    scenario = load_scenario("junction", end=INTERVAL_S * DECISIONS)
    draw = Randomiser(scenario, EVERYTHING).draw(2)
    varied, fresh = (NumbaBackend(each, edge_data=True) for each in (scenario, apply(scenario, draw)))
    assert_same_runs(run(varied, 2, draw), run(fresh, 2))
    assert same(varied.edges(), fresh.edges())
    assert same(varied.safety(), fresh.safety())


def test_a_drawn_demand_in_sumo_is_that_of_the_scenario_it_gives(by_bus):
    randomiser = Randomiser(by_bus, EVERYTHING)
    varied = SumoBackend(by_bus)
    for seed in (3, 4):
        draw = randomiser.draw(seed)
        fresh = SumoBackend(apply(by_bus, draw))
        assert_same_runs(run(varied, seed, draw), run(fresh, seed))
        fresh.close()
    plain = SumoBackend(by_bus)
    assert_same_runs(run(varied, 3), run(plain, 3))
    varied.close()
    plain.close()


@pytest.mark.parametrize("make", [NumbaBackend, SumoBackend])
def test_a_run_with_a_drawn_demand_is_not_saved(make, by_bus, tmp_path):
    backend = make(by_bus)
    backend.reset(1, Randomiser(by_bus, EVERYTHING).draw(1))
    with pytest.raises(RunError, match="a run with a drawn demand can't be saved"):
        backend.save(tmp_path / "state")
    backend.reset(1)
    backend.save(tmp_path / "state")
    backend.close()


def test_watchers_refuse_a_drawn_demand():
    class Watcher:
        def clear(self):
            pass

        def book(self, now, sighting, moves):
            pass

    scenario = load_scenario("junction", end=60)
    backend = NumbaBackend(scenario, watchers=[Watcher()])
    with pytest.raises(ValueError, match="watchers can't follow a drawn demand"):
        backend.reset(1, Randomiser(scenario, EVERYTHING).draw(1))
