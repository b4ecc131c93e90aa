"""Actions of environments in both engines: the same signals, no fault, and masks that tell the truth."""

from __future__ import annotations

import numpy as np
import pytest

from trafficai.backends import BACKENDS, make_backend
from trafficai.envs import SignalEnv, SignalVectorEnv
from trafficai.envs.actions import ACTIONS


class Recorder:
    """An engine that keeps the phases its signals showed after each decision."""

    def __init__(self, backend):
        self._backend = backend
        self.shown = []

    def __getattr__(self, name):
        return getattr(self._backend, name)

    def advance(self, requested, seconds):
        snapshot = self._backend.advance(requested, seconds)
        self.shown.append(snapshot.signal_phase.tolist())
        return snapshot


def recorded(scenario, engine="numba", **options):
    """Return an environment and its engine."""
    engines = []

    def make(scenario):
        engines.append(Recorder(make_backend(scenario, engine)))
        return engines[0]

    return SignalEnv(scenario, backend=make, **options), engines[0]


def drive(env):
    """Run an episode of random actions and return the masks before each decision."""
    env.reset(seed=1)
    env.action_space.seed(3)
    masks, is_over = [], False
    while not is_over:
        masks.append(env.action_masks().tolist())
        is_over = env.step(env.action_space.sample())[3]
    env.close()
    return masks


@pytest.mark.parametrize("action", ACTIONS)
def test_random_actions_set_the_same_signals_in_every_engine(scenario, action):
    runs = []
    for name in BACKENDS:
        env, engine = recorded(scenario, name, action=action)
        runs.append((drive(env), engine.shown))
    assert all(run == runs[0] for run in runs)
    assert len({tuple(phases) for phases in runs[0][1]}) > 2


@pytest.mark.parametrize("name", ACTIONS)
def test_worlds_of_a_batch_are_asked_as_each_by_itself(scenario, name):
    many = SignalVectorEnv(scenario, 2, action=name)
    single = [SignalEnv(scenario, action=name) for _ in range(2)]
    rows = [many.reset(seed=4)[0], [env.reset(seed=4 + i)[0] for i, env in enumerate(single)]]
    many.action_space.seed(4)
    for _ in range(20):
        assert np.array_equal(*rows)
        actions = many.action_space.sample()
        rows = [many.step(actions)[0], [env.step(action)[0] for env, action in zip(single, actions, strict=True)]]
        assert np.array_equal(many.action_masks(), [env.action_masks() for env in single])
    many.close()


@pytest.mark.parametrize("interval", [3, 7])
def test_what_a_mask_allows_is_begun_and_what_it_forbids_is_not(scenario, interval):
    """Where no red can be too long: one may get so while a request waits."""
    env, engine = recorded(scenario, decision_interval=interval, max_red=0.0)
    env.reset(seed=1)
    random, counts = np.random.default_rng(5), {"allowed": 0, "forbidden": 0}
    for _ in range(80):
        wanted, mask = int(random.integers(env.action_space.n)), env.action_masks()
        env.step(wanted)
        assert mask[wanted] == (engine.shown[-1] == [wanted])
        counts["allowed" if mask[wanted] else "forbidden"] += 1
    env.close()
    assert min(counts.values()) > 10
