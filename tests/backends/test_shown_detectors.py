"""What snapshots show of loops and areas: the same from a batch, a single world and SUMO, and what detectors report."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from tests.backends import micro
from tests.backends.detector_tools import everywhere, with_detectors
from trafficai.backends import area_book, make_backend
from trafficai.backends.detector_book import DetectorBook
from trafficai.backends.numba import NumbaBackend, NumbaBatch
from trafficai.backends.worlds import Worlds, make_kind
from trafficai.datatypes import InputError, RunError
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Detectors
from trafficai.scenario.place_detectors import with_standard_detectors

FIELDS = tuple(
    "loop_count_in_interval loop_occupied_in_interval loop_left_in_interval loop_speed_sum_in_interval"
    " area_count area_halted area_jam_length".split()
)
INTERVAL_S = 10
ROUTE = "ab bc"
DETECTORS = (
    '<e1Detector id="loop" lane="ab_0" pos="-30" length="2" period="10" file="NUL"/>'
    '<e2Detector id="queue" lane="ab_0" pos="-100" endPos="-1" period="10" file="NUL"/>'
    '<e2Detector id="both" lanes="ab_0 bc_0" pos="100" endPos="200" period="10" file="NUL"/>'
    '<e3Detector id="through" period="10" file="NUL"><detEntry lane="ab_0" pos="50"/><detExit lane="bc_0" pos="50"/>'
    "</e3Detector>"
)
needs_resco = pytest.mark.skipif(find_spec("sumo_rl") is None, reason="the RESCO maps come with sumo-rl")


def follow(scenario):
    return np.full(len(scenario.signals), -1, np.int32)


def same(one, other):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def light(micro_scenario, seconds=180):
    vehicles = "".join(micro.vehicle(i, 3 * i, ROUTE, "bus" if i % 4 == 0 else "car") for i in range(25))
    return micro_scenario("light", vehicles, seconds, DETECTORS)


def placed(name, seconds=600):
    plain = load_scenario(name)
    return with_standard_detectors(load_scenario(name, end=plain.begin + seconds))


def snapshots(scenario, engine, interval=INTERVAL_S, **options):
    backend = make_backend(scenario, engine, detectors=True, **options)
    first, num = backend.reset(1), scenario.duration // interval
    shown = [first, *(backend.advance(follow(scenario), interval) for _ in range(num))]
    results = backend.detectors()
    backend.close()
    return shown, results


@needs_resco
@pytest.mark.parametrize("name", ["cologne1", "ingolstadt1"])
@pytest.mark.parametrize("threads", [1, 2])
def test_worlds_of_a_batch_show_what_single_ones_do(name, threads):
    scenario = placed(name)
    seeds = [5, 6, 7]
    batch = NumbaBatch(scenario, len(seeds), threads, detectors=True)
    singles = [NumbaBackend(scenario, detectors=True) for _ in seeds]
    first = [single.reset(seed) for single, seed in zip(singles, seeds, strict=True)]
    together = batch.reset(seeds)
    assert together.loop_count_in_interval.shape == (3, len(scenario.detectors.e1))
    assert all(same([field[w] for field in together], alone) for w, alone in enumerate(first))
    draws = np.random.default_rng(1)
    for _ in range(scenario.duration // INTERVAL_S):
        requested = draws.integers(-1, 3, (3, len(scenario.signals))).astype(np.int32)
        together = batch.advance(requested, INTERVAL_S)
        for w, single in enumerate(singles):
            assert same([field[w] for field in together], single.advance(requested[w], INTERVAL_S))
    assert together.area_count.sum() > 10


@needs_resco
def test_worlds_with_and_without_detectors_drive_alike_side_by_side():
    scenario = placed("cologne1", 300)
    worlds = Worlds([make_kind(scenario, detectors=True), make_kind(scenario)])
    worlds.reset([3, 3])
    worlds.advance(np.full((2, 1), -1, np.int32), 300)
    watched, plain = worlds.simulations
    assert same(watched.trips(), plain.trips())
    assert watched.detectors.book.now().e1.shape == (len(scenario.detectors.e1), 3)
    assert not plain.detectors.states()


class Bookkeeper:
    """Keeps detectors from the moves of every second, as they are kept of a run of SUMO."""

    def __init__(self, scenario):
        self.book_of = DetectorBook(scenario)

    def clear(self):
        self.book_of.clear()

    def book(self, now, sighting, moves):
        del sighting
        self.book_of.book(now, moves)


def all_kinds(folder):
    """Return the first minutes of the grid with detectors of all kinds everywhere."""
    plain = load_scenario("grid3x3")
    routes = plain.network_file.with_name("grid3x3.rou.xml")
    return with_detectors(plain, routes, folder, everywhere(plain.network), 400)


def test_the_core_keeps_what_books_keep_of_its_moves(tmp_path):
    scenario = all_kinds(tmp_path)
    keeper = Bookkeeper(scenario)
    backend = NumbaBackend(scenario, detectors=True, watchers=[keeper])
    backend.reset(1)
    backend.advance(follow(scenario), 400)
    pairs = list(zip(backend.detectors(), keeper.book_of.results(), strict=True))
    assert all(len(ours) > 0 for ours, _ in pairs)
    for ours, theirs in pairs:
        for mine, other in zip(ours, theirs, strict=True):
            assert all(mine[key] == pytest.approx(other[key], rel=1e-12) for key in mine.dtype.names)
    assert same(backend.detector_states(), keeper.book_of.now())


def test_watching_every_second_changes_nothing_that_is_shown(micro_scenario):
    scenario = light(micro_scenario)
    plain, results = snapshots(scenario, "numba")
    watched, others = snapshots(scenario, "numba", edge_data=True)
    assert all(same(one, other) for one, other in zip(plain, watched, strict=True))
    tables = [(one, other) for kind in range(3) for one, other in zip(results[kind], others[kind], strict=True)]
    assert all((one == other).all() for one, other in tables)


@pytest.mark.parametrize("engine", ["numba", "sumo"])
def test_snapshots_show_what_the_intervals_of_detectors_report(micro_scenario, engine):
    """Where an interval of the detectors is one of the snapshots."""
    shown, results = snapshots(light(micro_scenario), engine)
    assert [snapshot.seconds_in_interval for snapshot in shown] == [0, *[INTERVAL_S] * 18]
    loop, area = results.e1[0], results.e2[0]
    stacked = {name: np.stack([getattr(snapshot, name) for snapshot in shown[1:]])[:, 0] for name in FIELDS}
    assert (stacked["loop_count_in_interval"] == loop["nVehEntered"]).all()
    assert (stacked["loop_left_in_interval"] == loop["nVehContrib"]).all()
    assert stacked["loop_occupied_in_interval"] == pytest.approx(loop["occupancy"] * INTERVAL_S / 100.0)
    speeds = np.where(loop["nVehContrib"] > 0, loop["speed"] * loop["nVehContrib"], 0.0)
    assert stacked["loop_speed_sum_in_interval"] == pytest.approx(speeds)
    assert loop["nVehContrib"].sum() == 25
    assert (stacked["area_count"] <= area["maxVehicleNumber"]).all()
    assert (stacked["area_jam_length"] <= area["maxJamLengthInMeters"] + 1e-9).all()
    assert (stacked["area_halted"] <= stacked["area_count"]).all()
    assert stacked["area_jam_length"].max() > 20.0


def test_both_engines_show_the_same_where_they_drive_alike(micro_scenario):
    scenario = light(micro_scenario)
    ours, theirs = (snapshots(scenario, engine)[0] for engine in ("numba", "sumo"))
    for one, other in zip(ours, theirs, strict=True):
        for name in FIELDS:
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=0.02, abs=0.1), name


@needs_resco
def test_both_engines_show_alike_on_a_map():
    """Sums over ten minutes of a city's junction; the engines draw different drivers."""
    scenario = placed("cologne1")
    ours, theirs = (snapshots(scenario, engine)[0] for engine in ("numba", "sumo"))
    for name in FIELDS:
        mine, other = (np.sum([getattr(snapshot, name).sum() for snapshot in shown]) for shown in (ours, theirs))
        assert mine == pytest.approx(other, rel=0.25), name


