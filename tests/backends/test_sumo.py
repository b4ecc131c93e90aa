"""The SUMO backend: its results are SUMO's own, and a dead, hung or unwilling SUMO is one clear error."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.random_scenarios import Recipe, make
from trafficai.backends.assumptions import notes_of
from trafficai.backends.sumo import SumoBackend, sumo_options
from trafficai.datatypes import InputError, RunError
from trafficai.scenario import load_scenario

FOLLOW = np.array([-1], np.int32)
BEGIN = 25200  # [s], of cologne1


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("cologne1", end=BEGIN + 600)


@pytest.fixture
def backend(scenario):
    backend = SumoBackend(scenario)
    yield backend
    backend.close()


def run(backend, seed=1, requests=(-1,), decision=5):
    backend.reset(seed)
    snapshots = []
    for number in range(backend.scenario.duration // decision):
        requested = np.array([requests[number % len(requests)]], np.int32)
        snapshots.append(backend.advance(requested, decision))
    return snapshots, backend.trips()


def are_equal(one, other):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def is_running(pid):
    """Return whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def is_gone(pid):
    """Return whether a killed process is gone, or soon is: the system takes a moment to bury it."""
    deadline = time.monotonic() + 5.0
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(pid)


class PushingBackend(SumoBackend):
    """Tells SUMO the colours of every signal in every second, so that SUMO's own program never acts."""

    def _colours(self, requested, second):
        super()._colours(requested, second)
        return [(second, signal.id, self._state(i)) for i, signal in enumerate(self.scenario.signals)]


@pytest.mark.parametrize("requests", [(-1,), (-1, -1, 0), (-1,) * 20 + (1, 1, 1, 3, -1, 0)])
def test_own_program_in_sumo_and_our_colours_give_the_same_trips(scenario, backend, requests):
    pushing = PushingBackend(scenario)
    assert are_equal(run(backend, requests=requests)[1], run(pushing, requests=requests)[1])
    pushing.close()


def test_traci_gives_what_libsumo_gives(scenario):
    short = replace(scenario, end=BEGIN + 120)
    with_traci, with_libsumo = SumoBackend(short, "traci"), SumoBackend(short)
    requests = (0, 1, 2, 3, 1, -1)
    one, other = run(with_traci, requests=requests), run(with_libsumo, requests=requests)
    assert are_equal(one[1], other[1])
    for a, b in zip(one[0], other[0], strict=True):  # lane sums add up in another order
        assert all(np.allclose(x, y) for x, y in zip(a, b, strict=True))
    with_traci.close()
    with_libsumo.close()


def test_repeated_runs_in_one_child_are_equal(backend):
    first = run(backend, 1)[1]
    run(backend, 2)
    assert are_equal(run(backend, 1)[1], first)


def test_decision_length_changes_nothing(backend):
    assert are_equal(run(backend, decision=5)[1], run(backend, decision=200)[1])


