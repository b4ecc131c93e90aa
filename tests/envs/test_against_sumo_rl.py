"""The same actions on the same files in sumo-rl and in our SUMO backend: the same observations and rewards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.envs import _sumo_rl_child
from trafficai.backends._sumo_process import sumo_home
from trafficai.envs import parallel_env
from trafficai.scenario import load_scenario, write_sumo_inputs

pytestmark = pytest.mark.skipif(find_spec("sumo_rl") is None, reason="nothing to compare with")

NUM_DECISIONS, SEED = 120, 7
YELLOW, MIN_GREEN = 2, 5  # [s], sumo-rl's own
TERMS = {
    "diff-waiting-time": "diff_waiting",
    "average-speed": "average_speed",
    "queue": "sumo_rl_queue",
    "pressure": "sumo_rl_pressure",
}


def drive_sumo_rl(folder, env, actions):
    """Return what sumo-rl shows at the start and after each action, on the files that our backend gives SUMO."""
    scenario, interval = env.task.scenario, env.task.decision_interval
    files = write_sumo_inputs(scenario, folder)
    options = {
        "net_file": str(files.net), "route_file": str(files.routes), "begin_time": scenario.begin,
        "num_seconds": scenario.duration, "delta_time": interval, "yellow_time": YELLOW, "min_green": MIN_GREEN,
        "sumo_seed": SEED, "sumo_warnings": False, "add_system_info": False, "add_per_agent_info": False,
    }  # fmt: skip
    job, out = folder / "job.json", folder / "out.json"
    job.write_text(json.dumps({"options": options, "actions": actions}))
    environment = {**os.environ, "SUMO_HOME": str(sumo_home()), "LIBSUMO_AS_TRACI": "1"}
    command = [sys.executable, "-P", str(Path(_sumo_rl_child.__file__)), str(job), str(out)]
    subprocess.run(command, env=environment, capture_output=True, check=True, timeout=300)
    return json.loads(out.read_text())


def draw_actions(env):
    """Return random actions by signal; first the phases that sumo-rl begins with and keeps for a whole change."""
    generator = np.random.default_rng(SEED)
    num_kept = -(-(YELLOW + MIN_GREEN) // env.task.decision_interval)
    numbers = {agent: generator.integers(env.action_space(agent).n, size=NUM_DECISIONS) for agent in env.agents}
    return [{a: int(numbers[a][d]) if d >= num_kept else 0 for a in env.agents} for d in range(NUM_DECISIONS)]


@pytest.mark.parametrize(("name", "interval", "min_green"), [("cologne1", 5, 8), ("grid4x4", 10, MIN_GREEN)])
def test_observations_and_rewards_are_those_of_sumo_rl(tmp_path, name, interval, min_green):
    scenario = load_scenario(name, end=load_scenario(name).begin + interval * NUM_DECISIONS)
    env = parallel_env(
        scenario, backend="sumo", observation="sumo-rl", reward=list(TERMS.values()), decision_interval=interval,
        yellow=YELLOW, all_red=0, min_green=min_green, always_yellow=True, max_red=0,
    )  # fmt: skip
    observations, _ = env.reset(seed=SEED)
    actions = draw_actions(env)
    theirs = drive_sumo_rl(tmp_path, env, actions)
    assert theirs["spaces"] == {agent: env.action_space(agent).n for agent in env.agents}
    compare(observations, theirs["shown"][0]["observations"])
    pressures = set()
    for chosen, shown in zip(actions, theirs["shown"][1:], strict=True):
        observations, rewards, *_ = env.step(chosen)
        compare(observations, shown["observations"])
        expected = {signal: [shown["rewards"][term][signal] for term in TERMS] for signal in rewards}
        compare(rewards, expected, rtol=1e-9, atol=1e-9)
        pressures |= {float(reward[-1]) for reward in rewards.values()}
    env.close()
    assert len(pressures) > 20  # something happened


def compare(ours, theirs, rtol=1e-6, atol=0.0):
    assert ours.keys() == theirs.keys()
    for agent, numbers in ours.items():
        np.testing.assert_allclose(numbers, theirs[agent], rtol=rtol, atol=atol, err_msg=agent)
