"""The single environment: Gymnasium's contract, what an action does, what is refused."""

from __future__ import annotations

import time
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_env_sb3

from tests.fakes import CO2_G_S, ToyBackend, toy_scenario, toy_signal
from trafficai.datatypes import FOLLOW_PLAN, FOLLOW_PROGRAM, InputError, SignalSafetyFault
from trafficai.envs import SIGNAL_ENV, SignalEnv, register_envs
from trafficai.envs.actions import controlled_signals, to_requests
from trafficai.envs.task import MAX_RED_S, Task


def toy_env(names="A", **options):
    return SignalEnv(toy_scenario(names), backend=ToyBackend, **options)


@pytest.mark.parametrize("names", ["A", "AB"])
@pytest.mark.parametrize("observation", ["queues", "max-wave"])
def test_checkers_of_gymnasium_and_sb3_pass(names, observation):
    env = toy_env(names, observation=observation)
    check_env(env, skip_render_check=True)
    check_env_sb3(env)


def test_gymnasium_makes_it_by_id():
    register_envs()
    register_envs()
    env = gymnasium.make(SIGNAL_ENV, scenario=toy_scenario(), backend=ToyBackend)
    env.reset(seed=1)
    assert env.step(env.action_space.sample())[0].shape == env.observation_space.shape


def test_one_signal_is_discrete_and_several_are_multi_discrete():
    assert toy_env("A").action_space == gymnasium.spaces.Discrete(2)
    assert toy_env("AB").action_space == gymnasium.spaces.MultiDiscrete([2, 2])
    assert toy_env("AB", signal="B").action_space == gymnasium.spaces.Discrete(2)


def test_signals_that_are_not_controlled_follow_their_program():
    controlled = controlled_signals(toy_scenario("AB"), "B")
    assert to_requests(1, controlled).tolist() == [FOLLOW_PROGRAM, 1]
    assert to_requests([1, 0], controlled).tolist() == [[FOLLOW_PROGRAM, 1], [FOLLOW_PROGRAM, 0]]
    assert to_requests([[1, 0]], controlled_signals(toy_scenario("AB"))).tolist() == [[1, 0]]


def test_a_signal_with_one_phase_is_left_to_its_program():
    scenario = toy_scenario("AB", signals=[toy_signal("A", ("GG",)), toy_signal("B")])
    assert SignalEnv(scenario, backend=ToyBackend).action_space == gymnasium.spaces.Discrete(2)


