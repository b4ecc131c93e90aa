"""The environments on the real engines and a real junction."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from stable_baselines3.common.env_checker import check_env as check_env_sb3

from trafficai.backends import make_backend
from trafficai.controllers import MaxWave
from trafficai.datatypes import InputError
from trafficai.envs import SignalEnv, SignalVectorEnv, make_env, vector_env
from trafficai.scenario import load_scenario

pytestmark = pytest.mark.skipif(find_spec("sumo_rl") is None, reason="the RESCO maps come with sumo-rl")

PERIOD = {"begin": 25200, "end": 25500}


@pytest.fixture(scope="module")
def cologne1():
    return load_scenario("cologne1")


@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_checkers_of_gymnasium_and_sb3_pass(cologne1, backend):
    env = SignalEnv(cologne1, backend=backend, **PERIOD)
    check_env(env, skip_render_check=True)
    env = SignalEnv(cologne1, backend=backend, **PERIOD)
    check_env_sb3(env)
    env.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_rows_of_the_core_equal_single_environments(cologne1, threads):
    batched = SignalVectorEnv(cologne1, 2, threads=threads, **PERIOD)
    single = SyncVectorEnv([lambda: SignalEnv(cologne1, **PERIOD)] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
    assert data_equivalence(batched.reset(seed=4), single.reset(seed=4))
    batched.action_space.seed(4)
    for _ in range(40):
        action = batched.action_space.sample()
        assert data_equivalence(batched.step(action), single.step(action))
    batched.close()


def test_rows_and_single_environments_are_shown_the_same_of_detectors(cologne1):
    options = {"observation": "detectors", **PERIOD}
    batched = SignalVectorEnv(cologne1, 2, **options)
    single = SyncVectorEnv([lambda: SignalEnv(cologne1, **options)] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
    assert data_equivalence(batched.reset(seed=4), single.reset(seed=4))
    for _ in range(20):
        ours, theirs = batched.step(np.zeros(2, dtype=np.int64)), single.step(np.zeros(2, dtype=np.int64))
        assert data_equivalence(ours, theirs)
    assert ours[0].max() > 0.5
    batched.close()


@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_an_agent_may_see_detectors_only(cologne1, backend):
    env = make_env(cologne1, backend=backend, observation="detectors", **PERIOD)
    names = env.unwrapped.observation_names
    assert len(names) == 3 * 14 + 3 * 8 + 4 + 1 + 1  # loops, areas, phases, elapsed, clearing
    observation, _ = env.reset(seed=1)
    most = observation
    for _ in range(20):
        observation, *_ = env.step(0)
        assert env.observation_space.contains(observation)
        most = np.maximum(most, observation)
    for kind in ("flow", "occupancy", "count", "halted", "jam"):
        assert max(value for name, value in zip(names, most, strict=True) if name.endswith(kind)) > 0.1
    env.close()


def test_worlds_of_sumo_make_a_batch_too(cologne1):
    env = vector_env(cologne1, 2, backend="sumo", begin=25200, end=25220)
    observation, _ = env.reset(seed=1)
    assert env.observation_space.contains(observation)
    *_, truncated, info = [env.step(np.zeros(2, dtype=np.int64)) for _ in range(2)][-1]
    assert truncated.all()
    assert info["final_info"]["time_s"].tolist() == [25220.0, 25220.0]
    env.close()


def test_an_environment_is_made_by_name():
    env = make_env("cologne1", reward="delay", **PERIOD)
    assert env.reset(seed=1)[1]["time_s"] == 25200.0
    assert "GS_cluster_357187_359543.phase3" in env.observation_names
    env.close()


def test_an_unknown_engine_is_an_input_error(cologne1):
    with pytest.raises(InputError, match="numbat"):
        make_env(cologne1, backend="numbat")
    with pytest.raises(InputError, match="numbat"):
        vector_env(cologne1, 2, backend="numbat")


@pytest.mark.parametrize("name", ["cologne8", "grid4x4"])
def test_rules_serve_every_signal_of_a_district(name):
    env = make_env(name)
    rule = MaxWave()
    rule.reset(env.task.scenario, 0)
    backend = make_backend(env.task.scenario, "numba")
    snapshot = backend.reset(1)
    for _ in range(6):
        requested = rule.decide(snapshot)
        assert (requested >= 0).all()
        assert (requested < [signal.num_phases for signal in env.task.scenario.signals]).all()
        snapshot = backend.advance(requested, rule.decision_interval)
    env.close()