STANDING = "".join(
    f'<vehicle id="{name}" type="car" depart="{depart}" departLane="0" departSpeed="max"><route edges="{ROUTE}"/>'
    f'<stop lane="ab_0" endPos="{position}" duration="60"/></vehicle>'
    for name, depart, position in (("first", 0, 250), ("second", 4, 180), ("third", 8, 172))
)


@pytest.mark.parametrize("engine", ["numba", "sumo"])
def test_a_standing_queue_is_seen_as_it_stands(micro_scenario, engine):
    """From the front of the first, at 250 m, to the back of the third, 5 m behind its front at 172 m."""
    detectors = (
        '<e1Detector id="x" lane="ab_0" pos="246" length="2"/><e2Detector id="y" lane="ab_0" pos="100" endPos="280"/>'
    )
    shown, _ = snapshots(micro_scenario("light", STANDING, 60, detectors), engine)
    last = shown[5]
    assert (last.area_count, last.area_halted) == (3, 3)
    assert last.area_jam_length == pytest.approx(250 - 172 + 5, abs=0.5)
    assert (last.loop_count_in_interval, last.loop_left_in_interval) == (0, 0)
    assert last.loop_occupied_in_interval == 10.0
    assert sum(snapshot.loop_count_in_interval for snapshot in shown) == 1


