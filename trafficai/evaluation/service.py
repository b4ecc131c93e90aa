"""The quality of service of one run: per stream, approach and junction under signals, and for the persons in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Trips
from trafficai.datatypes.streams import StreamCounts
from trafficai.metrics import fairness, persons
from trafficai.metrics import streams as per_stream
from trafficai.metrics.level_of_service import hbs_qsv, hcm_los, worst
from trafficai.scenario.control_delay import hcm_delay_s
from trafficai.scenario.model import Scenario
from trafficai.scenario.streams import Stream


class StreamService(NamedTuple):
    """How one stream fared; None stands for a mean over nothing."""

    signal: str  # id
    from_edge: str
    to_edge: str
    direction: str  # r, R, s, l, L or t
    flow_veh_h: float
    control_delay_s: float | None
    hcm_delay_s: float | None  # that the HCM computes from flow, green and capacity
    queue_mean_veh: float
    queue_95_m: float | None
    queue_max_m: float
    storage_m: float
    storage_share: float | None  # furthest reach of the queue over storage
    green_share: float
    degree_of_saturation: float | None
    arrivals_on_green: float | None
    platoon_ratio: float | None
    greens: int
    split_failures: int
    hcm_los: str | None
    hbs_qsv: str | None


class GroupService(NamedTuple):
    """How an approach, or a junction, fared."""

    signal: str  # id
    from_edge: str | None  # None where it is the junction
    flow_veh_h: float
    control_delay_s: float | None  # mean over its vehicles
    degree_of_saturation: float | None  # the highest of its streams
    hcm_los: str | None  # by its mean delay, as the HCM has it
    hbs_qsv: str | None  # of its worst stream, as the HBS has it


class Service(NamedTuple):
    """The quality of service of one run."""

    saturation_flow_veh_h: float  # per lane, that capacities are reckoned with
    saturation_flow_measured: bool  # in the run; else that of the HBS
    streams: tuple[StreamService, ...]
    approaches: tuple[GroupService, ...]
    junctions: tuple[GroupService, ...]
    worst_stream: int | None  # with the longest mean control delay, by position in ``streams``
    stream_delay_gini: float  # of the streams' mean control delays
    delay_gini: float  # of all scheduled vehicles' delays
    person_delay_s: float  # mean delay of a person

    def as_dict(self) -> dict[str, Any]:
        """Return it as the JSON document has it."""
        lists = ("streams", "approaches", "junctions")
        return self._asdict() | {name: [each._asdict() for each in getattr(self, name)] for name in lists}


def service_of(
    scenario: Scenario, streams: Sequence[Stream], counts: StreamCounts, saturation_flow: float | None, trips: Trips
) -> Service:
    """Return the quality of service of a run that has ended.

    Args:
        scenario: what was simulated.
        streams: its streams.
        counts: what was counted of them.
        saturation_flow: that was measured per lane [veh/h]; None where none was.
        trips: what became of every vehicle.
    """
    rows = _stream_rows(scenario, streams, counts, saturation_flow)
    delays = per_stream.control_delay_s(counts)
    per_signal = _grouped(rows, counts, lambda row: (row.signal, None))
    per_edge = _grouped(rows, counts, lambda row: (row.signal, row.from_edge))
    return Service(
        saturation_flow_veh_h=per_stream.HBS_SATURATION_FLOW if saturation_flow is None else saturation_flow,
        saturation_flow_measured=saturation_flow is not None,
        streams=rows,
        approaches=per_edge,
        junctions=per_signal,
        worst_stream=fairness.worst_stream(delays),
        stream_delay_gini=fairness.gini(delays[~np.isnan(delays)]),
        delay_gini=fairness.delay_gini(trips, scenario.end),
        person_delay_s=persons.person_delay_s(trips, scenario.end, persons.occupancies(scenario)),
    )


def _stream_rows(
    scenario: Scenario, streams: Sequence[Stream], counts: StreamCounts, saturation_flow: float | None
) -> tuple[StreamService, ...]:
    group = np.array([stream.group for stream in streams], dtype=np.intp)
    storage = np.array([stream.storage for stream in streams], dtype=np.float64)
    saturation = per_stream.degree_of_saturation(counts, group, saturation_flow)
    capacity = per_stream.capacity_veh_h(counts, saturation_flow)
    green, cycle = per_stream.green_share(counts), per_stream.mean_cycle_s(counts)
    hours = counts.seconds / per_stream.SECONDS_PER_HOUR
    columns: dict[str, NDArray[Any]] = {
        "flow_veh_h": per_stream.flow_veh_h(counts),
        "control_delay_s": per_stream.control_delay_s(counts),
        "hcm_delay_s": hcm_delay_s(green, cycle, saturation, capacity, hours),
        "queue_mean_veh": per_stream.queue_mean_veh(counts),
        "queue_95_m": per_stream.queue_95_m(counts),
        "queue_max_m": per_stream.queue_max_m(counts),
        "storage_m": storage,
        "storage_share": per_stream.storage_share(counts, storage),
        "green_share": green,
        "degree_of_saturation": saturation,
        "arrivals_on_green": per_stream.arrivals_on_green(counts),
        "platoon_ratio": per_stream.platoon_ratio(counts),
        "greens": counts.greens,
        "split_failures": per_stream.split_failures(counts),
    }
    rows = []
    for i, stream in enumerate(streams):
        values = {name: _plain(column[i]) for name, column in columns.items()}
        grades = _grades(values["control_delay_s"], values["degree_of_saturation"])
        names = (scenario.signals[stream.signal].id, stream.source, stream.target, stream.direction)
        rows.append(StreamService(*names, **values, hcm_los=grades[0], hbs_qsv=grades[1]))
    return tuple(rows)


def _plain(value: Any) -> Any:
    """Return a number as Python's own, None where it is none."""
    number = value.item()
    return None if isinstance(number, float) and math.isnan(number) else number


def _grades(delay: float | None, saturation: float | None) -> tuple[str | None, str | None]:
    return (None, None) if delay is None else (hcm_los(delay, saturation), hbs_qsv(delay, saturation))


def _grouped(
    rows: Sequence[StreamService], counts: StreamCounts, key: Callable[[StreamService], tuple[str, str | None]]
) -> tuple[GroupService, ...]:
    """Return one row per key, in order of the first stream that has it."""
    order: dict[Hashable, int] = {}
    for row in rows:
        order.setdefault(key(row), len(order))
    ranked = sorted(range(len(rows)), key=lambda i: order[key(rows[i])])
    return tuple(_group(rows, counts, list(own), key) for _, own in groupby(ranked, key=lambda i: key(rows[i])))


def _group(
    rows: Sequence[StreamService],
    counts: StreamCounts,
    own: list[int],
    key: Callable[[StreamService], tuple[str, str | None]],
) -> GroupService:
    entered, lost = int(counts.entered[own].sum()), float(counts.time_loss[own].sum())
    delay = lost / entered if entered else None
    saturations = [x for i in own if (x := rows[i].degree_of_saturation) is not None]
    saturation = max(saturations, default=None)
    signal, edge = key(rows[own[0]])
    return GroupService(
        signal=signal,
        from_edge=edge,
        flow_veh_h=sum(rows[i].flow_veh_h for i in own),
        control_delay_s=delay,
        degree_of_saturation=saturation,
        hcm_los=None if delay is None else hcm_los(delay, saturation),
        hbs_qsv=worst(grade for i in own if (grade := rows[i].hbs_qsv) is not None),
    )
