"""What a user waits for and pays beside the run: the environment, the start, and the memory of a world."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from trafficai.benchmarking import _sumo_rl_child
from trafficai.benchmarking.children import run_child
from trafficai.benchmarking.model import Contest, Unavailable
from trafficai.benchmarking.plain_sumo import SEED, PlainSumo, sumo_environment
from trafficai.envs import SignalEnv, SignalVectorEnv, make_env, vector_env
from trafficai.scenario import load_scenario, write_sumo_inputs
from trafficai.scenario.model import Scenario

NUM_DECISIONS: Final = 200
DECISION_INTERVAL_S: Final = 5
NUM_WORLDS: Final = 64
NUM_BATCH_DECISIONS: Final = 60
THREADS: Final = 2
NUM_MORE_WORLDS: Final = 8

START_SCENARIO: Final = "cologne1"
FIRST_SECOND: Final = f"""
import time
begin = time.process_time()
import numpy, trafficai
scenario = trafficai.load_scenario({START_SCENARIO!r})
engine = trafficai.make_backend(scenario, "numba")
engine.reset({SEED})
engine.advance(numpy.full(len(scenario.signals), -1, dtype=numpy.int32), 1)
print(time.process_time() - begin)
"""


def env_contest(name: str, folder: Path) -> Contest:
    """Let many worlds of ours on two threads, and sumo-rl's one, take random decisions every five seconds."""
    scenario = _map_of_sumo_rl(name)
    env = vector_env(scenario, NUM_WORLDS, threads=THREADS, decision_interval=DECISION_INTERVAL_S)
    _decide_in_batch(env)
    decisions = NUM_WORLDS * len(scenario.signals) * NUM_BATCH_DECISIONS
    return Contest(lambda: decisions / _decide_in_batch(env)[0], _their_decisions(scenario, folder, WALL))


def single_contest(name: str, folder: Path) -> Contest:
    """Let one world through ``Signal-v0``, and sumo-rl's, take random decisions every five seconds."""
    scenario = _map_of_sumo_rl(name)
    env = make_env(scenario, decision_interval=DECISION_INTERVAL_S)
    _decide(env, 1)
    decisions = len(scenario.signals) * NUM_DECISIONS
    return Contest(lambda: decisions / _decide(env, NUM_DECISIONS), _their_decisions(scenario, folder, CPU))


def python_contest(name: str, folder: Path) -> Contest:
    """Hold the time of a vector environment's step against that of the compiled call within; the rest is Python."""
    del folder
    env = vector_env(name, NUM_WORLDS, threads=THREADS, decision_interval=DECISION_INTERVAL_S)
    _decide_in_batch(env)
    last: list[float] = []

    def whole() -> float:
        seconds, compiled = _decide_in_batch(env)
        last[:] = [compiled / NUM_BATCH_DECISIONS]
        return seconds / NUM_BATCH_DECISIONS

    return Contest(whole, lambda: last[0])


def _map_of_sumo_rl(name: str) -> Scenario:
    if importlib.util.find_spec("sumo_rl") is None:
        raise Unavailable("needs the package sumo-rl; pip install 'trafficai[sumo]'")
    return load_scenario(name)


def _decide_in_batch(env: SignalVectorEnv) -> tuple[float, float]:
    """Return the time of random decisions of all worlds from the begin of an episode, and that in compiled calls."""
    env.reset(seed=SEED)
    env.action_space.seed(SEED)
    actions = [env.action_space.sample() for _ in range(NUM_BATCH_DECISIONS)]
    begin, compiled = time.perf_counter(), env.worlds.engines.carrying_s
    for action in actions:
        env.step(action)
    return time.perf_counter() - begin, env.worlds.engines.carrying_s - compiled


def _decide(env: SignalEnv, num_decisions: int) -> float:
    """Return the CPU time of random decisions from the start of an episode [s]."""
    env.reset(seed=SEED)
    env.action_space.seed(SEED)
    begin = time.thread_time()
    for _ in range(num_decisions):
        env.step(env.action_space.sample())
    return time.thread_time() - begin


WALL: Final = 0
CPU: Final = 1
"""Which of its two figures sumo-rl's process is asked for."""


def _their_decisions(scenario: Scenario, folder: Path, figure: int) -> Callable[[], float]:
    """Return a function that gives the agent decisions per second of sumo-rl, which runs in a child process."""
    files = write_sumo_inputs(scenario, folder)
    period = (scenario.begin, scenario.duration, DECISION_INTERVAL_S, NUM_DECISIONS, SEED)
    command = [sys.executable, "-P", str(_sumo_rl_child.__file__), str(files.net), str(files.routes), *map(str, period)]
    environment = {**sumo_environment(), "LIBSUMO_AS_TRACI": "1"}
    return lambda: float(run_child(command, environment).splitlines()[-1].split()[figure])


def warm_start_contest(folder: Path) -> Contest:
    """Let the core start with its compiled code at hand, and SUMO."""
    sumo = PlainSumo(load_scenario(START_SCENARIO), folder)
    _first_second(os.environ)
    sumo.start_seconds()
    return Contest(lambda: _first_second(os.environ), sumo.start_seconds)


def cold_start_contest(folder: Path) -> Contest:
    """Let the core start with an empty cache, and SUMO."""
    sumo = PlainSumo(load_scenario(START_SCENARIO), folder)
    sumo.start_seconds()

    def cold() -> float:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            return _first_second({**os.environ, "TRAFFICAI_CACHE_DIR": cache})

    return Contest(cold, sumo.start_seconds)


def _first_second(environment: Mapping[str, str]) -> float:
    """Return the CPU time of a fresh interpreter from ``import trafficai`` to the first simulated second [s]."""
    return float(run_child([sys.executable, "-c", FIRST_SECOND], environment).splitlines()[-1])


def memory_contest(folder: Path) -> Contest:
    """Weigh one more world of grid4x4, and a process of SUMO, which has to be had for each world."""
    scenario = load_scenario("grid4x4")
    sumo = PlainSumo(scenario, folder)
    alone = min(_bytes_of_worlds(scenario, 1) for _ in range(2))  # the first also holds what is loaded or compiled once
    more = _bytes_of_worlds(scenario, 1 + NUM_MORE_WORLDS) - alone
    return Contest(lambda: more / NUM_MORE_WORLDS, sumo.peak_memory)


def _bytes_of_worlds(scenario: Scenario, num_worlds: int) -> int:
    """Return the memory that a batch of the core holds after a second, network included [bytes]."""
    from trafficai.backends.numba import NumbaBatch

    tracemalloc.start()
    try:
        batch = NumbaBatch(scenario, num_worlds)
        batch.reset(range(num_worlds))
        gc.collect()  # what laying out the scenario left behind is no world's memory
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
