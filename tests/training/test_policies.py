"""Policies on disk: what was learned is what is loaded, and strangers' files are refused."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.fakes import ToyBackend, toy_scenario, toy_signal
from tests.training.conftest import DECISIONS, small_recipe
from trafficai.controllers import FixedTime
from trafficai.datatypes import FOLLOW_PROGRAM, InputError
from trafficai.envs import make_env
from trafficai.envs.task import resolve_scenario
from trafficai.evaluation import compare
from trafficai.evaluation.episode import simulate
from trafficai.training import load_policy, train
from trafficai.training.bundle import MANIFEST_FILE, WEIGHTS_FILE, write_bundle
from trafficai.training.learner import Job, Learner, policy_weights


@pytest.fixture
def bundle(trained, tmp_path):
    """A copy of a trained policy to be damaged."""
    for name in (WEIGHTS_FILE, MANIFEST_FILE):
        shutil.copy(trained / name, tmp_path / name)
    return tmp_path


def change_manifest(folder, **changes):
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest | changes), encoding="utf-8")


def change_weights(folder, tensors):
    """Replace the weights and make the manifest vouch for them."""
    save_file(tensors, folder / WEIGHTS_FILE)
    change_manifest(folder, weights_sha256=hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest())


@pytest.mark.parametrize("names", ["A", "AB"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_actions_equal_those_of_sb3(tmp_path, names, activation):
    settings = small_recipe().settings.model_copy(update={"activation": activation})
    job = Job(small_recipe(settings=settings), toy_scenario(names), 7, tmp_path, DECISIONS)
    with Learner(job, ToyBackend) as learner:
        policy = learner.run(None)
        observations = np.random.default_rng(0).random((1000, len(policy.manifest.inputs)), dtype=np.float32)
        theirs, _ = learner.model.predict(observations, deterministic=True)
    assert np.array_equal(policy.act(observations), theirs.reshape(1000, -1))
    assert np.array_equal(policy.act(observations[0]), theirs.reshape(1000, -1)[0])


@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_a_policy_on_cells_and_detectors_is_shown_them_wherever_it_runs(tmp_path, backend):
    scenario = resolve_scenario("junction", end=120)
    task = small_recipe().task.model_copy(update={"observation": "detectors+cells"})
    policy = train(small_recipe(task=task, decisions=24), scenario, out=tmp_path)
    env = make_env(scenario, backend=backend, observation="detectors+cells", max_red=0.0)
    observation, info = env.reset(seed=3)
    for _ in range(env.task.num_decisions):
        observation, *_, info = env.step(int(policy.act(observation)[0]))
    env.close()
    result = simulate(scenario, policy, backend, seed=3)
    delay = result.metrics.as_dict()["delay_s"]
    assert delay * len(scenario.vehicles) == pytest.approx(info["total_delay_s"], rel=0.03)  # SUMO's last seconds
    compared = compare(scenario, [FixedTime(), policy], [3], backend)
    assert compared.values(policy.name, backend, "delay_s") == {3: delay}


def test_a_policy_sees_what_the_environment_shows(trained):
    scenario = toy_scenario("AB")
    policy = load_policy(trained)
    policy.reset(scenario, seed=0)
    snapshot = ToyBackend(scenario).reset(1)
    for _ in range(10):
        requested = policy.decide(snapshot)
        assert requested.shape == (2,)
        assert requested.dtype == np.int32
        snapshot = ToyBackend(scenario).reset(1)


def test_a_policy_of_one_signal_leaves_the_others_to_their_program(tmp_path):
    scenario = toy_scenario("AB")
    recipe = small_recipe()
    recipe = recipe.model_copy(update={"task": recipe.task.model_copy(update={"signal": "B"})})
    with Learner(Job(recipe, scenario, 7, tmp_path, DECISIONS), ToyBackend) as learner:
        write_bundle(tmp_path, policy_weights(learner.model), learner.manifest())
    policy = load_policy(tmp_path)
    policy.reset(scenario, seed=0)
    assert policy.decide(ToyBackend(scenario).reset(1))[0] == FOLLOW_PROGRAM


def test_other_demand_is_served(trained):
    load_policy(trained).reset(toy_scenario("AB", duration=100), seed=0)


@pytest.mark.parametrize(
    ("scenario", "difference"),
    [
        (toy_scenario("A"), "has no signal 'B'"),
        (toy_scenario("ABC"), "it has 3 signals to control, not 2"),
        (
            toy_scenario("AB", signals=[toy_signal("A"), toy_signal("B", ("rG", "ry", "Gr", "yr"))]),
            "'B' has other phases",
        ),
        (toy_scenario("AB", signals=[toy_signal("A"), toy_signal("B", ("GG",))]), "other phases|not 2"),
        (toy_scenario("AB", signals=[]), "has no signal 'A'"),
    ],
)
def test_a_policy_of_another_scenario_is_an_input_error_that_names_both(trained, scenario, difference):
    with pytest.raises(InputError, match=f"'toyAB' and cannot serve '{scenario.name}': .*({difference})"):
        load_policy(trained).reset(scenario, seed=0)


def test_a_policy_is_loaded_without_torch(trained):
    program = f"from trafficai.training import load_policy; import sys; load_policy({str(trained)!r})"
    program += "; assert not {'torch', 'stable_baselines3'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, MANIFEST_FILE])
def test_a_missing_file_is_an_input_error(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(InputError, match=name):
        load_policy(bundle)


def test_a_changed_weight_file_is_refused(bundle):
    content = bytearray((bundle / WEIGHTS_FILE).read_bytes())
    content[-1] ^= 1
    (bundle / WEIGHTS_FILE).write_bytes(content)
    with pytest.raises(InputError, match="sha256 differs"):
        load_policy(bundle)


def test_a_pickle_is_never_opened(bundle, tmp_path):
    canary = tmp_path / "canary"

    class Hostile:
        def __reduce__(self):
            return (canary.touch, ())

    content = pickle.dumps(Hostile())
    (bundle / WEIGHTS_FILE).write_bytes(content)
    change_manifest(bundle, weights_sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(InputError, match="not a safetensors file"):
        load_policy(bundle)
    (bundle / MANIFEST_FILE).write_bytes(content)
    with pytest.raises(InputError, match="not the manifest"):
        load_policy(bundle)
    assert not canary.exists()


def nan_in(tensors):
    return tensors | {"0.bias": np.full_like(tensors["0.bias"], np.nan)}


def one_missing(tensors):
    return {name: tensor for name, tensor in tensors.items() if name != "0.bias"}


def one_more(tensors):
    return tensors | {"extra": np.zeros(1, dtype=np.float32)}


def other_type(tensors):
    return {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


def other_shape(tensors):
    return tensors | {"0.bias": np.zeros(9, dtype=np.float32)}


@pytest.mark.parametrize("damage", [nan_in, one_missing, one_more, other_type, other_shape])
def test_weights_that_do_not_fit_are_refused(bundle, damage):
    change_weights(bundle, damage(load_file(bundle / WEIGHTS_FILE)))
    with pytest.raises(InputError, match=r"not finite|does not hold the network"):
        load_policy(bundle)


@pytest.mark.parametrize(
    "changes", [{"schema": 2}, {"kind": "recipe"}, {"code": "import os"}, {"inputs": 3}, {"recipe": {"name": "ppo"}}]
)
def test_a_manifest_that_is_not_ours_is_refused(bundle, changes):
    change_manifest(bundle, **changes)
    with pytest.raises(InputError, match="not the manifest of a policy"):
        load_policy(bundle)


@pytest.mark.parametrize("key", ["observation", "reward"])
def test_a_manifest_with_an_unknown_task_is_refused_at_the_reset(bundle, key):
    manifest = json.loads((bundle / MANIFEST_FILE).read_text(encoding="utf-8"))
    manifest["recipe"]["task"][key] = "nothing"
    change_manifest(bundle, recipe=manifest["recipe"])
    with pytest.raises(InputError, match="'nothing'"):
        load_policy(bundle).reset(toy_scenario("AB"), seed=0)
