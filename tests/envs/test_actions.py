"""Actions by name: their spaces, the requests they become, and what their masks forbid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_env_sb3

from tests.fakes import ToyBackend, toy_scenario, toy_signal
from trafficai.datatypes import FOLLOW_PLAN, FOLLOW_PROGRAM, InputError
from trafficai.datatypes.snapshot import NEVER_S
from trafficai.envs import SignalEnv, SignalVectorEnv
from trafficai.envs.actions import ACTIONS, controlled_signals, make_action, prepare_scenario

THREE = ("Gr", "yr", "rG", "ry", "GG")
INTERVAL = 10


class Now(NamedTuple):
    """What actions see of a snapshot."""

    time: np.ndarray
    signal_phase: np.ndarray
    phase_wait: np.ndarray


def toy(states=(THREE, ("GG",), ("Gr", "yr", "rG", "ry"))):
    """Signal A with three green phases, B with one, so that it is not controlled, C with two."""
    names = "ABC"[: len(states)]
    return toy_scenario(names, signals=[toy_signal(n, s) for n, s in zip(names, states, strict=True)])


def action_of(name, scenario=None, interval=INTERVAL, worlds=()):
    scenario = toy() if scenario is None else scenario
    action = make_action(name, scenario, controlled_signals(scenario), interval)
    action.start(worlds)
    return action


def ask(action, entries, time=0.0, phase=(0, 0, 0)):
    """Return the requests for entries, one time and the phases that the signals show."""
    values = action.pad(np.asarray(entries))
    times = np.broadcast_to(np.asarray(time, dtype=np.float64), values.shape[:-2])
    shown = np.broadcast_to(np.asarray(phase, dtype=np.int32), (*values.shape[:-2], len(phase)))
    return action.requests(values, times, shown).tolist()


def masked(action, waits, time=0.0, phase=(0, 0, 0)):
    now = Now(np.array(time), np.array(phase, dtype=np.int32), np.array(waits, dtype=np.float64))
    mask = action.mask(now)
    return [name for name, allowed in zip(action.mask_names, mask, strict=True) if allowed]


def unit_box(size):
    return spaces.Box(0.0, 1.0, (size,), np.float32)


SPACES = {
    "phase": ([spaces.Discrete(3), spaces.Discrete(2)], spaces.MultiDiscrete([3, 2])),
    "keep-next": ([spaces.Discrete(2)] * 2, spaces.MultiDiscrete([2, 2])),
    "phase-duration": (
        [spaces.MultiDiscrete([3, 6]), spaces.MultiDiscrete([2, 6])],
        spaces.MultiDiscrete([3, 6, 2, 6]),
    ),
    "splits": ([unit_box(3), unit_box(2)], unit_box(5)),
    "offset": ([spaces.Discrete(3)] * 2, spaces.MultiDiscrete([3, 3])),
    "ring-barrier": ([spaces.Discrete(3), spaces.Discrete(2)], spaces.MultiDiscrete([3, 2])),
}


def test_every_action_has_a_test_of_its_space():
    assert set(SPACES) == set(ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_spaces_of_a_signal_and_of_an_agent_that_sets_several(name):
    action = action_of(name)
    per_signal, together = SPACES[name]
    assert [action.signal_space(c) for c in range(2)] == per_signal
    assert action.space((0, 1)) == together
    assert action.space((1,)) == per_signal[1]


@pytest.mark.parametrize("name", ACTIONS)
def test_a_mask_fits_the_space_and_leaves_every_entry_a_choice(name):
    action = action_of(name)
    now = Now(np.array(0.0), np.zeros(3, dtype=np.int32), np.full(6, NEVER_S))
    mask = action.mask(now)
    assert mask.shape == (len(action.mask_names),) == (action.mask_sizes.sum(),)
    if action.is_whole:
        assert mask.size == action.limits.sum()
        assert all(part.any() for part in np.split(mask, np.cumsum(action.limits)[:-1]))


@pytest.mark.parametrize("name", ACTIONS)
def test_many_worlds_are_asked_as_each_by_itself(name):
    random = np.random.default_rng(1)
    many, alone = action_of(name, worlds=(3,)), [action_of(name) for _ in range(3)]
    for decision in range(40):
        time, entries = 100.0 + 10.0 * decision, random.random((3, many.limits.size))
        entries = (entries * many.limits).astype(np.int64) if many.is_whole else entries
        entries[random.random(entries.shape) < 0.05] = FOLLOW_PLAN
        shown = random.integers(0, 2, (3, 3)) * [1, 0, 1]
        rows = [ask(action, row, time, phase) for action, row, phase in zip(alone, entries, shown, strict=True)]
        assert many.requests(many.pad(entries), np.full(3, time), shown.astype(np.int32)).tolist() == rows
        if decision % 13 == 12:
            many.restart(np.array([False, True, False]))
            alone[1].start()


@pytest.mark.parametrize("name", ACTIONS)
def test_an_answer_that_is_none_has_its_signal_follow_the_plan_and_leaves_the_others_alone(name):
    action = action_of(name)
    entries = np.zeros(action.limits.size)
    entries[: action.widths[0]] = FOLLOW_PLAN
    requests = np.array(ask(action, entries))
    assert (requests[..., 0] == FOLLOW_PLAN).all()
    assert (requests[..., 1] == FOLLOW_PROGRAM).all()


def test_an_unknown_action_is_an_input_error():
    with pytest.raises(InputError, match="no action is called 'phases'; try phase"):
        make_action("phases", toy(), controlled_signals(toy()), INTERVAL)
    with pytest.raises(InputError, match="no action is called '?'"):
        prepare_scenario("?", toy())


def test_a_phase_is_asked_for_by_its_number():
    assert ask(action_of("phase"), [2, 1]) == [2, FOLLOW_PROGRAM, 1]


def test_a_phase_is_masked_where_it_would_not_begin_before_the_next_decision():
    action = action_of("phase")
    assert action.mask_names == ("A.phase0", "A.phase1", "A.phase2", "C.phase0", "C.phase1")
    assert masked(action, [0, 9, 10, 0, NEVER_S, 0]) == ["A.phase0", "A.phase1", "C.phase1"]


def test_where_nothing_would_begin_the_phase_on_show_is_left():
    assert masked(action_of("phase"), [NEVER_S] * 6, phase=(2, 0, 1)) == ["A.phase2", "C.phase1"]


def test_next_follows_the_phase_on_show_in_order():
    action = action_of("keep-next")
    assert ask(action, [0, 1], phase=(1, 0, 0)) == [1, FOLLOW_PROGRAM, 1]
    assert ask(action, [1, 1], phase=(2, 0, 1)) == [0, FOLLOW_PROGRAM, 0]


def test_next_is_masked_while_it_would_have_to_wait_and_keep_while_it_must_not():
    action = action_of("keep-next")
    assert masked(action, [0, 12, 0, 0, 0, 5]) == ["A.keep", "C.keep", "C.next"]
    assert masked(action, [NEVER_S, 0, 0, 0, NEVER_S, 0], phase=(0, 0, 0)) == ["A.next", "C.next"]


def test_a_phase_is_held_for_its_duration_whatever_is_said_meanwhile():
    action = action_of("phase-duration")
    said = {0.0: [1, 2, 0, 0], 10.0: [2, 0, 1, 0], 20.0: [0, 0, 1, 0], 30.0: [2, 0, 0, 1]}
    assert [ask(action, entries, time)[::2] for time, entries in said.items()] == [[1, 0], [1, 1], [1, 1], [2, 0]]


def test_a_held_phase_is_all_that_its_mask_allows():
    action = action_of("phase-duration")
    free = masked(action, [0, 0, 12, 0, 0, 0])
    assert free == [f"A.{x}" for x in ("phase0", "phase1", "10s", "20s", "30s", "40s", "50s", "60s")] + [
        f"C.{x}" for x in ("phase0", "phase1", "10s", "20s", "30s", "40s", "50s", "60s")
    ]
    ask(action, [1, 1, 0, 0], time=0.0)
    held = masked(action, [0] * 6, time=10.0)
    assert held[:2] == ["A.phase1", "A.10s"]
    assert "C.phase1" in held
    assert "A.phase0" in masked(action, [0] * 6, time=20.0)


def test_an_answer_that_is_none_ends_a_held_phase():
    action = action_of("phase-duration")
    ask(action, [1, 5, 0, 0], time=0.0)
    assert ask(action, [FOLLOW_PLAN, FOLLOW_PLAN, 0, 0], time=10.0)[0] == FOLLOW_PLAN
    assert ask(action, [2, 0, 0, 0], time=20.0)[0] == 2


def test_durations_are_whole_decision_intervals_up_to_a_minute():
    assert action_of("phase-duration", interval=25).choices[0] == (3, 2)
    assert action_of("phase-duration", interval=90).choices[0] == (3, 1)


def env_of(action, names="AB", **options):
    return SignalEnv(toy_scenario(names), backend=ToyBackend, action=action, **options)


@pytest.mark.parametrize("names", ["A", "AB"])
@pytest.mark.parametrize("name", ACTIONS)
def test_environments_take_every_action(name, names):
    env = env_of(name, names)
    check_env(env, skip_render_check=True)
    if env.task.action.is_whole:  # the checker of SB3 wants Boxes from -1 to 1
        check_env_sb3(env)


@pytest.mark.parametrize("name", ACTIONS)
def test_rows_of_a_vector_environment_are_single_environments_in_requests_and_masks(name):
    many = SignalVectorEnv(toy_scenario("AB"), 3, backend=ToyBackend, action=name)
    rows, single = many.reset(seed=5)[0], [env_of(name) for _ in range(3)]
    assert np.array_equal(rows, [env.reset(seed=5 + i)[0] for i, env in enumerate(single)])
    many.action_space.seed(5)
    for _ in range(30):
        assert np.array_equal(many.action_masks(), [env.action_masks() for env in single])
        actions = many.action_space.sample()
        rows, rewards, *_ = many.step(actions)
        alone = [env.step(action)[:2] for env, action in zip(single, actions, strict=True)]
        assert np.array_equal(rows, [row for row, _ in alone])
        assert rewards.tolist() == [reward for _, reward in alone]


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize(
    ("kind", "bad"), [("missing", None), ("not_a_number", np.nan), ("out_of_range", 99), ("wrong_shape", 0)]
)
def test_whatever_the_action_an_answer_that_is_none_is_the_plan_and_counted_by_signal(name, kind, bad):
    env = env_of(name)
    env.reset(seed=1)
    size = env.task.action.limits.size
    answer = None if kind == "missing" else np.full(size + (kind == "wrong_shape"), bad)
    assert env.step(answer)[4][f"fallback_{kind}"] == 2
    strict = env_of(name, strict=True)
    strict.reset(seed=1)
    with pytest.raises(ValueError, match="answer"):
        strict.step(answer)


def test_one_bad_entry_is_a_signal_of_which_the_others_know_nothing():
    requests = []

    class Recorder(ToyBackend):
        def advance(self, requested, seconds):
            requests.append(requested.tolist())
            return super().advance(requested, seconds)

    env = SignalEnv(toy_scenario("AB"), backend=Recorder, action="phase-duration")
    env.reset(seed=1)
    assert env.step([0, 0, 1, 17])[4]["fallback_out_of_range"] == 1
    assert requests == [[0, FOLLOW_PLAN]]


def test_shares_are_numbers_from_0_to_1():
    env = env_of("splits")
    env.reset(seed=1)
    infos = [env.step(answer)[4] for answer in ([0.0, 1.0, 0.5, 0.25], [0.0, 1.01, -0.01, 0.25])]
    assert [info["fallback_out_of_range"] for info in infos] == [0, 2]


def test_masks_need_an_episode():
    env = env_of("phase", end=10)
    with pytest.raises(ResetNeeded):
        env.action_masks()
    env.reset(seed=1)
    assert env.action_masks().tolist() == [True] * 4
    env.step([0, 0])
    with pytest.raises(ResetNeeded):
        env.action_masks()
