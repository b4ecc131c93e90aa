"""What holds in every engine."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conformance.runs import follow_program, restless, round_robin, run
from trafficai.datatypes import Snapshot, Trips
from trafficai.datatypes.snapshot import DETECTION_RANGE_M

RULES = pytest.mark.parametrize("rule", [follow_program, round_robin, restless])
TOTALS = ("total_inserted", "total_arrived", "total_running", "total_waiting_to_enter")


def are_equal(one, other):
    """Return whether two Trips are the same to the last bit."""
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@RULES
def test_vehicles_are_conserved_at_every_decision(backend, rule):
    departs = np.array([vehicle.depart for vehicle in backend.scenario.vehicles])
    for snapshot in run(backend, rule).snapshots:
        assert snapshot.total_inserted == snapshot.total_running + snapshot.total_arrived
        due = (departs < snapshot.time).sum()
        assert due == snapshot.total_inserted + snapshot.total_waiting_to_enter
        assert snapshot.edge_backlog.sum() == snapshot.total_waiting_to_enter


@RULES
def test_what_is_seen_from_the_stop_line_is_part_of_the_lane(backend, rule):
    lengths = np.array([lane.length for lane in backend.scenario.network.normal_lanes])
    whole = lengths <= DETECTION_RANGE_M
    for snapshot in run(backend, rule).snapshots:
        assert (snapshot.lane_near <= snapshot.lane_seen).all()
        assert (snapshot.lane_seen <= snapshot.lane_count).all()
        assert (snapshot.lane_seen_queue <= snapshot.lane_seen).all()
        for name in ("queue", "speed_sum", "waiting"):
            lane, seen = (getattr(snapshot, f"lane_{part}{name}") for part in ("", "seen_"))
            assert (seen <= lane + 1e-9).all()
            np.testing.assert_allclose(seen[whole], lane[whole])
        assert (snapshot.lane_longest_wait * snapshot.lane_queue >= snapshot.lane_waiting - 1e-9).all()
        assert (snapshot.lane_longest_wait <= snapshot.lane_waiting).all()


def test_trips_tell_the_same_story_as_the_last_snapshot(backend):
    _, snapshots, trips = run(backend)
    is_inserted, is_arrived = ~np.isnan(trips.inserted), ~np.isnan(trips.arrived)
    assert is_inserted.sum() == snapshots[-1].total_inserted
    assert is_arrived.sum() == snapshots[-1].total_arrived
    assert not (is_arrived & ~is_inserted).any()
    assert (~is_inserted).sum() == snapshots[-1].total_waiting_to_enter


@RULES
def test_trips_add_up(backend, rule):
    trips = run(backend, rule).trips
    is_inserted, is_arrived = ~np.isnan(trips.inserted), ~np.isnan(trips.arrived)
    end = backend.scenario.end
    delay = np.where(is_inserted, trips.inserted, end) - trips.scheduled
    np.testing.assert_allclose(trips.depart_delay, delay, atol=1e-6)
    duration = np.where(is_arrived, trips.arrived, end) - trips.inserted
    np.testing.assert_allclose(trips.duration, np.where(is_inserted, duration, 0.0), atol=1e-6)
    assert (trips.waiting_time <= trips.duration).all()
    assert (trips.time_loss <= trips.duration + 1e-6).all()
    assert (trips.stops[trips.waiting_time > 0] > 0).all()
    assert (trips.route_length[is_arrived] > 0).all()


def test_trips_are_in_the_scenarios_order(backend):
    scheduled = [vehicle.depart for vehicle in backend.scenario.vehicles]
    assert run(backend).trips.scheduled.tolist() == scheduled


def test_vehicle_that_never_got_in_has_driven_nothing(backend):
    trips = run(backend, lambda _decision: 0).trips
    never = np.isnan(trips.inserted)
    assert never.any()  # one phase for ten minutes fills the other approaches
    for name in ("duration", "time_loss", "waiting_time", "stops", "route_length", "co2", "fuel", "nox", "pmx"):
        assert not getattr(trips, name)[never].any(), name


def test_same_seed_same_trips_and_another_seed_other_trips(backend):
    first, other, again = run(backend, seed=1), run(backend, seed=2), run(backend, seed=1)
    assert are_equal(first.trips, again.trips)
    assert not are_equal(first.trips, other.trips)
    for one, two in zip(first.snapshots, again.snapshots, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_decision_interval_changes_nothing_under_the_own_program(backend):
    assert are_equal(run(backend, decision_interval=5).trips, run(backend, decision_interval=60).trips)


def expected_shapes(scenario):
    """Return the shape of every Snapshot field."""
    axes = {"lane": len(scenario.network.normal_lanes), "edge": len(scenario.network.edges)}
    axes |= {"signal": len(scenario.signals), "phase": sum(s.num_phases for s in scenario.signals)}
    axes |= {"cell": 0, "transit": 0, "loop": 0, "area": 0}
    shapes = {name: (axes[name.split("_")[0]],) if name.split("_")[0] in axes else () for name in Snapshot._fields}
    return shapes | {"signal_fault": (5,)}


def expected_dtypes(record):
    """Return the dtype that each field's annotation promises."""
    is_real = {name: "float64" in str(record.__annotations__[name]) for name in record._fields}
    return {name: np.dtype(np.float64 if real else np.int32) for name, real in is_real.items()}


def test_snapshots_have_the_promised_shapes_and_types(backend):
    first, snapshots, _ = run(backend)
    for snapshot in (first, snapshots[-1]):
        assert {name: value.shape for name, value in snapshot._asdict().items()} == expected_shapes(backend.scenario)
        assert {name: value.dtype for name, value in snapshot._asdict().items()} == expected_dtypes(Snapshot)


