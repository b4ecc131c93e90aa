"""The log of one run: a folder of files under fixed names, which docs/logs.md describes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.base import Backend
from trafficai.backends.books import Watcher
from trafficai.datatypes import DetectorResults, InputError
from trafficai.logs.edge_log import EdgeLog
from trafficai.logs.events import EventLog, timestamps
from trafficai.logs.tables import Columns, concatenate, element, require_parquet, write_csv, write_parquet, write_xml
from trafficai.logs.vehicle_log import FloatingCarLog, TripLog
from trafficai.scenario.model import Scenario

DETECTOR_ROOTS: Final = {"e1": "detector", "e2": "detector", "e3": "e3Detector"}
"""Root elements of SUMO's detector files."""


class RunLog:
    """What is kept of a run while it goes, and written at its end.

    Hand ``watchers`` and ``detectors=True`` to ``make_backend``, run to the end, then call ``write``.

    Args:
        scenario: what is simulated.
        folder: where the files go.
        fcd: whether every vehicle is kept in every second, some 130 bytes each.
        parquet: whether every table is written as Parquet too; extra ``analysis``.
        period: length of the intervals of edge data [s].

    Raises:
        InputError: the period is no time, or Parquet is asked for and DuckDB is not installed.
    """

    def __init__(
        self, scenario: Scenario, folder: Path | str, *, fcd: bool = False, parquet: bool = False, period: int = 900
    ) -> None:
        if period < 1:
            raise InputError(f"edge data need intervals of at least 1 s, not {period}")
        if parquet:
            require_parquet()
        self._scenario, self._folder, self._parquet = scenario, Path(folder), parquet
        self._events, self._edges, self._trips = EventLog(scenario), EdgeLog(scenario, period), TripLog(scenario)
        self._fcd = FloatingCarLog(scenario) if fcd else None
        self._written: list[Path] = []

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        """What must be shown every second of the run."""
        kept = (self._events, self._edges, self._trips)
        return kept if self._fcd is None else (*kept, self._fcd)

    def write(self, backend: Backend) -> tuple[Path, ...]:
        """Write all files of a run that has ended, and return them; each appears when it is complete.

        Raises:
            RunError: the place can't be written, or the engine broke.
        """
        self._written = []
        self._write_events()
        trips = backend.trips()
        self._xml("tripinfo.xml", "tripinfos", self._trips.lines(trips))
        self._table("tripinfo", self._trips.table(trips), csv=False)
        self._xml("edgedata.xml", "meandata", self._edges.lines())
        self._table("edgedata", self._edges.table(), csv=False)
        if self._fcd is not None:
            self._xml("fcd.xml", "fcd-export", self._fcd.lines())
            self._table("fcd", self._fcd.table(), csv=False)
        self._write_detectors(backend.detectors())
        return tuple(self._written)

    def _write_events(self) -> None:
        """Write the event log, which device is which signal, and which channel which loop."""
        table = self._events.table()
        self._csv("events", {**table, "TimeStamp": timestamps(table["TimeStamp"])})
        if self._parquet:
            self._write_parquet("events", table)
        signals = self._scenario.signals
        devices = np.arange(1, len(signals) + 1)
        self._csv("devices", {"DeviceId": devices, "Signal": _texts([signal.id for signal in signals])})
        groups = self._events.groups
        numbers = {"DeviceId": [group.device + 1 for group in groups], "Phase": [group.phase for group in groups]}
        places = _texts([" ".join(map(str, group.movements)) for group in groups])
        self._csv("phases", {**_integers(numbers), "Links": places})
        channels = list(self._events.channels.values())
        numbers = {
            "DeviceId": [channel.device + 1 for channel in channels],
            "Phase": [channel.phase for channel in channels],
            "Parameter": [channel.number for channel in channels],
        }
        functions = _texts([_function(self._scenario, channel.loop) for channel in channels])
        loops = _texts([channel.loop for channel in channels])
        self._csv("detector_config", {**_integers(numbers), "Function": functions, "Detector": loops})

    def _write_detectors(self, results: DetectorResults) -> None:
        """Write the intervals of each kind of detector that the scenario has."""
        for kind, tables in zip(DETECTOR_ROOTS, results, strict=True):
            ids = [detector.id for detector in getattr(self._scenario.detectors, kind)]
            if ids:
                table = concatenate(tables, ids)
                self._xml(f"{kind}.xml", DETECTOR_ROOTS[kind], _interval_lines(table))
                self._table(kind, table, csv=True)

    def _xml(self, name: str, root: str, lines: Any) -> None:
        write_xml(self._folder / name, root, lines)
        self._written.append(self._folder / name)

    def _table(self, name: str, columns: Columns, csv: bool) -> None:
        if csv:
            self._csv(name, columns)
        if self._parquet:
            self._write_parquet(name, columns)

    def _csv(self, name: str, columns: Columns) -> None:
        write_csv(self._folder / f"{name}.csv", columns)
        self._written.append(self._folder / f"{name}.csv")

    def _write_parquet(self, name: str, columns: Columns) -> None:
        write_parquet(self._folder / f"{name}.parquet", columns)
        self._written.append(self._folder / f"{name}.parquet")


def _interval_lines(table: Columns) -> list[str]:
    """Return the intervals of detectors as SUMO writes them, in order of time."""
    rows = zip(*(column.tolist() for column in table.values()), strict=True)
    pairs = [dict(zip(table, row, strict=True)) for row in rows]
    pairs.sort(key=lambda row: row["end"])
    order = ("begin", "end", "id")
    return [
        element("interval", {name: row[name] for name in (*order, *(n for n in row if n not in order))}, "/>\n")
        for row in pairs
    ]


def _function(scenario: Scenario, loop: str) -> str:
    """Return what a loop is for in the words of ATSPM: at the stop line, or in advance of it."""
    detector = next(each for each in scenario.detectors.e1 if each.id == loop)
    network = scenario.network
    distance = network.lanes[network.lane_index[detector.lane]].length - detector.end
    return "Presence" if distance < STOP_LINE_RANGE else "Advance"


STOP_LINE_RANGE: Final = 15.0
"""A loop this close to the end of its lane is at the stop line [m]."""


def _texts(values: list[str]) -> NDArray[Any]:
    return np.array(values, dtype=object)


def _integers(columns: dict[str, list[int]]) -> dict[str, NDArray[Any]]:
    return {name: np.array(values, dtype=np.int64) for name, values in columns.items()}