def test_own_emissions_are_sumos_own_vehicle_by_vehicle(backend):
    trips = run(backend)[1]
    assert trips.engine_co2.sum() > 10_000.0
    np.testing.assert_allclose(trips.co2, trips.engine_co2, rtol=1e-4, atol=1e-3)
    assert trips.engine_nox.sum() > 1.0
    np.testing.assert_allclose(trips.nox, trips.engine_nox, rtol=1e-4, atol=1e-6)
    assert trips.engine_pmx.sum() > 1.0
    np.testing.assert_allclose(trips.pmx, trips.engine_pmx, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(trips.fuel, trips.engine_fuel, rtol=2e-3, atol=1e-3)


def test_totals_of_snapshots_are_those_of_the_trips(backend):
    snapshots, trips = run(backend)
    assert sum(int(s.stops_in_interval) for s in snapshots) == trips.stops.sum()
    delay = (trips.time_loss + trips.depart_delay).sum()
    assert sum(float(s.delay_in_interval) for s in snapshots) == pytest.approx(delay, rel=5e-3)
    assert sum(float(s.co2_in_interval) for s in snapshots) == pytest.approx(trips.co2.sum(), rel=1e-2)
    updates = np.nan_to_num(trips.duration).sum()
    assert backend.vehicle_updates() == pytest.approx(updates, abs=int(snapshots[-1].total_running))


def test_sumo_agrees_about_who_is_on_the_road(backend):
    backend.reset(1)
    for _ in range(6):
        snapshot = backend.advance(FOLLOW, 60)
        tracks = backend._accounts.tracks
        on_road = (tracks.status == 1) & (tracks.seen == int(snapshot.time))
        assert int(on_road.sum()) == int(snapshot.total_running)


def test_vehicle_that_never_gets_in_is_delayed_to_the_end(scenario):
    crowd = tuple(
        replace(scenario.vehicles[0], id=f"crowd{i}", depart=float(BEGIN), depart_lane="0", depart_speed="0")
        for i in range(200)
    )
    backend = SumoBackend(replace(scenario, vehicles=crowd, end=BEGIN + 60))
    snapshots, trips = run(backend)
    never = np.isnan(trips.inserted)
    assert never.sum() == int(snapshots[-1].total_waiting_to_enter) > 0
    assert set(trips.depart_delay[never]) == {60.0}
    assert not trips.duration[never].any()
    assert not trips.co2[never].any()
    delay = (trips.time_loss + trips.depart_delay).sum()
    assert sum(float(s.delay_in_interval) for s in snapshots) == pytest.approx(delay, rel=1e-3)
    backend.close()


def test_fractional_departure_is_delayed_by_whole_steps(scenario):
    late = replace(scenario.vehicles[0], depart=BEGIN + 3.4)
    backend = SumoBackend(replace(scenario, vehicles=(late,), end=BEGIN + 60))
    snapshots, trips = run(backend, decision=1)
    assert trips.inserted[0] - trips.scheduled[0] == pytest.approx(trips.depart_delay[0])
    delay = (trips.time_loss + trips.depart_delay).sum()
    assert sum(float(s.delay_in_interval) for s in snapshots) == pytest.approx(delay, abs=0.5)
    backend.close()


def test_advance_stops_at_the_end(backend, scenario):
    backend.reset(1)
    assert float(backend.advance(FOLLOW, 10_000).time) == scenario.end
    after = backend.advance(FOLLOW, 5)
    assert float(after.time) == scenario.end
    assert float(after.delay_in_interval) == 0.0


def test_killed_sumo_is_one_clear_error_and_reset_starts_anew(backend):
    expected = run(backend)[1]
    backend.reset(1)
    os.kill(backend._process.pid, signal.SIGKILL)
    began = time.monotonic()
    with pytest.raises(RunError, match="SUMO died \\(SIGKILL\\)"):
        backend.advance(FOLLOW, 5)
    assert time.monotonic() - began < 3.0
    with pytest.raises(RunError, match="call reset first"):
        backend.advance(FOLLOW, 5)
    assert are_equal(run(backend)[1], expected)


def test_sumo_killed_between_runs_goes_unnoticed(backend):
    backend.reset(1)
    os.kill(backend._process.pid, signal.SIGKILL)
    assert int(backend.reset(1).total_inserted) == 0


def test_hanging_sumo_is_stopped_after_the_timeout(scenario):
    backend = SumoBackend(scenario, timeout_s=1.5)
    backend.reset(1)
    pid = backend._process.pid
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(RunError, match="silent for 1.5 s"):
        backend.advance(FOLLOW, 5)
    assert is_gone(pid)
    backend.close()


def test_crash_on_a_malformed_net_is_one_clear_error(backend):
    backend.reset(1)
    network = backend._process.folder / "net.net.xml"
    text = network.read_text()
    start = text.index("<lane ")
    end = text.index("/>", start) + 2
    network.write_text(text[:end] + text[start:end] + text[end:])
    with pytest.raises((InputError, RunError), match="SUMO"):
        backend.reset(1)


def test_input_that_sumo_refuses_names_the_file_and_sumos_reason(scenario):
    astray = replace(scenario.vehicles[0], route=(scenario.vehicles[0].route[0], "nowhere"))
    backend = SumoBackend(replace(scenario, vehicles=(astray,)))
    with pytest.raises(InputError, match=r"cologne1\.net\.xml: SUMO: .*'nowhere'"):
        backend.reset(1)
    backend.close()


def test_error_in_the_middle_of_a_run_is_sumos_own_line(scenario):
    misplaced = replace(scenario.vehicles[0], depart_lane="77")
    backend = SumoBackend(replace(scenario, vehicles=(misplaced,)))
    backend.reset(1)
    with pytest.raises(RunError, match="SUMO: Invalid departLane"):
        backend.advance(FOLLOW, 30)
    backend.close()


def test_too_little_memory_is_one_clear_error(scenario):
    backend = SumoBackend(scenario, memory_limit_mb=60)
    with pytest.raises(RunError, match="SUMO died"):
        backend.reset(1)
    backend.close()


@pytest.mark.parametrize("library", ["libsumo", "traci"])
def test_close_leaves_no_process_and_no_folder(scenario, library):
    backend = SumoBackend(scenario, library)
    backend.reset(1)
    pid, folder = backend._process.pid, backend._process.folder
    assert is_running(pid)
    backend.close()
    backend.close()
    assert is_gone(pid)
    assert not folder.exists()
    with pytest.raises(RunError, match="closed"):
        backend.reset(1)


def test_forgotten_backend_leaves_no_process_and_no_folder(scenario):
    backend = SumoBackend(scenario)
    backend.reset(1)
    pid, folder = backend._process.pid, backend._process.folder
    del backend
    gc.collect()
    assert is_gone(pid)
    assert not folder.exists()


SCRIPT = """
import numpy as np
from trafficai.backends.sumo import SumoBackend
from trafficai.scenario import load_scenario
backend = SumoBackend(load_scenario("cologne1", end=25230))
backend.reset(1)
backend.advance(np.array([-1], np.int32), 30)
print(backend._process.pid, backend._process.folder)
"""


def test_script_without_main_guard_gets_a_clean_stdout_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("SUMO_HOME", None)
    command = [sys.executable, str(tmp_path / "script.py")]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=120
    )
    pid, folder = done.stdout.split()
    assert is_gone(int(pid))
    assert not os.path.exists(folder)  # noqa: PTH110


