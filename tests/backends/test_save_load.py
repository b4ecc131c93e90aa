"""A run that was saved and taken up again equals one that was not, bit for bit; other files are refused."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trafficai.backends import core_state, state_file
from trafficai.backends.numba import NumbaBackend, NumbaBatch
from trafficai.backends.sumo import SumoBackend
from trafficai.core.signals import YELLOW
from trafficai.datatypes import InputError, RunError
from trafficai.scenario import load_scenario

SECONDS = 420


@cache
def cologne1():
    """Seven minutes that fill the approaches when only one phase is asked for."""
    return load_scenario("cologne1", begin=25200, end=25200 + SECONDS)


def stubborn(_second):
    """One phase for ever: queues that reach beyond the border."""
    return np.zeros(1, np.int32)


def restless(second):
    """Another wish every few seconds."""
    return np.array([second // 7 % 5 - 1], np.int32)


def bits(backend):
    """Return a hash over the whole state of a core, and over what it shows."""
    simulation = backend._simulation
    arrays = core_state.named_arrays(world=simulation.world, signals=simulation.signals)
    shown = {**backend.trips()._asdict(), **backend._snapshot()._asdict()}
    return state_file.hash_arrays({**arrays, **{name: np.asarray(value) for name, value in shown.items()}})


def go_on(backend, rule, until):
    """Simulate second by second until a time since the begin, and return the hash of the state then."""
    for second in range(int(backend._simulation.world.clock[0].time) - backend.scenario.begin, until):
        backend.advance(rule(second), 1)
    return bits(backend)


def junction_vehicles(backend):
    """Return how many vehicles are inside junctions."""
    world, net = backend._simulation.world, backend._simulation.compiled.network
    running = world.running[: world.clock[0].num_running]
    return int((net.lanes.is_internal[world.vehicles.lane[running]] != 0).sum())


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rule", [restless, stubborn])
def test_interrupted_run_equals_uninterrupted_one(tmp_path, rule, seed):
    """Saved in yellow, with vehicles inside the junction, in a jam with vehicles waiting to enter."""
    whole = NumbaBackend(cologne1())
    whole.reset(seed)
    saved, seen = [], set()
    for second in range(SECONDS - 30):
        whole.advance(rule(second), 1)
        situation = (
            bool((whole._simulation.signals.colours == YELLOW).any()),
            junction_vehicles(whole) > 0,
            bool(whole._simulation.world.clock[0].num_waiting),
        )
        if situation not in seen or second == SECONDS - 31:
            seen.add(situation)
            saved.append(whole.save(tmp_path / f"{second}.npz"))
    assert rule is stubborn or any(in_yellow and in_junction for in_yellow, in_junction, _ in seen)
    assert rule is restless or any(is_jammed and in_junction for _, in_junction, is_jammed in seen)
    end = go_on(whole, rule, SECONDS)
    other = NumbaBackend(cologne1())
    other.reset(9)
    other.advance(stubborn(0), 200)  # its memory is full of another run
    for path in saved:
        other.load(path)
        assert go_on(other, rule, SECONDS) == end
    assert len(saved) > 3


@given(second=st.integers(0, SECONDS - 1), seed=st.integers(0, 2**64 - 1), is_jammed=st.booleans())
@settings(max_examples=6)
def test_any_second_will_do(tmp_path_factory, second, seed, is_jammed):
    rule, path = (stubborn if is_jammed else restless), tmp_path_factory.mktemp("state") / "state.npz"
    whole, later = NumbaBackend(cologne1()), NumbaBackend(cologne1())
    whole.reset(seed)
    for k in range(second):
        whole.advance(rule(k), 1)
    whole.save(path)
    shown = later.load(path)
    assert all(np.array_equal(a, b) for a, b in zip(shown, whole._snapshot(), strict=True))
    until = min(SECONDS, second + 40)
    assert go_on(later, rule, until) == go_on(whole, rule, until)
    assert later.vehicle_updates() == whole.vehicle_updates()


def test_saving_changes_nothing_and_says_what_it_is(tmp_path):
    backend = saved_backend(tmp_path)
    before = bits(backend)
    path = backend.save(tmp_path / "other.npz")
    assert bits(backend) == before
    with np.load(path, allow_pickle=False) as entries:
        description = json.loads(entries["description"].tobytes())
        assert entries["world.vehicles"]["speed"].max() > 5.0
    assert (description["scenario"], description["seed"], description["time_s"]) == ("cologne1", 4, 25260)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other.npz", "state.npz"]


def test_use_of_edges_goes_on(tmp_path):
    whole, later = (NumbaBackend(cologne1(), edge_data=True) for _ in range(2))
    whole.reset(1)
    whole.advance(restless(0), 100)
    later.load(whole.save(tmp_path / "state.npz"))
    for backend in (whole, later):
        backend.advance(restless(100), 100)
    assert all(np.array_equal(a, b) for a, b in zip(whole.edges(), later.edges(), strict=True))
    assert whole.edges().entered.sum() > 50
    ours, theirs = (
        {name: struct._asdict() for name, struct in each._books.states().items()} for each in (whole, later)
    )
    assert all(ours[name][key].tobytes() == theirs[name][key].tobytes() for name in ours for key in ours[name])
    with pytest.raises(InputError, match="edge_data"):
        NumbaBackend(cologne1()).load(tmp_path / "state.npz")


def test_world_of_a_batch_goes_on_as_a_single_one_and_back(tmp_path):
    batch, single = NumbaBatch(cologne1(), 3, threads=2), NumbaBackend(cologne1())
    batch.reset([1, 2, 3])
    batch.advance(np.zeros((3, 1)), 100)
    single.load(batch.save(1, tmp_path / "one.npz"))
    single.advance(restless(14), 60)
    batch.advance(np.stack([stubborn(0), restless(14), restless(0)]), 60)
    assert batch.trips(1).time_loss.tolist() == single.trips().time_loss.tolist()
    snapshot = batch.load(2, single.save(tmp_path / "two.npz"))
    assert snapshot.lane_count[2].tolist() == snapshot.lane_count[1].tolist()
    assert snapshot.lane_count[2].tolist() != snapshot.lane_count[0].tolist()
    batch.close()


def saved_backend(folder):
    """Return a run that has just been saved as state.npz."""
    backend = NumbaBackend(cologne1())
    backend.reset(4)
    backend.advance(restless(0), 60)
    backend.save(folder / "state.npz")
    return backend


def refusal(path, backend=None):
    """Return why a file was refused, and check that the run that it was loaded into stayed as it was."""
    if backend is None:
        backend = NumbaBackend(cologne1())
        backend.reset(1)
    before = bits(backend)
    with pytest.raises(InputError) as error:
        backend.load(path)
    assert bits(backend) == before
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def rewrite(path, **changes):
    """Put other values into a file's description, its hash over the arrays being right."""
    with np.load(path) as entries:
        arrays = dict(entries)
    description = json.loads(arrays.pop("description").tobytes()) | changes
    text = np.frombuffer(json.dumps(description).encode(), np.uint8)
    np.savez(path, description=text, **arrays)


