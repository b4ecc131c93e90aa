"""The log of a run: what others read back from it, and SUMO's own outputs as the reference."""

from __future__ import annotations

import csv
import itertools
import os
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import trafficai.logs.tables as tables
from tests.backends.detector_tools import everywhere, with_detectors
from trafficai.backends import make_backend
from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.sumo import sumo_options
from trafficai.controllers import make_controller
from trafficai.datatypes import InputError, RunError
from trafficai.datatypes.files import replaced_when_done
from trafficai.evaluation import simulate
from trafficai.logs import RunLog
from trafficai.scenario import load_scenario, write_sumo_inputs

END = 240
PERIOD = 120
EDGE_MEASURES = (
    *("sampledSeconds", "traveltime", "density", "overlapDensity", "laneDensity", "occupancy", "waitingTime"),
    *("speed", "timeLoss", "flow"),
)
INTERVALS = f'<edgeData id="edges" period="{PERIOD}" file="edgedata.out.xml"/>'


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    """Return a junction with detectors."""
    folder = tmp_path_factory.mktemp("scenario")
    plain = load_scenario("junction")
    routes = plain.network_file.with_name("junction.rou.xml")
    return with_detectors(plain, routes, folder, everywhere(plain.network, PERIOD), END)


def logged(scenario, folder, backend, **options):
    """Log a run under the signals' own programs."""
    log = RunLog(scenario, folder, period=PERIOD, **options)
    return simulate(scenario, make_controller("fixed-time"), backend, 1, log=log)


@pytest.fixture(scope="module")
def of_sumo(scenario, tmp_path_factory):
    """Return the folders of our log of a run of SUMO, and of what SUMO writes of the same run."""
    ours, theirs = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("theirs")
    logged(scenario, ours, "sumo", fcd=True)
    files = write_sumo_inputs(scenario, theirs)
    (theirs / "own.add.xml").write_text(f"<additional>{INTERVALS}</additional>")
    options = sumo_options(scenario, 1, False)
    options |= {"net-file": str(files.net), "route-files": str(files.routes), "additional-files": "own.add.xml"}
    options |= {"end": str(scenario.end), "precision": "2", "fcd-output": "fcd.xml"}
    command = [str(sumo_home() / "bin" / "sumo"), *(x for key, value in options.items() for x in (f"--{key}", value))]
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=300, cwd=theirs)
    return ours, theirs


def test_every_place_of_every_vehicle_is_where_sumo_says(of_sumo):
    ours, theirs = (ET.parse(folder / "fcd.xml").getroot() for folder in of_sumo)
    assert len(ours) == len(theirs) == END
    compared = 0
    for mine, sumos in zip(ours, theirs, strict=True):
        assert float(mine.get("time")) == float(sumos.get("time"))
        places = {vehicle.get("id"): vehicle for vehicle in mine}
        for other in sumos:
            own = places.pop(other.get("id"))
            assert (own.get("lane"), own.get("type")) == (other.get("lane"), other.get("type"))
            for name in ("x", "y", "speed", "pos"):
                assert float(own.get(name)) == pytest.approx(float(other.get(name)), abs=0.02), name
            turned = abs(float(own.get("angle")) - float(other.get("angle"))) % 360.0
            assert min(turned, 360.0 - turned) < 2.0
            compared += 1
        assert not places
    assert compared > 1000


def test_edge_data_are_sumos_apart_from_last_seconds(of_sumo):
    ours = ET.parse(of_sumo[0] / "edgedata.xml").getroot()
    theirs = ET.parse(of_sumo[1] / "edgedata.out.xml").getroot()
    assert len(ours) == len(theirs) == END // PERIOD
    compared = 0
    for mine, sumos in zip(ours, theirs, strict=True):
        edges = {edge.get("id"): edge for edge in mine}
        for other in sumos:
            if float(other.get("sampledSeconds")) == 0.0:
                continue
            own, leads_out = edges[other.get("id")], float(other.get("arrived")) > 0.0
            for name in ("departed", "arrived", "entered", "left", "laneChangedFrom", "laneChangedTo"):
                assert own.get(name) == other.get(name), name
            for name in (
                "sampledSeconds",
                "traveltime",
                "density",
                "overlapDensity",
                "laneDensity",
                "occupancy",
                "waitingTime",
                "speed",
                "timeLoss",
                "flow",
            ):
                within = {"rel": 0.01, "abs": 0.5} if leads_out or name == "timeLoss" else {"abs": 0.02}
                assert float(own.get(name)) == pytest.approx(float(other.get(name)), **within), name
                compared += 1
    assert compared > 50


def test_trips_are_sumos(of_sumo):
    ours = {trip.get("id"): trip for trip in ET.parse(of_sumo[0] / "tripinfo.xml").getroot()}
    theirs = ET.parse(of_sumo[1] / "tripinfo.xml").getroot()
    assert len(ours) == len(theirs) > 50
    for other in theirs:
        own = ours[other.get("id")]
        assert (own.get("departLane"), own.get("arrivalLane")) == (other.get("departLane"), other.get("arrivalLane"))
        for name in ("depart", "departPos", "departSpeed", "departDelay", "duration", "timeLoss", "waitingTime"):
            assert float(own.get(name)) == pytest.approx(float(other.get(name)), abs=0.02), name


