"""The batched environment is, row by row, the single one."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from tests.fakes import ToyBackend, toy_scenario
from trafficai.envs import SIGNAL_ENV, SignalEnv, SignalVectorEnv, register_envs


def toy_vector(names="A", num_envs=3, **options):
    return SignalVectorEnv(toy_scenario(names), num_envs, backend=ToyBackend, **options)


def actions_of(env, number, seed=0):
    env.action_space.seed(seed)
    return [env.action_space.sample() for _ in range(number)]


@pytest.mark.parametrize("names", ["A", "AB"])
@pytest.mark.parametrize("num_envs", [1, 3])
def test_rows_equal_single_environments_over_restarts(names, num_envs):
    batched = toy_vector(names, num_envs, end=100)
    single = SyncVectorEnv(
        [lambda: SignalEnv(toy_scenario(names), backend=ToyBackend, end=100)] * num_envs,
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    assert data_equivalence(batched.reset(seed=4), single.reset(seed=4))
    for action in actions_of(batched, 35):
        ours, theirs = batched.step(action), single.step(action)
        assert data_equivalence(ours[:4], theirs[:4])
        assert data_equivalence(ours[4], theirs[4])


def test_an_episode_can_be_begun_later():
    whole, later = toy_vector(end=100), toy_vector(end=100)
    whole.reset(seed=4)
    actions = actions_of(whole, 20)
    steps = [whole.step(action)[0] for action in actions]
    assert np.array_equal(later.reset(seed=4, options={"episode": 1})[0], steps[9])
    assert all(np.array_equal(later.step(actions[i])[0], steps[i]) for i in range(10, 20))


def test_restarts_use_new_seeds():
    env = toy_vector(num_envs=2, end=100)
    env.reset(seed=4)
    infos = [env.step(np.zeros(2, dtype=int))[4] for _ in range(30)]
    finals = [tuple(info["final_info"]["total_delay_s"]) for info in infos if "final_info" in info]
    assert len(set(finals)) == 3
    assert len({delay for final in finals for delay in final}) == 6


def test_gymnasium_makes_it_by_id_and_wraps_it():
    register_envs()
    env = gymnasium.make_vec(
        SIGNAL_ENV,
        num_envs=2,
        vectorization_mode="vector_entry_point",
        scenario=toy_scenario(),
        backend=ToyBackend,
        end=50,
    )
    env = RecordEpisodeStatistics(env)
    env.reset(seed=1)
    infos = [env.step(env.action_space.sample())[4] for _ in range(5)]
    assert infos[-1]["episode"]["l"].tolist() == [5, 5]
    env.close()


def test_a_step_before_the_reset_is_refused():
    with pytest.raises(ResetNeeded):
        toy_vector().step(np.zeros(3, dtype=int))


def test_seeds_must_be_one_per_world():
    with pytest.raises(ValueError, match="2 seeds for 3 worlds"):
        toy_vector().reset(seed=[1, 2])
