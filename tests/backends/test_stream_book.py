"""What a StreamBook counts: right by hand, and the same sums as the engines keep."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import toy_scenario
from trafficai.backends import BACKENDS, make_backend
from trafficai.backends.sighting import Sighting
from trafficai.backends.stream_book import StreamBook
from trafficai.backends.trail_book import MOVE
from trafficai.core.signals import MAJOR_GREEN, MINOR_GREEN, RED, YELLOW
from trafficai.scenario import load_scenario

IN, OUT = "An_0", "As_0"  # the lane before the stop line, 150 m long and of 13.9 m/s, and the one behind it
NORTH, WEST = 0, 1  # streams


def book_of(num_vehicles):
    scenario = toy_scenario("A")
    vehicle = scenario.vehicles[0]
    return StreamBook(replace(scenario, vehicles=tuple(replace(vehicle, id=f"v{i}") for i in range(num_vehicles))))


class Player:
    """Shows a book one second after the other."""

    def __init__(self, num_vehicles):
        self.book = book_of(num_vehicles)
        self.now = 0

    def show(self, rows, colour=RED, losses=None, seconds=1):
        """Show ``rows`` of vehicle, lane, position and speed under one colour of the lane's light."""
        network = toy_scenario("A").network
        moves = np.zeros(len(rows), dtype=MOVE).view(np.recarray)
        vehicles, lanes, positions, speeds = zip(*rows, strict=True) if rows else ((), (), (), ())
        lanes = np.array([network.lane_index[lane] for lane in lanes], dtype=np.int64)
        moves.vehicle, moves.lane, moves.new, moves.speed = vehicles, lanes, positions, speeds
        moves.loss = [0.0] * len(rows) if losses is None else losses
        moves.is_front = moves.moves = 1
        columns = np.array(vehicles, dtype=np.int64), lanes, np.array(positions, float), np.array(speeds, float)
        colours = np.array([[colour, RED]], np.uint8)
        for _ in range(seconds):
            self.now += 1
            sighting = Sighting(*columns, np.ones(len(rows)), np.zeros(0, np.int64), colours)
            self.book.book(self.now, sighting, moves)
        return self

    def counts(self):
        return self.book.counts()


def test_who_drives_up_stands_and_leaves_is_counted_once():
    player = Player(1).show([(0, IN, 100.0, 10.0)]).show([(0, IN, 145.0, 0.0)], losses=[1.0], seconds=10)
    player.show([(0, IN, 149.0, 4.0)], MAJOR_GREEN, [0.7]).show([(0, OUT, 4.0, 7.0)], MAJOR_GREEN, [0.5])
    player.show([(0, OUT, 17.0, 13.0)], MAJOR_GREEN, [0.05])  # has sped up: its stream is behind it from now on
    player.show([(0, OUT, 25.0, 8.0)], MAJOR_GREEN, [0.4])
    counts = player.counts()
    assert counts.entered.tolist() == [1, 0]
    assert counts.crossed.tolist() == [1, 0]
    assert counts.time_loss[NORTH] == pytest.approx(10.0 + 0.7 + 0.5 + 0.05)
    assert counts.queued.tolist() == [8.0, 0.0]  # of ten seconds, the first two may be a start
    assert counts.queue_max[NORTH] == pytest.approx(10.0)  # 5 m before the line, and 5 m long
    assert (counts.seconds, counts.green[NORTH]) == (15, 4)


def test_what_is_lost_far_behind_a_stop_line_is_not_its_doing():
    player = Player(1).show([(0, IN, 140.0, 10.0)])
    for k in range(1, 30):
        player.show([(0, OUT, 5.0 * k, 5.0)], MAJOR_GREEN, [0.6])
    assert player.counts().time_loss[NORTH] == pytest.approx(0.6 * 21)  # 100 m, and the second that passed them