def test_trips_have_the_promised_shapes_and_types(backend):
    trips = run(backend).trips._asdict()
    assert isinstance(trips.pop("teleports"), int)
    assert {value.shape for value in trips.values()} == {(len(backend.scenario.vehicles),)}
    promised = expected_dtypes(Trips)
    assert {name: value.dtype for name, value in trips.items()} == {name: promised[name] for name in trips}


def test_snapshots_keep_their_values_when_the_run_goes_on(backend):
    backend.reset(1)
    follow = np.full(len(backend.scenario.signals), -1, np.int32)
    snapshot = backend.advance(follow, 120)
    kept = [np.array(value) for value in snapshot]
    backend.advance(follow, 60)
    assert all(np.array_equal(a, b) for a, b in zip(snapshot, kept, strict=True))


@RULES
def test_lane_counts_agree_with_each_other(backend, rule):
    for snapshot in run(backend, rule).snapshots:
        assert snapshot.lane_count.sum() <= snapshot.total_running
        assert (snapshot.lane_near <= snapshot.lane_count).all()
        assert (snapshot.lane_queue <= snapshot.lane_count).all()
        assert ((snapshot.lane_waiting > 0) <= (snapshot.lane_queue > 0)).all()
        assert (snapshot.lane_speed_sum >= 0.0).all()
        assert not snapshot.lane_speed_sum[snapshot.lane_count == 0].any()


def test_vehicles_are_seen_only_on_lanes_of_their_routes(backend):
    lanes = backend.scenario.network.normal_lanes
    edges = {edge for vehicle in backend.scenario.vehicles for edge in vehicle.route}
    off_route = np.array([lane.edge not in edges for lane in lanes])
    snapshots = run(backend).snapshots
    assert not sum(snapshot.lane_count[off_route].sum() for snapshot in snapshots)
    assert sum(snapshot.lane_count.sum() for snapshot in snapshots) > 0


@RULES
def test_intervals_add_up_to_the_trips(backend, rule):
    """An engine may not know a vehicle's last second until the end (SUMO removes it in it): 1 %, and stops exactly."""
    _, snapshots, trips = run(backend, rule)
    total = (trips.time_loss + trips.depart_delay).sum()
    assert sum(float(s.delay_in_interval) for s in snapshots) == pytest.approx(total, rel=0.01)
    assert sum(float(s.co2_in_interval) for s in snapshots) == pytest.approx(trips.co2.sum(), rel=0.01)
    assert sum(int(s.stops_in_interval) for s in snapshots) == trips.stops.sum()


def test_lane_sums_stay_within_the_totals(backend):
    for snapshot in run(backend).snapshots:
        assert snapshot.lane_time_loss_in_interval.sum() <= snapshot.delay_in_interval + 1e-6
        assert snapshot.lane_co2_in_interval.sum() <= snapshot.co2_in_interval + 1e-6
        assert 0 <= snapshot.lane_stops_in_interval.sum() <= snapshot.stops_in_interval


def test_whoever_is_on_the_way_has_left_the_lanes_before(backend):
    """Counted at the ends of lanes, as many went over the first edges' ends as are beyond them."""
    snapshots = run(backend).snapshots
    left = sum(snapshot.lane_left_in_interval for snapshot in snapshots)
    assert (left >= 0).all()
    assert left.sum() >= snapshots[-1].total_arrived


def test_requests_may_differ_from_second_to_second(backend):
    num_signals, draws = len(backend.scenario.signals), np.random.default_rng(3)
    by_second = (
        draws.integers(0, 2, (30, 1, num_signals)).repeat(4, axis=1).reshape(30, 4, num_signals).astype(np.int32)
    )
    by_second[::2, 2:] = 1 - by_second[::2, 2:]
    backend.reset(1)
    together = [backend.advance(requests, 4) for requests in by_second]
    backend.reset(1)
    singly = [[backend.advance(request, 1) for request in requests][-1] for requests in by_second]
    for one, other in zip(together, singly, strict=True):
        assert np.array_equal(one.signal_phase, other.signal_phase)
        assert np.array_equal(one.lane_queue, other.lane_queue)
        assert np.array_equal(one.phase_wait, other.phase_wait)


def test_vehicle_updates_are_the_seconds_driven(backend):
    _, snapshots, trips = run(backend)
    running = int(snapshots[-1].total_running)
    assert backend.vehicle_updates() == pytest.approx(trips.duration.sum(), abs=running + 1)


def test_first_snapshot_is_empty_and_at_the_begin(backend):
    backend.reset(1)
    backend.advance(np.zeros(len(backend.scenario.signals), np.int32), 60)
    first = backend.reset(2)
    assert float(first.time) == backend.scenario.begin
    assert not any(getattr(first, name) for name in TOTALS)
    assert not first.lane_count.any()
    assert not first.delay_in_interval


def test_advance_stops_at_the_end(backend):
    backend.reset(1)
    follow = np.full(len(backend.scenario.signals), -1, np.int32)
    assert float(backend.advance(follow, 100_000).time) == backend.scenario.end
    assert float(backend.advance(follow, 5).time) == backend.scenario.end


def test_mean_is_plausible(backend):
    trips = run(backend).trips
    is_arrived = ~np.isnan(trips.arrived)
    assert is_arrived.sum() > 250
    assert 30.0 < trips.duration[is_arrived].mean() < 120.0
    assert 80.0 < trips.co2[is_arrived].mean() < 250.0
    np.testing.assert_allclose(
        trips.fuel / np.maximum(trips.co2, 1e-9), np.where(trips.co2 > 0, 0.3242, 0.0), rtol=1e-3
    )
