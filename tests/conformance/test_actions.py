"""Actions of environments in both engines: the same signals, no fault, and masks that tell the truth."""

from __future__ import annotations

import numpy as np
import pytest

from trafficai.backends import BACKENDS
from trafficai.envs import SignalEnv, SignalVectorEnv
from trafficai.envs.actions import ACTIONS


def drive(env, seed=3):
    """Return the phases shown and the masks at every decision of an episode of random actions."""
    env.reset(seed=1)
    env.action_space.seed(seed)
    shown, masks, over = [], [], False
    while not over:
        masks.append(env.action_masks())
        over = env.step(env.action_space.sample())[3]
        shown.append(env.task.seen.signal_phase)
    env.close()
    return np.array(shown), np.array(masks)


@pytest.mark.parametrize("name", ACTIONS)
def test_random_actions_set_the_same_signals_in_every_engine(scenario, name):
    runs = [drive(SignalEnv(scenario, backend=engine, action=name)) for engine in BACKENDS]
    for other in runs[1:]:
        assert all(np.array_equal(one, two) for one, two in zip(runs[0], other, strict=True))
    assert len(set(runs[0][0].ravel().tolist())) > 2


@pytest.mark.parametrize("name", ACTIONS)
def test_worlds_of_a_batch_are_asked_as_each_by_itself(scenario, name):
    many = SignalVectorEnv(scenario, 2, action=name)
    single = [SignalEnv(scenario, action=name) for _ in range(2)]
    rows = [many.reset(seed=4)[0], *([env.reset(seed=4 + i)[0] for i, env in enumerate(single)],)]
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
    env, random = SignalEnv(scenario, decision_interval=interval, max_red=0.0), np.random.default_rng(5)
    env.reset(seed=1)
    counts = {"allowed": 0, "forbidden": 0}
    for _ in range(80):
        wanted, mask = int(random.integers(env.action_space.n)), env.action_masks()
        env.step(wanted)
        assert mask[wanted] == (env.task.seen.signal_phase[0] == wanted)
        counts["allowed" if mask[wanted] else "forbidden"] += 1
    assert min(counts.values()) > 10
    env.close()
