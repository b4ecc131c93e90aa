"""The same seed gives the same bits, however the core is called, compiled or threaded."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trafficai.backends.numba import NumbaBackend, NumbaBatch
from trafficai.scenario import load_scenario

SECONDS = 180
SEEDS = (1, 2, 3, 1)


@pytest.fixture(scope="module", params=["junction", "cologne1"])
def scenario(request):
    """Three minutes of one signal."""
    begin = 25200 if request.param == "cologne1" else 0
    return load_scenario(request.param, begin=begin, end=begin + SECONDS)


def requests(scenario, world=0):
    """Return what is asked for at each decision, (36, num_signals)."""
    draws = np.random.default_rng(100 + world)
    return draws.integers(-1, 4, size=(SECONDS // 5, len(scenario.signals))).astype(np.int32)


def digest(arrays):
    """Return a hash over the bits of arrays and numbers."""
    return hashlib.sha256(b"".join(np.asarray(array).tobytes() for array in arrays)).hexdigest()


def run_single(scenario, seed, world=0, backend=None):
    """Return the hashes of every snapshot and of the trips."""
    backend = backend or NumbaBackend(scenario)
    hashes = [digest(backend.reset(seed))]
    hashes += [digest(backend.advance(requested, 5)) for requested in requests(scenario, world)]
    return [*hashes, digest(backend.trips())]


def run_batch(scenario, threads):
    """Return for each world what ``run_single`` does."""
    batch = NumbaBatch(scenario, len(SEEDS), threads)
    asked = np.stack([requests(scenario, world) for world in range(len(SEEDS))], axis=1)
    snapshots = [batch.reset(SEEDS), *(batch.advance(asked[k], 5) for k in range(len(asked)))]
    worlds = [[digest(field[w] for field in snapshot) for snapshot in snapshots] for w in range(len(SEEDS))]
    hashes = [[*world, digest(batch.trips(w))] for w, world in enumerate(worlds)]
    batch.close()
    return hashes


def test_same_seed_same_bits_and_another_seed_others(scenario):
    first = run_single(scenario, 1)
    assert run_single(scenario, 1) == first
    assert run_single(scenario, 2)[-1] != first[-1]


def test_reset_forgets_everything(scenario):
    backend = NumbaBackend(scenario)
    first = run_single(scenario, 1, backend=backend)
    run_single(scenario, 2, world=1, backend=backend)
    assert run_single(scenario, 1, backend=backend) == first


@pytest.mark.parametrize("threads", [1, 2])
def test_world_of_a_batch_is_the_single_world_of_its_seed(scenario, threads):
    singles = [run_single(scenario, seed, world) for world, seed in enumerate(SEEDS)]
    assert run_batch(scenario, threads) == singles


def test_seconds_one_by_one_are_the_same_as_at_once(scenario):
    follow = np.full(len(scenario.signals), -1, np.int32)
    once, steps = NumbaBackend(scenario), NumbaBackend(scenario)
    once.reset(7)
    steps.reset(7)
    delay = stops = 0.0
    whole = once.advance(follow, SECONDS)
    for _ in range(SECONDS):
        part = steps.advance(follow, 1)
        delay, stops = delay + float(part.delay_in_interval), stops + float(part.stops_in_interval)
    assert digest(once.trips()) == digest(steps.trips())
    assert digest(once._simulation.world.vehicles) == digest(steps._simulation.world.vehicles)
    assert stops == whole.stops_in_interval
    assert delay == pytest.approx(float(whole.delay_in_interval))


def test_vehicle_added_later_changes_nothing_before(scenario):
    """Draws belong to a vehicle and a second, not to how many were drawn before."""
    backend = NumbaBackend(scenario)
    shorter = load_scenario(scenario.name, begin=scenario.begin, end=scenario.begin + 60)
    other = NumbaBackend(shorter)
    num = len(shorter.vehicles)
    assert num < len(scenario.vehicles)
    follow = np.full(len(scenario.signals), -1, np.int32)
    for each in (backend, other):
        each.reset(3)
        each.advance(follow, 60)
    assert digest(field[:num] for field in backend.trips()[:-1]) == digest(other.trips()[:-1])


SCRIPT = """
import hashlib, sys
import numba, numpy as np
from trafficai.backends.numba import NumbaBackend
from trafficai.core._struct import CHECKS_INDICES
from trafficai.scenario import load_scenario
scenario = load_scenario(sys.argv[1], end=int(sys.argv[2]))
backend = NumbaBackend(scenario)
backend.reset(4)
hashes = []
for second in range(scenario.duration):
    backend.advance(np.array([second // 7 % 5 - 1], np.int32), 1)
    vehicles = backend._simulation.world.vehicles
    state = [np.ascontiguousarray(vehicles[name]) for name in ("pos", "speed", "lane", "waiting", "odometer")]
    hashes.append(hashlib.sha256(b"".join(part.tobytes() for part in state)).hexdigest())
assert backend.vehicle_updates() > 300
print(numba.config.DISABLE_JIT, int(CHECKS_INDICES), backend.trips().time_loss.sum().hex(), *hashes)
"""


def run_elsewhere(scenario, end, folder, **environment):
    """Run a scenario in a process with other settings of Numba, every warning an error; return what it prints."""
    command = [sys.executable, "-W", "error", "-c", SCRIPT, scenario, str(end)]
    path = str(Path(__file__).parents[2])
    settings = {**os.environ, "PYTHONPATH": path, **environment}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_jit_changes_no_bit(tmp_path):
    """A minute of the junction, compiled and as plain Python: every position and speed after every second."""
    compiled = run_elsewhere("junction", 60, tmp_path, NUMBA_DISABLE_JIT="0")
    plain = run_elsewhere("junction", 60, tmp_path, NUMBA_DISABLE_JIT="1")
    assert compiled[0] == "0"
    assert plain[0] == "1"
    assert len(compiled) == 63
    assert compiled[2:] == plain[2:]


BEYOND = """
import numpy as np
from typing import NamedTuple
from trafficai.core._compile import entry, kernel
from trafficai.core._struct import reference
class Things(NamedTuple):
    rows: np.ndarray
@kernel
def read(things, row):
    return things.rows[row]
@entry
def call(things, row):
    return read(things, row)
call(reference(Things(np.zeros(3))), 5)
"""


@pytest.mark.slow
def test_checked_kernels_refuse_an_index_beyond_the_array(tmp_path):
    """Else the next test would prove nothing."""
    script = tmp_path / "beyond.py"
    script.write_text(BEYOND)
    path = str(Path(__file__).parents[2])
    settings = {**os.environ, "PYTHONPATH": path, "TRAFFICAI_CHECK_INDEX": "1", "TRAFFICAI_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, str(script)], env=settings, capture_output=True, text=True, timeout=300)
    assert "IndexError" in done.stderr


@pytest.mark.slow
def test_no_kernel_reaches_beyond_its_arrays(tmp_path):
    """Ten minutes with every index checked; compiled anew, for the checks are part of the code."""
    checked = run_elsewhere("junction", 600, tmp_path, TRAFFICAI_CHECK_INDEX="1", TRAFFICAI_CACHE_DIR=str(tmp_path))
    assert checked[1] == "1"
    assert checked[2:] == run_elsewhere("junction", 600, tmp_path)[2:]