def test_the_episode_is_truncated_at_the_end_of_the_scenario_and_then_needs_a_reset():
    env = toy_env(end=25)
    with pytest.raises(ResetNeeded):
        env.step(0)
    env.reset(seed=1)
    ends = [env.step(0)[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    with pytest.raises(ResetNeeded):
        env.step(0)


def test_info_adds_up():
    env = toy_env()
    _, info = env.reset(seed=1)
    assert info["time_s"] == 0.0
    assert info["total_delay_s"] == 0.0
    infos = [env.step(0)[4] for _ in range(5)]
    assert infos[-1]["time_s"] == 50.0
    assert infos[-1]["total_delay_s"] == sum(i["delay_s"] for i in infos) > 0.0
    assert infos[-1]["total_stops"] == sum(i["stops"] for i in infos)
    assert infos[-1]["total_co2_g"] == pytest.approx(CO2_G_S * infos[-1]["total_delay_s"])
    assert infos[-1]["inserted"] == infos[-1]["arrived"] + infos[-1]["running"]


def test_a_given_seed_is_the_seed_of_the_engine():
    seeds = []

    class Recorder(ToyBackend):
        def reset(self, seed):
            seeds.append(seed)
            return super().reset(seed)

    env = SignalEnv(toy_scenario(), backend=Recorder)
    for seed in (7, None, None, 7, None):
        env.reset(seed=seed)
    assert seeds[0] == seeds[3] == 7
    assert seeds[1] == seeds[4] != seeds[2]
    assert min(seeds[1:3]) >= 2**16


def test_reset_takes_the_period():
    whole = toy_scenario()
    late = replace(whole, vehicles=(*whole.vehicles, replace(whole.vehicles[0], id="v1", depart=150.0)))
    env = SignalEnv(late, backend=ToyBackend, begin=100, end=200)
    assert env.reset(seed=1)[1]["time_s"] == 100.0
    assert env.task.num_decisions == 10
    assert [vehicle.id for vehicle in env.task.scenario.vehicles] == ["v1"]
    assert env.task.scenario.sha256 != late.sha256


BAD_ACTIONS = {
    "missing": None,
    "wrong_shape": [0, 1, 0],
    "not_a_number": [0, float("nan")],
    "out_of_range": [2, -1],
}


@pytest.mark.parametrize(("kind", "action"), BAD_ACTIONS.items())
def test_signals_of_an_action_that_is_none_follow_their_fixed_plan_and_are_counted(kind, action, caplog):
    requests = []

    class Recorder(ToyBackend):
        def advance(self, requested, seconds):
            requests.append(requested.tolist())
            return super().advance(requested, seconds)

    env = SignalEnv(toy_scenario("AB"), backend=Recorder)
    env.reset(seed=1)
    infos = [env.step(each)[4] for each in ([1, 1], action, action)]
    concerned = 1 if kind == "not_a_number" else 2
    assert [info[f"fallback_{kind}"] for info in infos] == [0, concerned, 2 * concerned]
    assert requests[1] == ([0, FOLLOW_PLAN] if concerned == 1 else [FOLLOW_PLAN] * 2)
    assert len(caplog.records) == 1
    assert env.reset(seed=1)[1][f"fallback_{kind}"] == 0


@pytest.mark.parametrize("action", BAD_ACTIONS.values())
def test_a_strict_environment_refuses_an_action_that_is_none(action):
    env = toy_env("AB", strict=True)
    env.reset(seed=1)
    with pytest.raises(ValueError, match=r"answer"):
        env.step(action)


def test_an_action_that_comes_late_gives_way_to_the_fixed_plan():
    env = toy_env(time_budget=0.05)
    env.reset(seed=1)
    assert env.step(1)[4]["fallback_late"] == 0
    time.sleep(0.06)
    assert env.step(1)[4]["fallback_late"] == 1


def test_a_fault_that_the_signal_monitor_saw_ends_the_episode():
    class Faulty(ToyBackend):
        def advance(self, requested, seconds):
            snapshot = super().advance(requested, seconds)
            return snapshot._replace(signal_fault=np.array([1, 42, 0, 3, 5], dtype=np.int32))

    env = SignalEnv(toy_scenario(), backend=Faulty)
    env.reset(seed=1)
    with pytest.raises(SignalSafetyFault, match=r"signal 'A', position 3 and 5, at 42 s: conflicting greens"):
        env.step(0)


def test_environments_limit_the_red_unless_told_not_to():
    assert toy_env().task.scenario.signals[0].max_red == MAX_RED_S
    assert toy_env(max_red=60.0).task.scenario.signals[0].max_red == 60.0
    assert toy_env(max_red=0.0).task.scenario.signals[0].max_red == 0.0
    assert toy_env(max_red=1.0).task.scenario.signals[0].max_red == 2 * (4 + 5) + 4  # the least that can be kept


def test_clearance_times_replace_those_of_every_signal():
    own = toy_signal("A")
    signal = replace(own, yellows=(3.0, 4.0), red_amber=1.0, intergreen=((0.0, 5.0), (5.0, 0.0)))
    scenario = toy_scenario(signals=[signal])
    assert Task(scenario, max_red=0.0).scenario is scenario
    given = Task(scenario, yellow=2, all_red=0, min_green=8, max_red=0.0)
    assert given.scenario.signals == (replace(own, yellow=2.0, all_red=0.0, min_green=8.0),)
    assert Task(scenario, always_yellow=True).scenario.signals[0].always_yellow
    with pytest.raises(InputError, match="yellow must be a time"):
        Task(scenario, yellow=-1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"signal": "AA"}, "no signal 'AA'; it has A"),
        ({"observation": "queus+phase"}, "no observation is called 'queus'; try queue"),
        ({"reward": "delay+c02"}, "no term is called 'c02'; try co2"),
        ({"decision_interval": 0}, "at least 1 s"),
        ({"begin": 10, "end": 10}, "must lie in 0-600"),
        ({"end": 601}, "must lie in 0-600"),
        ({"begin": 599, "end": 600}, "no vehicle of scenario 'toyA' departs in the period 599-600 s"),
    ],
)
def test_bad_options_are_input_errors(options, message):
    with pytest.raises(InputError, match=message):
        toy_env(**options)


def test_a_net_without_signals_is_an_input_error():
    with pytest.raises(InputError, match="'toyA' has no signal; there is nothing to control"):
        SignalEnv(toy_scenario(signals=[]), backend=ToyBackend)
    with pytest.raises(InputError, match="no signal with two green phases"):
        SignalEnv(toy_scenario(signals=[toy_signal("A", ("GG",))]), backend=ToyBackend)


def test_greener_phases_give_a_better_reward():
    def total(action):
        env = toy_env(reward="delay")
        env.reset(seed=1)
        return sum(env.step(action)[1] for _ in range(30))

    assert total(1) > total(0)  # the approach of phase 1 has more arrivals


def test_the_same_seed_gives_the_same_episode():
    def episode():
        env = toy_env("AB")
        rows = [env.reset(seed=5)[0]]
        env.action_space.seed(5)
        rows += [env.step(env.action_space.sample())[0] for _ in range(20)]
        return np.array(rows)

    assert np.array_equal(episode(), episode())