def test_the_event_log_follows_the_program(scenario, tmp_path):
    logged(scenario, tmp_path, "numba")
    rows = read_csv(tmp_path / "events.csv")
    assert list(rows[0]) == ["TimeStamp", "DeviceId", "EventId", "Parameter"]
    phases = {row["Phase"] for row in read_csv(tmp_path / "phases.csv")}
    signal, cycle = scenario.signals[0], scenario.signals[0].program.cycle
    for phase in sorted(phases):
        events = [(seconds(row), int(row["EventId"])) for row in rows if row["Parameter"] == phase]
        events = [(time, event) for time, event in events if event < 80]
        greens = [time for time, event in events if event == 1]
        yellows = [time for time, event in events if event == 8]
        ends = [time for time, event in events if event == 9]
        assert len(greens) >= 2
        assert all(later - earlier == cycle for earlier, later in itertools.pairwise(greens))
        assert all(end - begin == signal.yellow for begin, end in zip(yellows, ends, strict=False))
        assert [time for time, event in events if event == 10] == ends
        assert sum(event == 12 for _, event in events) in (len(ends), len(ends) - 1)
    assert [seconds(row) for row in rows] == sorted(seconds(row) for row in rows)


def read_csv(path):
    """Return the rows of a table."""
    with path.open() as lines:
        return list(csv.DictReader(lines))


def seconds(row):
    """Return the time of an event [s]."""
    return float((np.datetime64(row["TimeStamp"]) - np.datetime64("2000-01-01")) / np.timedelta64(1, "ms")) / 1000.0


def test_detector_events_are_what_the_loops_counted(scenario, tmp_path):
    logged(scenario, tmp_path, "numba")
    events = read_csv(tmp_path / "events.csv")
    loops = read_csv(tmp_path / "e1.csv")
    channels = read_csv(tmp_path / "detector_config.csv")
    assert {channel["Function"] for channel in channels} == {"Presence", "Advance"}
    for channel in channels:
        entered = sum(int(row["nVehEntered"]) for row in loops if row["id"] == channel["Detector"])
        states = [row["EventId"] for row in events if row["EventId"] in ("81", "82") and is_of(row, channel)]
        assert states.count("82") == entered
        assert states == ["82", "81"] * (len(states) // 2) + ["82"] * (len(states) % 2)


FILES = sorted(
    "events.csv devices.csv phases.csv detector_config.csv tripinfo.xml edgedata.xml fcd.xml"
    " e1.xml e1.csv e2.xml e2.csv e3.xml e3.csv".split()
)


def is_of(row, channel):
    return (row["DeviceId"], row["Parameter"]) == (channel["DeviceId"], channel["Parameter"])


def test_logging_changes_no_result(scenario, tmp_path):
    plain = simulate(scenario, make_controller("fixed-time"), "numba", 1)
    assert logged(scenario, tmp_path, "numba", fcd=True).metrics == plain.metrics


def test_two_logs_of_one_seed_are_the_same(scenario, tmp_path):
    for name in ("one", "two"):
        logged(scenario, tmp_path / name, "numba", fcd=True)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == FILES
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_parquet_holds_what_the_other_files_hold(scenario, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    logged(scenario, tmp_path, "numba", fcd=True, parquet=True)

    def rows(name, what="count(*)"):
        return duckdb.connect().execute(f"select {what} from '{tmp_path / name}.parquet'").fetchone()[0]

    assert rows("events") == len((tmp_path / "events.csv").read_text().splitlines()) - 1
    assert rows("tripinfo") == len(ET.parse(tmp_path / "tripinfo.xml").getroot())
    assert rows("edgedata") == sum(len(interval) for interval in ET.parse(tmp_path / "edgedata.xml").getroot())
    assert rows("fcd") == sum(len(step) for step in ET.parse(tmp_path / "fcd.xml").getroot())
    assert rows("e1") == len(ET.parse(tmp_path / "e1.xml").getroot())
    assert rows("events", "typeof(TimeStamp)").startswith("TIMESTAMP")
    assert rows("edgedata", "count(*) filter (isnan(speed))") == 0


def test_atspm_reads_the_event_log(scenario, tmp_path):
    atspm = pytest.importorskip("atspm")
    logged(scenario, tmp_path, "numba")
    processor = atspm.SignalDataProcessor(
        raw_data=str(tmp_path / "events.csv"),
        detector_config=str(tmp_path / "detector_config.csv"),
        bin_size=15,
        output_dir=str(tmp_path / "out"),
        output_to_separate_folders=True,
        output_format="csv",
        output_file_prefix="",
        remove_incomplete=False,
        verbose=0,
        aggregations=[{"name": "arrival_on_green", "params": {"latency_offset_seconds": 0}}],
    )
    processor.load()
    processor.aggregate()
    processor.save()
    processor.close()
    assert list((tmp_path / "out").rglob("*.csv"))


def test_without_duckdb_parquet_is_refused_by_the_name_of_its_extra(scenario, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"trafficai\[analysis\]"):
        RunLog(scenario, tmp_path, parquet=True)


def test_a_period_of_nothing_is_refused(scenario, tmp_path):
    with pytest.raises(InputError, match="at least 1 s"):
        RunLog(scenario, tmp_path, period=0)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")
    with pytest.raises(TypeError), replaced_when_done(target) as temporary:
        temporary.write_text(1 if temporary.write_text("half") else "")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]
    with pytest.raises(RunError, match="cannot be written"), replaced_when_done(target / "below") as temporary:
        temporary.write_text("new")


def test_a_backend_without_detectors_says_how_to_get_them(scenario):
    backend = make_backend(scenario, "numba")
    with pytest.raises(ValueError, match="detectors=True"):
        backend.detectors()
