"""Edge use is counted alike in both engines, and as SUMO itself counts it."""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.fakes import toy_scenario
from trafficai.backends import BACKENDS, make_backend
from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.edge_book import EdgeBook
from trafficai.backends.sumo import sumo_options
from trafficai.backends.sumo_alone import SumoAlone
from trafficai.datatypes import RunError
from trafficai.scenario import load_scenario, write_sumo_inputs

BEGIN, SECONDS = 25200, 300


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("cologne8", end=BEGIN + SECONDS)


def run(scenario, name, edge_data=True, interval=10):
    backend = make_backend(scenario, name, edge_data=edge_data)
    backend.reset(1)
    request = np.full(len(scenario.signals), -1, np.int32)
    snapshots = [backend.advance(request, interval) for _ in range(scenario.duration // interval)]
    use = backend.edges() if edge_data else None
    trips, updates = backend.trips(), backend.vehicle_updates()
    backend.close()
    return use, snapshots, trips, updates


def test_a_vehicle_comes_onto_what_it_crossed_unseen():
    scenario = toy_scenario("A")  # one vehicle, An -> As
    book, nobody, everybody = EdgeBook(scenario), np.zeros(0, np.int64), np.zeros(1, np.int64)
    book.book(1, everybody, np.array([0]), np.array([7.0]), nobody)
    book.book(2, everybody, np.array([0]), np.array([8.0]), nobody)
    book.book(3, nobody, nobody, np.zeros(0), everybody)  # arrived: As was entered and left within the second
    use = book.use()
    entered = dict(zip((edge.id for edge in scenario.network.edges), use.entered[0].tolist(), strict=True))
    assert entered == {"An": 1, "Aw": 0, "As": 1, "Ae": 0}
    assert (use.vehicle_seconds[0], use.distance[0]) == (2.0, 15.0)
    book.clear()
    assert not book.use().entered.any()


@pytest.mark.parametrize(("duration", "parts"), [(600, 1), (3600, 1), (7200, 2), (8000, 2)])
def test_parts_are_about_an_hour(duration, parts):
    book = EdgeBook(toy_scenario("A", duration=duration))
    assert book.use().entered.shape[0] == parts
    lane, speed, nobody = np.array([0]), np.array([1.0]), np.zeros(0, np.int64)
    book.book(duration, np.array([0]), lane, speed, nobody)
    assert book.use().entered[-1].sum() == 1


@pytest.mark.parametrize("name", BACKENDS)
def test_every_vehicle_second_is_on_an_edge(scenario, name):
    use, _, trips, updates = run(scenario, name)
    inserted = int(np.isfinite(trips.inserted).sum())
    running = int((np.isfinite(trips.inserted) & np.isnan(trips.arrived)).sum())
    # A second is booked where it ends: that of insertion is one more, that of arrival one less.
    assert use.vehicle_seconds.sum() == updates + running
    first = [scenario.network.edge_index[vehicle.route[0]] for vehicle in scenario.vehicles]
    assert use.entered.sum() >= inserted
    departures = np.bincount(np.array(first)[np.isfinite(trips.inserted)], minlength=use.entered.shape[1])
    assert (use.entered[0] >= departures).all()


def test_booking_changes_nothing_in_the_core(scenario):
    _, booked, trips, updates = run(scenario, "numba")
    _, plain, plain_trips, plain_updates = run(scenario, "numba", edge_data=False)
    assert updates == plain_updates
    for ours, theirs in zip(booked, plain, strict=True):
        for field, mine, other in zip(ours._fields, ours, theirs, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-9, err_msg=field)
    np.testing.assert_array_equal(trips.time_loss, plain_trips.time_loss)


def test_entries_are_those_of_sumos_own_edge_data(scenario, tmp_path):
    use, *_ = run(scenario, "sumo")
    files = write_sumo_inputs(scenario, tmp_path)
    (tmp_path / "edges.add.xml").write_text(
        '<additional><edgeData id="e" file="edges.xml" excludeEmpty="true"/></additional>'
    )
    options = sumo_options(scenario, 1, engine_emissions=True) | {"end": str(scenario.end)}
    inputs = {"net-file": files.net, "route-files": files.routes, "additional-files": "edges.add.xml"}
    command = [str(sumo_home() / "bin" / "sumo")]
    command += [part for name, value in {**inputs, **options}.items() for part in (f"--{name}", str(value))]
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=60)
    counted = np.zeros(use.entered.shape[1], dtype=np.int64)
    for edge in ET.parse(tmp_path / "edges.xml").iter("edge"):
        counted[scenario.network.edge_index[edge.get("id")]] = int(edge.get("entered")) + int(edge.get("departed"))
    np.testing.assert_array_equal(use.entered[0], counted)


def test_edges_must_be_asked_for(scenario):
    for name in BACKENDS:
        backend = make_backend(scenario, name)
        with pytest.raises(ValueError, match="edge_data"):
            backend.edges()
        backend.close()


def test_sumo_alone_simulates_the_same_vehicle_seconds(scenario, tmp_path):
    *_, updates = run(scenario, "sumo", edge_data=False)
    alone = SumoAlone(scenario, 1, tmp_path)
    assert alone.vehicle_updates() == pytest.approx(updates, rel=0.01)
    assert alone.cpu_seconds() > 0.0


def test_sumo_alone_that_fails_is_a_failed_run(scenario, tmp_path):
    alone = SumoAlone(scenario, 1, tmp_path)
    next(tmp_path.glob("*.net.xml")).write_text("<net>")
    with pytest.raises(RunError, match="exit code"):
        alone.vehicle_updates()