def test_state_of_another_scenario_is_refused(tmp_path):
    saved_backend(tmp_path)
    other = NumbaBackend(load_scenario("cologne1", begin=25200, end=25200 + SECONDS + 1))
    other.reset(1)
    assert "another scenario" in refusal(tmp_path / "state.npz", other)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format_version": 2}, "format version 2"),
        ({"format": "something"}, "no saved simulation"),
        ({"core_sha256": "0"}, "another version of the core"),
        ({"tables_sha256": "0"}, "another scenario"),
        ({"arrays_sha256": "0"}, "damaged or changed"),
        ({"engine": "sumo"}, "another engine"),
    ],
)
def test_description_must_fit(tmp_path, changes, complaint):
    saved_backend(tmp_path)
    rewrite(tmp_path / "state.npz", **changes)
    assert complaint in refusal(tmp_path / "state.npz")


def test_truncated_or_damaged_file_is_refused(tmp_path):
    saved_backend(tmp_path)
    path, backend = tmp_path / "state.npz", NumbaBackend(cologne1())
    backend.reset(1)
    good = path.read_bytes()
    draws = np.random.default_rng(1)
    for size in (0, 1, 100, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:size])
        refusal(path, backend)
    for place in draws.integers(0, len(good) // 2, 20):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        try:
            refusal(path, backend)
        except pytest.fail.Exception:  # a byte that tells nothing, such as a time of day
            assert hashlib.sha256(_content(path)).digest() == hashlib.sha256(_content(io.BytesIO(good))).digest()
    assert "does not exist" in refusal(tmp_path / "missing.npz", backend)
    assert "no saved simulation" in refusal(tmp_path, backend)


def _content(file):
    with zipfile.ZipFile(file) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_array_of_another_type_or_pickle_is_refused(tmp_path):
    saved_backend(tmp_path)
    path = tmp_path / "state.npz"
    with np.load(path) as entries:
        arrays = dict(entries)
    description = json.loads(arrays.pop("description").tobytes())
    for wrong in (arrays["world.slots"].astype(np.float32), np.array([{}], object), arrays["world.slots"][:-1]):
        changed = arrays | {"world.slots": wrong}
        is_plain = wrong.dtype != object
        description["arrays_sha256"] = state_file.hash_arrays(changed) if is_plain else ""
        np.savez(path, description=np.frombuffer(json.dumps(description).encode(), np.uint8), **changed)
        assert ("other arrays" if is_plain else "no saved simulation") in refusal(path)


def test_nothing_is_saved_before_the_run_or_where_nothing_can_be_written(tmp_path):
    with pytest.raises(RunError, match="call reset"):
        NumbaBackend(cologne1()).save(tmp_path / "state.npz")
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written"):
        saved_backend(tmp_path).save(tmp_path / "file" / "state.npz")


def test_sumo_refuses_what_the_core_saved_and_another_sumo(tmp_path, monkeypatch):
    saved_backend(tmp_path)
    backend = SumoBackend(cologne1())
    with pytest.raises(InputError, match="another engine"):
        backend.load(tmp_path / "state.npz")
    with pytest.raises(RunError, match="call reset"):
        backend.save(tmp_path / "sumo.npz")
    backend.reset(1)
    backend.advance(stubborn(0), 20)
    backend.save(tmp_path / "sumo.npz")
    rewrite(tmp_path / "sumo.npz", sumo="1.27.0")
    with pytest.raises(InputError, match=r"SUMO 1\.27\.0"):
        backend.load(tmp_path / "sumo.npz")
    rewrite(tmp_path / "sumo.npz", sumo="1.28.0", outcome_sha256="0")
    with pytest.raises(RunError, match="did not come to the saved state"):
        backend.load(tmp_path / "sumo.npz")
    backend.close()
