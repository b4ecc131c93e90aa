"""A validation says what the runs of both engines say, by arithmetic one can redo."""

from __future__ import annotations

import itertools
import json
import math
import threading

import numpy as np
import pytest

from tests.evaluation.fakes import FakeBackend, FakeController, PickyController, make_scenario
from tests.evaluation.samples import make_run, make_validation
from trafficai.datatypes import Discharge, EdgeUse, InputError, RunError, Safety
from trafficai.evaluation import run_interval
from trafficai.evaluation import validate as module
from trafficai.evaluation.validate import validate
from trafficai.evaluation.validation import VALIDATED, Speed
from trafficai.evaluation.validation_document import validation_document, write_validation
from trafficai.metrics import correlation, geh
from trafficai.scenario.model import Scenario


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both engines be fakes that count no edges, and take no time."""

    def make_backend(scenario: Scenario, name: str, *, edge_data: bool) -> FakeBackend:
        assert edge_data
        backend = FakeBackend(scenario, name)
        backend.edges = lambda: EdgeUse(np.zeros((1, 0), np.int64), np.zeros(0), np.zeros(0))
        backend.discharge = lambda: Discharge(np.array([20.0]), np.array([10]))
        backend.safety = lambda: Safety(3, 2, 1)
        return backend

    monkeypatch.setattr("trafficai.backends.make_backend", make_backend)
    monkeypatch.setattr(FakeBackend, "crashes", [])
    monkeypatch.setattr(module, "measure_speed", lambda *_: Speed(3000.0, 500.0))


def test_geh_is_the_textbook_one():
    np.testing.assert_allclose(geh(np.array([100.0, 0.0]), np.array([144.0, 0.0])), [math.sqrt(2 * 44**2 / 244), 0.0])


def test_correlation_of_what_does_not_vary_is_none():
    assert correlation(np.array([1.0, 2.0]), np.array([3.0, 5.0])) == pytest.approx(1.0)
    assert correlation(np.array([1.0, 1.0]), np.array([3.0, 5.0])) is None


def test_one_more_run_lies_in_a_wider_interval_than_the_mean():
    interval = run_interval([1.0, 2.0, 3.0])
    assert interval.half_width == pytest.approx(4.302653 * math.sqrt(1 + 1 / 3), rel=1e-6)
    assert run_interval([1.0]).low is None


@pytest.mark.usefixtures("engines")
def test_both_engines_run_every_seed():
    shares = []
    validation = validate(make_scenario(), FakeController("toy", 40.0), [1, 2, 3], 2, shares.append)
    assert shares[-1] == 1.0
    row = next(row for row in validation.rows if row.metric == "time_loss_s")
    assert (row.core, row.sumo) == (60.0, 160.0)  # 40 + 10 * seed, and 100 more in SUMO
    assert row.core_sd == row.sumo_sd == 10.0
    assert row.relative_error == pytest.approx(-100.0 / 160.0)
    assert row.inside_interval is False
    assert validation.speed.ratio == 6.0
    assert validation.series("core").time.tolist() == [0.0, 30.0, 60.0, 90.0]


@pytest.mark.usefixtures("engines")
def test_the_results_do_not_depend_on_the_jobs():
    made = [validate(make_scenario(), FakeController("toy", 40.0), [1, 2], jobs) for jobs in (1, 4)]
    assert made[0].rows == made[1].rows


@pytest.mark.usefixtures("engines")
def test_a_run_that_breaks_is_what_is_reported():
    FakeBackend.crashes.extend([2, 2])
    with pytest.raises(RunError, match="seed 2, .*: failed twice: .*signal 11"):
        validate(make_scenario(), FakeController("toy", 40.0), range(1, 9), 1)


@pytest.mark.usefixtures("engines")
def test_an_engine_that_breaks_once_is_asked_again():
    undisturbed = validate(make_scenario(), FakeController("toy", 40.0), [1, 2], 1)
    FakeBackend.crashes.append(2)
    assert validate(make_scenario(), FakeController("toy", 40.0), [1, 2], 1).rows == undisturbed.rows


class Waiting(FakeController):
    """Starts a run when it may; toy runs take no time, so that without this others are done meanwhile."""

    def __init__(self, may_start):
        super().__init__("toy", 40.0)
        self.may_start = may_start

    def __deepcopy__(self, memo):
        return Waiting(self.may_start)

    def reset(self, scenario, seed):
        super().reset(scenario, seed)
        assert self.may_start(seed)


@pytest.mark.usefixtures("engines")
def test_what_is_done_is_told_before_a_run_breaks():
    FakeBackend.crashes.extend([2, 2])
    told, begun, heard = [], itertools.count(-1), threading.Condition()  # it is reset once before the first run

    def listen(so_far):
        with heard:
            told.append(so_far)
            heard.notify_all()

    def is_heard_before(_):
        wanted = min(next(begun), 2)
        with heard:
            return heard.wait_for(lambda: len(told) >= wanted, 60.0)

    with pytest.raises(RunError):
        validate(make_scenario(), Waiting(is_heard_before), [1, 2], 1, finished=listen)
    assert [sum(map(len, each.runs.values())) for each in told] == [1, 2, 2]
    assert not any(each.complete for each in told)
    assert told[0].rows == ()  # one engine only
    documents = [validation_document(each) for each in told]
    assert documents[0]["complete"] is False
    assert [run["engine"] for run in documents[0]["runs"]] == ["core"]
    assert documents[0]["over_time"]["time_s"] == []
    arrived = next(row for row in documents[-1]["rows"] if row["metric"] == "time_loss_s")
    assert (arrived["core"], arrived["sumo"]) == (50.0, 150.0)


@pytest.mark.usefixtures("engines")
def test_a_user_who_stops_keeps_what_is_done():
    told, is_stopped = [], threading.Event()
    waiting = Waiting(lambda seed: seed == 1 or is_stopped.wait(60.0))

    def stop(so_far):
        told.append(so_far)
        if len(told) == 2:
            is_stopped.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validate(make_scenario(), waiting, [1, 2, 3], 1, finished=stop)
    assert sum(map(len, told[1].runs.values())) == 2


@pytest.mark.usefixtures("engines")
def test_stop_lines_and_safety_are_measures_too():
    rows = {row.metric: row for row in validate(make_scenario(), FakeController("toy", 40.0), [1, 2], 1).rows}
    assert rows["saturation_flow_veh_h"].core == 1800.0
    assert (rows["collisions"].sumo, rows["emergency_stops"].sumo, rows["emergency_braking"].sumo) == (3.0, 2.0, 1.0)


def test_sumos_side_is_its_own_emission_device_and_what_a_run_lacks_is_left_out():
    runs = [make_run(seed, 1.0) for seed in (1, 2)]
    runs = [run._replace(metrics={**run.metrics, "nox_kg": 2.0, "engine_nox_kg": 3.0}) for run in runs]
    rows = {row.metric: row for row in make_validation(runs=tuple(runs)).rows}
    assert (rows["nox_kg"].core, rows["nox_kg"].sumo) == (2.0, 3.0)
    without = {name: value for name, value in runs[0].metrics.items() if name != "saturation_flow_veh_h"}
    rows = make_validation(runs=(runs[0]._replace(metrics=without), runs[1])).rows
    assert [row.metric for row in rows] == [name for name in VALIDATED if name != "saturation_flow_veh_h"]


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize("seeds", [[], [1, 1]])
def test_no_seed_or_one_twice_is_bad_input(seeds):
    with pytest.raises(InputError, match="seed"):
        validate(make_scenario(), FakeController("toy", 1.0), seeds)


@pytest.mark.usefixtures("engines")
def test_a_controller_that_cannot_serve_is_bad_input():
    with pytest.raises(InputError, match="another scenario"):
        validate(make_scenario(), PickyController("picky", 1.0), [1])


def test_a_run_with_a_tenth_fewer_arrivals_has_gridlocked():
    validation = make_validation(core=(100.0, 89.0, 91.0), sumo=(100.0, 100.0, 90.0))
    assert (validation.gridlocked("core"), validation.gridlocked("sumo")) == (1, 0)


def test_only_normal_edges_that_somebody_used_are_compared():
    validation = make_validation()
    assert validation.edges.ids == ("a", "b")  # c is internal, d empty
    np.testing.assert_allclose(validation.edges.core_flow, [[200.0, 400.0]])  # half an hour
    assert validation.edges.geh_below_5 == 0.5  # b: 400 against 1000 veh/h
    assert validation.edges.seconds_correlation == pytest.approx(1.0)
    assert validation.edges.speed_error == pytest.approx((10.0 * 2.0 + 50.0 * 0.0) / 60.0)
    assert validation.edges.worst(1) == [1]


def test_what_does_not_exist_is_null():
    validation = make_validation(core=(5.0,), sumo=(0.0,))
    row = next(row for row in validation.rows if row.metric == "arrived")
    assert row.core_sd is None
    assert row.relative_error is None
    assert row.inside_interval is None
    document = validation_document(validation)
    assert document["note"].startswith("one seed only")


def test_the_document_is_the_contract(tmp_path):
    path = write_validation(make_validation(), tmp_path / "v.json")
    document = json.loads(path.read_text())
    assert document["schema"] == 1
    assert [row["metric"] for row in document["rows"]] == list(VALIDATED)
    keys = {"metric", "core", "core_sd", "sumo", "sumo_sd", "relative_error", "inside_interval"}
    assert all(keys <= set(row) for row in document["rows"])
    assert document["gridlocked"] == {"core": 0, "sumo": 0}
    assert document["speed_ratio"] == 6.0
    assert document["geh_below_5"] == 0.5
    assert document["edges"]["worst"][0]["edge"] == "b"
    assert document["over_time"]["running"]["core"] == [1.0, 2.0]


def test_without_edges_there_is_no_share():
    runs = [make_run(1, 1.0)._replace(edges=EdgeUse(np.zeros((1, 4), np.int64), np.zeros(4), np.zeros(4)))]
    edges = make_validation(runs=tuple(runs)).edges
    assert (edges.geh_below_5, edges.seconds_correlation, edges.speed_error) == (None, None, None)
