"""Training: it learns, twice the same, cut and resumed the same, and keeps the last good state."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import torch
from stable_baselines3.common.vec_env import VecMonitor

from tests.fakes import ToyBackend, toy_scenario
from tests.training.conftest import DECISIONS, small_recipe, train_small
from trafficai.controllers import FixedTime
from trafficai.datatypes import InputError, RunError
from trafficai.envs import SignalEnv, SignalVectorEnv
from trafficai.scenario import load_scenario
from trafficai.training import load_policy, train
from trafficai.training.bundle import CHECKPOINT_FILE, MANIFEST_FILE
from trafficai.training.learner import Job, Learner, rollout_length
from trafficai.training.sb3 import GymVecToSB3

WEIGHTS = "policy.safetensors"


def delay(controller, scenario, seed=1):
    engine, total = ToyBackend(scenario), 0.0
    controller.reset(scenario, seed)
    snapshot = engine.reset(seed)
    while snapshot.time < scenario.end:
        snapshot = engine.advance(controller.decide(snapshot), controller.decision_interval)
        total += float(snapshot.delay_in_interval)
    return total


def test_a_trained_policy_beats_the_fixed_program(tmp_path):
    scenario = toy_scenario()
    recipe = small_recipe(worlds=4)
    policy = train_small(recipe, scenario, out=tmp_path / "run", steps=10_000)
    assert delay(policy, scenario) < 0.9 * delay(FixedTime(), scenario)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(trained, tmp_path):
    for seed in (7, 8):
        train_small(small_recipe(), toy_scenario("AB"), seed=seed, out=tmp_path / str(seed))
    first = (trained / WEIGHTS).read_bytes()
    assert (tmp_path / "7" / WEIGHTS).read_bytes() == first
    assert (tmp_path / "8" / WEIGHTS).read_bytes() != first


@pytest.mark.parametrize("episodes", [1, 2])
def test_a_training_cut_between_episodes_and_resumed_gives_the_same_weights(trained, tmp_path, episodes):
    # With constant rates nothing but the cut tells the two trainings apart.
    settings = small_recipe().settings
    recipe = small_recipe(settings=settings.model_copy(update={"final_learning_rate": settings.learning_rate}))
    scenario, cut, whole = toy_scenario("AB"), tmp_path / "cut", tmp_path / "whole"
    train_small(recipe, scenario, out=whole)
    train_small(recipe, scenario, out=cut, steps=episodes * DECISIONS // 3)
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002  the generator stable-baselines3 uses
    train_small(recipe, scenario, out=cut, resume=True)
    assert (cut / WEIGHTS).read_bytes() == (whole / WEIGHTS).read_bytes()


def test_an_interrupted_training_resumes_from_its_checkpoint(trained, tmp_path):
    class PowerCutError(Exception):
        pass

    def cut(done, total, delay):
        if done > DECISIONS // 2:
            raise PowerCutError

    folder, scenario = tmp_path / "run", toy_scenario("AB")
    with pytest.raises(PowerCutError):
        train_small(small_recipe(), scenario, out=folder, progress=cut)
    assert (folder / CHECKPOINT_FILE).exists()
    assert not (folder / WEIGHTS).exists()
    train_small(small_recipe(), scenario, out=folder, resume=True)
    assert (folder / WEIGHTS).read_bytes() == (trained / WEIGHTS).read_bytes()


def test_progress_is_told_after_every_rollout(tmp_path):
    told = []
    train_small(small_recipe(), toy_scenario(), out=tmp_path / "run", progress=lambda *args: told.append(args))
    assert [done for done, _, _ in told] == list(range(60, DECISIONS + 1, 60))
    assert {total for _, total, _ in told} == {DECISIONS}
    assert told[0][2] is None
    assert told[-1][2] > 0.0


def test_the_log_has_the_cost_of_the_episodes(trained):
    header = (trained / "log" / "progress.csv").read_text(encoding="utf-8").splitlines()[0]
    assert {"episode/delay_s", "episode/co2_g", "rollout/ep_rew_mean"} <= set(header.split(","))
    assert list((trained / "log").glob("events.out.tfevents.*"))


def test_resume_of_another_training_is_refused(trained):
    with pytest.raises(InputError, match="belongs to another training \\(seed differs\\)"):
        train_small(small_recipe(), toy_scenario("AB"), seed=8, out=trained, resume=True)
    with pytest.raises(InputError, match="recipe differs"):
        train_small(small_recipe(worlds=3), toy_scenario("AB"), out=trained, resume=True)


def test_resume_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(InputError, match="nothing to resume .*leave out --resume"):
        train_small(small_recipe(), toy_scenario(), out=tmp_path / "none", resume=True)


def test_a_damaged_checkpoint_is_refused(trained, tmp_path):
    content = (trained / CHECKPOINT_FILE).read_bytes()
    for name, damaged in (("short", content[:1000]), ("zip", b"PK\x03\x04" + content[4:]), ("empty", b"")):
        (tmp_path / name).mkdir()
        (tmp_path / name / CHECKPOINT_FILE).write_bytes(damaged)
        with pytest.raises(InputError, match="is damaged"):
            train_small(small_recipe(), toy_scenario("AB"), out=tmp_path / name, resume=True)


@pytest.mark.parametrize("name", [MANIFEST_FILE, CHECKPOINT_FILE])
def test_a_training_is_not_overwritten(tmp_path, name):
    (tmp_path / name).write_text("")
    with pytest.raises(InputError, match="already holds a training; choose another folder, or resume it"):
        train_small(small_recipe(), toy_scenario("AB"), out=tmp_path)


def test_a_file_in_place_of_the_folder_is_an_input_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a folder"):
        train_small(small_recipe(), toy_scenario(), out=tmp_path / "file" / "run")


def test_a_scenario_without_signals_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="has no signal"):
        train_small(small_recipe(), toy_scenario(signals=[]), out=tmp_path / "run")


class BrokenBackend(ToyBackend):
    """Gives delay that is not a number from the 10th minute half on."""

    def advance(self, requested, seconds):
        snapshot = super().advance(requested, seconds)
        return snapshot._replace(delay_in_interval=np.float64("nan")) if snapshot.time > 300 else snapshot


def test_numbers_that_are_not_finite_stop_the_training(tmp_path):
    with pytest.raises(RunError, match="not finite"):
        train_small(small_recipe(), toy_scenario(), out=tmp_path / "run", backend=BrokenBackend)
    assert not (tmp_path / "run" / WEIGHTS).exists()


def test_a_network_that_is_not_finite_is_not_saved(tmp_path):
    job = Job(small_recipe(), toy_scenario(), 7, tmp_path, DECISIONS)
    with Learner(job, ToyBackend) as learner:
        learner.save()
        good = learner.checkpoint.read_bytes()
        with torch.no_grad():
            next(learner.model.policy.parameters()).fill_(float("nan"))
        with pytest.raises(RunError, match="not finite"):
            learner.save()
        assert learner.checkpoint.read_bytes() == good


@pytest.mark.parametrize(
    ("num_decisions", "at_most", "expected"), [(360, 120, 120), (360, 100, 90), (361, 120, 120), (50, 120, 50)]
)
def test_rollouts_are_whole_parts_of_an_episode_where_possible(num_decisions, at_most, expected):
    assert rollout_length(num_decisions, at_most) == expected


def test_the_adapter_hands_the_end_of_an_episode_to_sb3():
    worlds = VecMonitor(GymVecToSB3(SignalVectorEnv(toy_scenario(), 2, backend=ToyBackend, end=50)))
    worlds.seed(3)
    seeds = worlds.unwrapped.seed(3)
    assert min(seeds) > 10**6
    first = worlds.reset()
    for _ in range(5):
        observation, _, done, infos = worlds.step(np.zeros(2, dtype=np.int64))
    assert done.all()
    single = SignalEnv(toy_scenario(), backend=ToyBackend, end=50)
    assert np.array_equal(single.reset(seed=seeds[1])[0], first[1])
    last = [single.step(0) for _ in range(5)][-1]
    assert np.array_equal(infos[1]["terminal_observation"], last[0])
    assert infos[1]["TimeLimit.truncated"]
    assert infos[1]["total_delay_s"] == last[4]["total_delay_s"]
    assert not np.array_equal(observation[1], last[0])


def test_a_missing_extra_is_an_input_error_that_says_how_to_install_it(monkeypatch, tmp_path, trained):
    monkeypatch.setattr("trafficai.training.extras.find_spec", lambda module: None)
    with pytest.raises(InputError, match=r"torch is not installed; run: pip install 'trafficai\[rl\]'"):
        train_small(small_recipe(), toy_scenario(), out=tmp_path / "run")
    with pytest.raises(InputError, match="safetensors is not installed"):
        load_policy(trained)


@pytest.mark.skipif(find_spec("sumo_rl") is None, reason="the RESCO maps come with sumo-rl")
def test_in_the_core_too_a_cut_and_resumed_training_gives_the_same_weights(tmp_path):
    scenario = load_scenario("cologne1", 25200, 25500)
    cut, whole, episode = tmp_path / "cut", tmp_path / "whole", 2 * 30
    recipe = small_recipe(decisions=2 * episode)
    settings = recipe.settings.model_copy(update={"final_learning_rate": recipe.settings.learning_rate})
    recipe = recipe.model_copy(update={"settings": settings})
    train(recipe, scenario, out=whole)
    train(recipe, scenario, out=cut, steps=episode)
    train(recipe, scenario, out=cut, resume=True)
    assert (cut / WEIGHTS).read_bytes() == (whole / WEIGHTS).read_bytes()