def test_without_detectors_there_is_nothing_to_show(micro_scenario):
    scenario = light(micro_scenario, 20)
    for engine in ("numba", "sumo"):
        backend = make_backend(scenario, engine)
        shown = backend.reset(1)
        assert all(getattr(shown, name).shape == (0,) for name in FIELDS)
        with pytest.raises(ValueError, match="detectors=True"):
            backend.detectors()
        backend.close()


def test_a_saved_world_goes_on_with_its_detectors(micro_scenario, tmp_path):
    """Saved by a single world, loaded into one of a batch, and back."""
    scenario = light(micro_scenario)
    whole, half = (NumbaBackend(scenario, detectors=True) for _ in range(2))
    batch = NumbaBatch(scenario, 2, detectors=True)
    whole.reset(1)
    half.reset(1)
    batch.reset([8, 9])
    for _ in range(7):
        whole.advance(follow(scenario), INTERVAL_S)
        saved = half.advance(follow(scenario), INTERVAL_S)
    half.save(tmp_path / "state")
    assert same([field[1] for field in batch.load(1, tmp_path / "state")], saved)
    for _ in range(11):
        alone = whole.advance(follow(scenario), INTERVAL_S)
        together = batch.advance(np.full((2, 1), -1, np.int32), INTERVAL_S)
        assert same([field[1] for field in together], alone)
    batch.save(1, tmp_path / "state")
    half.load(tmp_path / "state")
    for mine, other in zip(half.detectors(), whole.detectors(), strict=True):
        assert all((a == b).all() for a, b in zip(mine, other, strict=True))


def test_a_state_with_detectors_is_refused_where_there_are_none(micro_scenario, tmp_path):
    scenario = light(micro_scenario, 20)
    watched = NumbaBackend(scenario, detectors=True)
    watched.reset(1)
    watched.save(tmp_path / "state")
    with pytest.raises(InputError, match="with edge_data or detectors"):
        NumbaBackend(scenario).load(tmp_path / "state")


def test_a_world_begins_anew_with_its_detectors(micro_scenario):
    scenario = light(micro_scenario)
    backend = NumbaBackend(scenario, detectors=True)
    runs = []
    for _ in range(2):
        backend.reset(4)
        runs.append([backend.advance(follow(scenario), INTERVAL_S) for _ in range(18)])
        runs[-1].append(np.concatenate([table["nVehEntered"] for table in backend.detectors().e1]))
    assert all(same(one, other) for one, other in zip(*(run[:-1] for run in runs), strict=True))
    assert (runs[0][-1] == runs[1][-1]).all()


def test_a_crowded_area_is_told_of(micro_scenario, monkeypatch):
    monkeypatch.setattr(area_book, "SPARE", -55)
    scenario = replace(light(micro_scenario), detectors=Detectors(e2=light(micro_scenario).detectors.e2[:1]))
    backend = NumbaBackend(scenario, detectors=True)
    backend.reset(1)
    with pytest.raises(RunError, match="than fit on its lanes"):
        backend.advance(follow(scenario), 180)