def test_a_split_fails_where_somebody_waits_through_a_whole_green():
    both = [(0, IN, 145.0, 0.0), (1, IN, 137.0, 0.0)]
    player = Player(2).show([], MAJOR_GREEN).show([]).show(both, seconds=5)
    player.show([(0, OUT, 3.0, 5.0), (1, IN, 142.0, 3.0)], MAJOR_GREEN, seconds=4)
    player.show([(0, OUT, 9.0, 5.0), (1, IN, 145.0, 0.0)], YELLOW, seconds=5)
    counts = player.counts()
    assert (counts.greens[NORTH], counts.failures[NORTH]) == (1, 1)
    assert counts.queue_at_green[NORTH].tolist() == [18.0]  # front at 137 m of 150, 5 m long
    player.show([(1, OUT, 3.0, 5.0)], MINOR_GREEN, seconds=2).show([(1, OUT, 9.0, 5.0)])
    counts = player.counts()
    assert (counts.greens[NORTH], counts.failures[NORTH]) == (2, 1)
    assert counts.queue_at_green[NORTH].tolist() == [18.0, 10.0]
    assert counts.greens[WEST] == 0


@pytest.mark.parametrize(("shown_at", "share"), [(8, 1), (9, 0)])
def test_arrivals_are_projected_from_100_m(shown_at, share):
    """At 50 m of 150 the line is 8 s off at 13.9 m/s, whatever the vehicle then does."""
    player = Player(1).show([(0, IN, 40.0, 13.0)]).show([(0, IN, 50.0, 10.0)])
    for second in range(1, 12):
        player.show([(0, IN, 60.0 + second, 1.0)], MAJOR_GREEN if second == shown_at else RED)
    counts = player.counts()
    assert (counts.projected[NORTH], counts.projected_on_green[NORTH]) == (1, share)


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("cologne3", 25200, 25800)


@pytest.mark.parametrize("engine", BACKENDS)
def test_sums_are_those_of_the_trips(scenario, engine):
    book = StreamBook(scenario)
    with contextlib.closing(make_backend(scenario, engine, watchers=(book,))) as backend:
        backend.reset(1)
        requested = np.full(len(scenario.signals), -1, np.int32)
        for _ in range(60):
            backend.advance(requested, 10)
        trips, counts = backend.trips(), book.counts()
    inserted = np.isfinite(trips.inserted)
    with_stop_lines = inserted & (book._ways.ahead[book._ways.first] >= 0)
    assert counts.seconds == 600
    assert counts.entered.sum() >= with_stop_lines.sum() > 100
    assert (counts.crossed <= counts.entered).all()
    through = np.isfinite(trips.arrived) & with_stop_lines
    assert counts.crossed.sum() >= through.sum()
    assert 0.8 * trips.time_loss[inserted].sum() < counts.time_loss.sum() <= trips.time_loss[inserted].sum() + 1.0
    assert (counts.projected_on_green <= counts.projected).all()
    assert (counts.projected <= counts.entered).all()
    assert (counts.failures <= counts.greens).all()
    assert (counts.green <= 600).all()
    book.clear()
    assert book.counts().entered.sum() == book.counts().seconds == 0


def test_both_engines_count_alike(scenario):
    found = {}
    for engine in BACKENDS:
        book = StreamBook(scenario)
        with contextlib.closing(make_backend(scenario, engine, watchers=(book,))) as backend:
            backend.reset(1)
            for _ in range(60):
                backend.advance(np.full(len(scenario.signals), -1, np.int32), 10)
        found[engine] = book.counts()
    core, sumo = (found[engine] for engine in ("numba", "sumo"))
    assert (core.green == sumo.green).all()
    assert core.entered.sum() == pytest.approx(sumo.entered.sum(), rel=0.03)
    assert core.time_loss.sum() == pytest.approx(sumo.time_loss.sum(), rel=0.1)
    assert core.queued.sum() == pytest.approx(sumo.queued.sum(), rel=0.15)
    assert np.abs(core.projected_on_green - sumo.projected_on_green).sum() < 0.15 * core.projected.sum()