def test_wrong_number_of_requests_is_refused(backend):
    backend.reset(1)
    with pytest.raises(ValueError, match="1 requests are needed"):
        backend.advance(np.zeros(2, np.int32), 5)


def test_calls_out_of_order_are_refused(backend):
    with pytest.raises(RunError, match="call reset first"):
        backend.advance(FOLLOW, 5)
    with pytest.raises(RunError, match="call reset first"):
        backend.trips()
    backend.reset(1)
    backend.trips()
    with pytest.raises(RunError, match="call reset first"):
        backend.advance(FOLLOW, 5)


def test_sumo_is_given_no_options_but_ours(scenario):
    options = sumo_options(scenario, 7, engine_emissions=True)
    assert options["seed"] == "7"
    assert options["begin"] == str(BEGIN)
    assert options["time-to-teleport"] == f"{scenario.time_to_teleport:g}"
    outputs = {"tripinfo-output", "tripinfo-output.write-unfinished", "statistic-output"}
    assert {name for name in options if "output" in name} == outputs


def test_unknown_emission_classes_are_named(scenario):
    kinds = (replace(scenario.vehicle_types[0], emission_class="PHEMlight/PC_G_EU4"),)
    (note,) = notes_of(replace(scenario, vehicle_types=kinds, notes=()))
    assert "'PHEMlight/PC_G_EU4' is not known" in note


def test_what_the_core_drives_otherwise_is_named(scenario):
    kinds = (replace(scenario.vehicle_types[0], car_follow_model="Wiedemann"),)
    (model,) = notes_of(replace(scenario, vehicle_types=kinds, notes=(), time_to_teleport=300.0))
    assert model == "car-following model 'Wiedemann' is driven as Krauss by the Numba core"


def test_network_without_signals_runs():
    backend = SumoBackend(make(Recipe("grid", "priority", 1, 1, 20, 1, 20)))
    backend.reset(1)
    snapshot = backend.advance(np.zeros(0, np.int32), 20)
    backend.close()
    assert snapshot.time == 20.0
    assert snapshot.signal_phase.shape == (0,)
