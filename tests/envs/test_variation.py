"""Episodes that vary: row by row the same as single environments, in both engines, and told of in ``info``."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tests.fakes import ToyBackend, toy_scenario
from trafficai.datatypes import InputError
from trafficai.envs import ParallelSignalEnv, SignalEnv, SignalVectorEnv
from trafficai.envs.formulas import now, total
from trafficai.envs.task import Task, resolve_scenario
from trafficai.envs.variation import _measured, _places
from trafficai.envs.world_batch import WorldBatch
from trafficai.scenario.randomise import Randomisation

DEMAND = {"demand_scale": (0.5, 2.0), "arrivals": 60, "turning_shares": 0.5, "speed_spread": (0.5, 2.0)}
SENSORS = {"sensor_noise": 0.1, "detector_dropout": 0.3}


@pytest.mark.parametrize(("backend", "end", "decisions"), [("numba", 120, 40), ("sumo", 60, 14)])
def test_rows_equal_single_environments_over_restarts(backend, end, decisions):
    options = {"backend": backend, "end": end, "randomise": DEMAND | SENSORS}
    batched = SignalVectorEnv("junction", 3, **options)
    single = SyncVectorEnv(
        [lambda: SignalEnv("junction", **options)] * 3,
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    assert data_equivalence(batched.reset(seed=4), single.reset(seed=4))
    batched.action_space.seed(1)
    for _ in range(decisions):
        action = batched.action_space.sample()
        ours, theirs = batched.step(action), single.step(action)
        assert data_equivalence(ours[:4], theirs[:4])
        assert data_equivalence(ours[4], theirs[4])
    batched.close()
    single.close()


def test_worlds_of_several_scenarios_equal_single_environments_with_an_agent_for_each_signal():
    """The worlds end at different times, and show different numbers of numbers."""
    randomise = DEMAND | SENSORS
    scenarios = [resolve_scenario("grid3x3", end=90), resolve_scenario("junction", end=60)]
    batched = SignalVectorEnv(scenarios, 3, per_signal=True, randomise=randomise)
    singles = [ParallelSignalEnv(scenarios[w % 2], randomise=randomise) for w in range(3)]
    seen, _ = batched.reset(seed=4)
    alone = [env.reset(seed=4 + w)[0] for w, env in enumerate(singles)]
    batched.action_space.seed(1)
    for _ in range(20):
        for row in range(batched.num_envs):
            own = alone[batched.row_world[row]][batched.row_agents[row]]
            assert np.array_equal(seen[row, : len(own)], own)
            assert not seen[row, len(own) :].any()
        actions = batched.action_space.sample()
        seen, rewards, _, truncated, _ = batched.step(actions)
        for w, env in enumerate(singles):
            rows = np.flatnonzero(batched.row_world == w)
            told = env.step({batched.row_agents[row]: actions[row] for row in rows})
            alone[w] = told[0]
            assert [told[1][batched.row_agents[row]] for row in rows] == rewards[rows].tolist()
            if truncated[rows[0]]:
                alone[w] = env.reset()[0]


def test_lanes_are_measured_and_what_signals_tell_is_not():
    task = Task(toy_scenario("AB"), observation="queues+universal+cells")
    lanes = [lane.id for lane in task.scenario.network.normal_lanes]
    places = dict(zip(task.observation_names, _places(task.readout, task.readout.num_inputs), strict=True))
    for name, place in places.items():
        known = name.split(".")[-1].rstrip("0123456789") in ("phase", "elapsed", "clearing", "green")
        assert bool(place.lanes) != known, name
        if name.split(".")[0] in lanes:
            assert place.lanes == {lanes.index(name.split(".")[0])}
    assert places["A.An>As.downstream"].lanes == {lanes.index("As_0")}
    assert len({place.key for place in places.values()}) == len(places)


def test_agents_that_see_one_lane_have_noise_of_their_own():
    readout = Task(toy_scenario("AB"), per_signal=True).readout
    keys = [place.key for place in _places(readout, readout.num_inputs) if place.lanes]
    assert len(set(keys)) == len(keys)


def test_a_formula_is_measured_where_those_it_builds_on_are():
    inner = total(now("lane_queue", [3, 5]))
    both = total(((1.0, inner), *now("signal_elapsed", [1])))
    assert set(_measured(both, {"lane": np.arange(9)})) == {3, 5}


def test_detectors_are_measured_on_their_lanes():
    task = Task(toy_scenario("AB"), observation="detectors")
    lanes = [lane.id for lane in task.scenario.network.normal_lanes]
    places = dict(zip(task.observation_names, _places(task.readout, task.readout.num_inputs), strict=True))
    assert places["stop_Bw_0.occupancy"].lanes == places["area_Bw_0.jam"].lanes == {lanes.index("Bw_0")}
    assert not places["A.phase0"].lanes


def test_one_world_of_a_batch_can_begin_alone():
    task = Task(resolve_scenario("junction", end=120), randomise=DEMAND | SENSORS)
    batch, single = WorldBatch([task] * 3), WorldBatch([task])
    batch.reset([1, 2, 3])
    batch.step(np.zeros(3))
    others = batch.observations[:2]
    batch.reset([9], rows=np.array([2]))
    single.reset([9])
    assert np.array_equal(batch.observations, [*others, single.observations[0]])
    assert batch.scenario(2) == single.scenario(0)
    for key in ("demand_scale", "speed_spread", "dead_detectors"):
        assert batch.info()[key][2] == single.info()[key][0]


def test_gymnasiums_checker_passes():
    env = SignalEnv("junction", end=120, randomise=DEMAND | SENSORS)
    check_env(env, skip_render_check=True)


def test_info_tells_what_was_drawn():
    env = SignalEnv("junction", end=300, randomise=DEMAND | SENSORS)
    first = [env.reset(seed=seed)[1] for seed in range(5)]
    scheduled = [len(env.worlds.scenario(0).vehicles) for seed in range(5) if env.reset(seed=seed)]
    scales = [info["demand_scale"] for info in first]
    num_vehicles = len(env.task.scenario.vehicles)
    assert scheduled == [round(scale * num_vehicles) for scale in scales]
    assert len(set(scales)) == 5
    assert len({info["speed_spread"] for info in first}) == 5
    assert {info["dead_detectors"] for info in first} - {0}
    assert env.step(0)[4]["demand_scale"] == scales[-1]


def test_more_demand_gives_more_delay():
    def delay(scale):
        env = SignalEnv("junction", end=600, randomise={"demand_scale": (scale, scale)})
        env.reset(seed=1)
        return [env.step(k // 3 % 2)[4] for k in range(60)][-1]["total_delay_s"]

    assert delay(0.5) < delay(1.0) < delay(2.0)


def test_sensors_change_what_is_seen_and_nothing_else():
    clear, clouded = (SignalEnv(toy_scenario(), backend=ToyBackend, **o) for o in ({}, {"randomise": SENSORS}))
    clear.reset(seed=1)
    clouded.reset(seed=1)
    steps = [(clear.step(k % 2), clouded.step(k % 2)) for k in range(20)]
    assert not all(np.array_equal(one[0], other[0]) for one, other in steps)
    assert all(one[1:4] == other[1:4] for one, other in steps)
    assert set(steps[0][1][4]) - set(steps[0][0][4]) == {"dead_detectors"}


def test_an_episode_without_variation_is_what_it_was():
    plain, none = (SignalEnv("junction", end=120, **o) for o in ({}, {"randomise": Randomisation()}))
    assert data_equivalence(plain.reset(seed=3), none.reset(seed=3))
    assert all(data_equivalence(plain.step(1), none.step(1)) for _ in range(10))


@pytest.mark.skipif(find_spec("PIL") is None, reason="pictures need Pillow")
def test_pictures_show_the_vehicles_that_were_drawn():
    env = SignalEnv("junction", end=300, render_mode="rgb_array", randomise={"demand_scale": (3.0, 3.0)})
    env.reset(seed=1)
    for _ in range(20):
        env.step(0)
        assert env.render().ndim == 3
    assert env.worlds.sighting(0).vehicles.max() > 0
    env.close()


def test_what_cannot_be_drawn_is_an_input_error():
    with pytest.raises(InputError, match="called 'noise'; try demand_scale"):
        SignalEnv(toy_scenario(), backend=ToyBackend, randomise={"noise": 0.1})
