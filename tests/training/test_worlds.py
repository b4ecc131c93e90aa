"""Many worlds as stable-baselines3 takes them."""

from __future__ import annotations

import numpy as np
import pytest
from stable_baselines3 import PPO

from tests.fakes import ToyBackend, toy_scenario
from trafficai.datatypes import InputError
from trafficai.envs import SignalVectorEnv
from trafficai.training import as_vec_env


def toy(**options):
    return SignalVectorEnv(toy_scenario("AB", duration=100), 2, backend=ToyBackend, **options)


def test_a_learner_of_sb3_takes_worlds_and_rows():
    for worlds in (toy(), toy(per_signal=True)):
        model = PPO("MlpPolicy", as_vec_env(worlds), n_steps=10, batch_size=10, seed=1, device="cpu")
        model.learn(2 * 10 * worlds.num_envs)
        assert model.num_timesteps == 2 * 10 * worlds.num_envs


def test_the_end_of_an_episode_is_told_as_sb3_wants_it():
    worlds = as_vec_env(toy(per_signal=True))
    worlds.seed(3)
    first = worlds.reset()
    for _ in range(10):
        last, _, done, infos = worlds.step(np.zeros(4, dtype=np.int64))
    assert done.all()
    assert infos[3]["terminal_observation"].shape == first[3].shape
    assert infos[3]["TimeLimit.truncated"]
    assert infos[3]["time_s"] == 100.0
    assert np.array_equal(last[0], first[0])  # empty again


def test_masks_are_told_row_by_row():
    worlds = as_vec_env(toy(per_signal=True))
    worlds.reset()
    assert np.array(worlds.env_method("action_masks")).shape == (4, 2)
    assert len(worlds.env_method("action_masks", indices=[1])) == 1
    assert len(worlds.get_attr("action_masks")) == 4
    with pytest.raises(NotImplementedError):
        worlds.env_method("dance")


def test_a_vector_of_rewards_is_refused():
    with pytest.raises(InputError, match="learns from one number"):
        as_vec_env(toy(reward=("delay", "co2")))
