"""The batched environment is, row by row, the single one."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from tests.fakes import ToyBackend, toy_scenario, toy_signal
from trafficai.datatypes import InputError
from trafficai.envs import SIGNAL_ENV, ParallelSignalEnv, SignalEnv, SignalVectorEnv, register_envs


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


def test_each_signal_of_each_world_can_be_a_row():
    rows, agents = (
        toy_vector("AB", 2, per_signal=True, end=100),
        ParallelSignalEnv(toy_scenario("AB"), backend=ToyBackend, end=100),
    )
    assert rows.num_envs == 4
    assert rows.row_agents == ("A", "B", "A", "B")
    assert rows.row_world.tolist() == [0, 0, 1, 1]
    observation, _ = rows.reset(seed=4)
    own, _ = agents.reset(seed=4)
    for action in actions_of(rows, 9):
        assert np.array_equal(observation[:2], list(own.values()))
        observation, reward, *_ = rows.step(action)
        own, rewards, *_ = agents.step({"A": action[0], "B": action[1]})
        assert reward[:2].tolist() == list(rewards.values())
    assert rows.action_masks().shape == (4, 2)


def test_several_scenarios_run_side_by_side_and_end_each_in_its_time():
    scenarios = [toy_scenario("AB", duration=100), toy_scenario("B", duration=70)]
    env = SignalVectorEnv(scenarios, 3, backend=ToyBackend, per_signal=True)
    singles = [ParallelSignalEnv(scenario, backend=ToyBackend) for scenario in scenarios]
    assert env.row_agents == ("A", "B", "B", "A", "B")
    observation, _ = env.reset(seed=4)
    expected = [single.reset(seed=4 + i)[0] for i, single in enumerate(singles)]
    for step, action in enumerate(actions_of(env, 7)):
        assert np.array_equal(observation[:3], [own for each in expected for own in each.values()])
        observation, reward, _, truncated, info = env.step(action)
        steps = [singles[0].step({"A": action[0], "B": action[1]}), singles[1].step({"B": action[2]})]
        assert reward[:3].tolist() == [own for each in steps for own in each[1].values()]
        expected = [each[0] for each in steps]
        assert truncated.tolist() == [False, False, step == 6, False, False]
    assert np.array_equal(info["final_obs"][2], expected[1]["B"])
    assert info["_final_obs"].tolist() == [False, False, True, False, False]
    assert info["time_s"].tolist() == [70.0, 70.0, 0.0, 70.0, 70.0]
    assert info["final_info"]["time_s"][2] == 70.0


def test_rows_of_different_size_are_filled_up_and_masked():
    small = toy_signal("A", ("Gr", "yr", "rG", "ry"))
    large = toy_signal("A", ("Gr", "yr", "rG", "ry", "GG", "yy"))
    scenarios = [toy_scenario(signals=[small]), toy_scenario(signals=[large])]
    env = SignalVectorEnv(scenarios, 2, backend=ToyBackend)
    env.reset(seed=1)
    assert env.single_action_space == gymnasium.spaces.Discrete(3)
    assert env.action_masks().tolist() == [[True, True, False], [True, True, True]]
    assert env.observation_mask.sum(axis=1).tolist() == [len(env.names_of(0)), len(env.names_of(1))]
    *_, info = env.step(np.array([2, 1]))
    assert info["fallback_out_of_range"].tolist() == [1, 0]


def test_actions_that_do_not_fit_together_are_an_input_error():
    with pytest.raises(InputError, match="use per_signal=True"):
        SignalVectorEnv([toy_scenario("A"), toy_scenario("AB")], 2, backend=ToyBackend)


def test_several_rewards_are_a_vector_for_each_row():
    env = toy_vector(reward=("delay", "queue"))
    env.reset(seed=1)
    assert env.step(np.zeros(3, dtype=int))[1].shape == (3, 2)


def test_scenarios_of_another_width_make_a_batch_of_signals():
    """The core fills up what the last of the most agents is shown, too: an agent of the junction is shown more."""
    env = SignalVectorEnv(["grid3x3", "junction"], 2, end=60, per_signal=True)
    observation, _ = env.reset(seed=1)
    assert observation.shape == env.observation_mask.shape
    assert not observation[~env.observation_mask].any()
    env.close()
