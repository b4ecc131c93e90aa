"""An agent for each signal: PettingZoo's own tests, and that it is the same simulation."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import numpy as np
import pytest
from gymnasium.error import ResetNeeded

import trafficai
from tests.fakes import ToyBackend, toy_scenario
from trafficai.datatypes import InputError
from trafficai.envs import ParallelSignalEnv, aec_env, parallel_env
from trafficai.envs.actions import ACTIONS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PettingZoo's tests import environments in a way that PettingZoo deprecates
    from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

COLOGNE3 = {"scenario": "cologne3", "begin": 25200, "end": 25400}
needs_maps = pytest.mark.skipif(find_spec("sumo_rl") is None, reason="the RESCO maps come with sumo-rl")


def toy(**options):
    return ParallelSignalEnv(toy_scenario("AB"), backend=ToyBackend, **options)


def episode(env, seed):
    """Return all that an episode of random actions tells."""
    told = [env.reset(seed=seed)]
    for agent in env.possible_agents:
        env.action_space(agent).seed(seed)
    while env.agents:
        told.append(env.step({agent: env.action_space(agent).sample() for agent in env.agents}))
    return told


@pytest.mark.parametrize("action", ACTIONS)
def test_pettingzoo_accepts_it_with_every_action(action):
    parallel_api_test(toy(action=action, end=200), num_cycles=50)
    parallel_seed_test(lambda: toy(action=action, end=200), num_cycles=50)


@needs_maps
@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_pettingzoo_accepts_it_on_a_real_net(backend):
    env = parallel_env(**COLOGNE3, backend=backend)
    parallel_api_test(env, num_cycles=40)
    env.close()


@pytest.mark.filterwarnings("ignore")
def test_pettingzoo_accepts_its_agents_one_after_the_other():
    api_test(aec_env(toy_scenario("AB"), backend=ToyBackend, end=200), num_cycles=50)
    seed_test(lambda: aec_env(toy_scenario("AB"), backend=ToyBackend, end=200), num_cycles=50)


def test_agents_are_signals_and_see_their_own_lanes():
    env = toy(observation="queue+phase")
    env.reset(seed=1)
    assert env.agents == ["A", "B"]
    assert env.observation_names["B"] == ("Bn_0.queue", "Bw_0.queue", "B.phase0", "B.phase1")
    observations, rewards, ends, truncations, infos = env.step({"A": 0, "B": 1})
    assert set(observations) == set(rewards) == set(ends) == set(truncations) == set(infos) == {"A", "B"}
    assert observations["A"].shape == (4,)
    assert env.state_space.contains(env.state())
    assert env.state().tolist() == [*observations["A"], *observations["B"]]
    assert infos["A"]["action_mask"].tolist() == [1, 1]


def test_an_agent_answers_for_its_own_lanes():
    env = toy(reward="delay")
    env.reset(seed=1)
    for _ in range(10):
        _, rewards, *_ = env.step({"A": 1, "B": 0})
    assert rewards["A"] > rewards["B"]  # the approach of phase 1 has more arrivals


@needs_maps
def test_it_is_the_same_simulation_as_that_of_one_agent_for_all():
    many, one = parallel_env(**COLOGNE3), trafficai.make_env(**COLOGNE3)
    many.reset(seed=3)
    one.reset(seed=3)
    draws = np.random.default_rng(1)
    for _ in range(20):
        phases = [int(draws.integers(many.action_space(agent).n)) for agent in many.possible_agents]
        *_, infos = many.step(dict(zip(many.possible_agents, phases, strict=True)))
        *_, info = one.step(phases)
        assert infos[many.possible_agents[0]]["total_delay_s"] == info["total_delay_s"]


def test_who_says_nothing_or_nonsense_follows_the_plan():
    env = toy()
    env.reset(seed=1)
    *_, infos = env.step({"A": 1})
    assert infos["A"]["fallback_not_a_number"] == 1
    *_, infos = env.step({"A": [1, 2], "B": "red"})
    assert infos["A"]["fallback_not_a_number"] == 3


def test_the_episode_ends_for_all_at_once():
    env = toy(end=30)
    with pytest.raises(ResetNeeded):
        env.step({})
    told = episode(env, 1)
    assert len(told) == 1 + 3
    assert told[-1][3] == {"A": True, "B": True}
    with pytest.raises(ResetNeeded):
        env.step({"A": 0, "B": 0})


def test_several_rewards_are_a_vector_for_each_agent():
    env = toy(reward=("delay", "queue"))
    env.reset(seed=1)
    _, rewards, *_ = env.step({"A": 0, "B": 0})
    assert rewards["B"].shape == env.reward_space.shape == (2,)


def test_a_net_without_signals_is_an_input_error():
    with pytest.raises(InputError, match="there is nothing to control"):
        ParallelSignalEnv(toy_scenario(signals=[]), backend=ToyBackend)
