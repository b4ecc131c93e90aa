"""The records that lane area detectors are kept in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core.records import RecordArray

AREA = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("time_threshold", np.float64),  # [s]
        ("speed_threshold", np.float64),  # [m/s]
        ("begin", np.float64),  # [s], of the present interval; so are the following sums
        ("samples", np.float64),  # [s]
        ("speed_sum", np.float64),  # [m]
        ("loss", np.float64),  # [s]
        ("occupancy_sum", np.float64),  # [%]
        ("max_occupancy", np.float64),  # [%]
        ("jam_metres", np.float64),  # [m], sum over seconds of the longest jam
        ("max_jam_metres", np.float64),  # [m]
        ("all_jam_metres", np.float64),  # [m], sum over seconds of all jams
        ("jam_vehicles", np.int64),  # as the three above
        ("max_jam_vehicles", np.int64),
        ("all_jam_vehicles", np.int64),
        ("halt_sum", np.float64),  # [s], of halts that are over; since they began
        ("halt_max", np.float64),  # [s]
        ("interval_halt_sum", np.float64),  # [s], of the same, within the interval
        ("interval_halt_max", np.float64),  # [s]
        ("halts", np.int64),
        ("started", np.int64),  # halts
        ("entered", np.int64),
        ("left", np.int64),
        ("seen", np.int64),
        ("vehicles", np.int64),  # sum over seconds
        ("max_vehicles", np.int64),
        ("count_now", np.int64),  # vehicles on it at the end of the last second; so are the following
        ("halted_now", np.int64),
        ("occupancy_now", np.float64),  # [-], share of its length
        ("jam_now", np.float64),  # [m], longest jam
        ("first", np.int64),  # row of the area's first contact
        ("room", np.int64),  # rows of contacts
        ("used", np.int64),  # of these, the first
        ("due", np.int64),  # [s], end of the present interval
        ("period", np.int64),  # [s]
        ("row", np.int64),  # of the next result
    ],
    align=True,
)
"""One row per area."""

CONTACT = np.dtype(
    [
        ("vehicle", np.int64),
        ("position", np.float64),  # [m], of its front from the area's start
        ("from_", np.float64),  # [m], where it came onto a lane of the area, from the area's start
        ("to", np.float64),  # [m], where it leaves the area
        ("on_it", np.float64),  # [m], length of it that is on the area
        ("speed", np.float64),  # [m/s]
        ("halt", np.float64),  # [s], how long it has stood
        ("interval_halt", np.float64),  # [s], of this, in the interval
        ("seconds", np.float64),  # [s] of the last second on the area
        ("loss", np.float64),  # [s]
        ("place", np.int64),  # of its lane among the area's
        ("has_entered", np.int64),
        ("is_told", np.int64),  # it was on the area in the last second
        ("is_over", np.int64),  # it left in the last second
    ],
    align=True,
)
"""A vehicle on one of an area's lanes."""

AREA_RESULT = np.dtype(
    [
        ("begin", np.float64),  # [s]
        ("end", np.float64),  # [s]
        ("sampledSeconds", np.float64),  # [s]
        ("nVehEntered", np.int64),
        ("nVehLeft", np.int64),
        ("nVehSeen", np.int64),
        ("meanSpeed", np.float64),  # [m/s], -1 without vehicles
        ("meanTimeLoss", np.float64),  # [s], -1 without vehicles
        ("meanOccupancy", np.float64),  # [%]
        ("maxOccupancy", np.float64),  # [%]
        ("meanMaxJamLengthInVehicles", np.float64),
        ("meanMaxJamLengthInMeters", np.float64),  # [m]
        ("maxJamLengthInVehicles", np.int64),
        ("maxJamLengthInMeters", np.float64),  # [m]
        ("jamLengthInVehiclesSum", np.int64),
        ("jamLengthInMetersSum", np.float64),  # [m]
        ("meanHaltingDuration", np.float64),  # [s]
        ("maxHaltingDuration", np.float64),  # [s]
        ("haltingDurationSum", np.float64),  # [s]
        ("meanIntervalHaltingDuration", np.float64),  # [s]
        ("maxIntervalHaltingDuration", np.float64),  # [s]
        ("intervalHaltingDurationSum", np.float64),  # [s]
        ("startedHalts", np.int64),
        ("meanVehicleNumber", np.float64),
        ("maxVehicleNumber", np.int64),
    ],
    align=True,
)
"""One interval of one area, named as in SUMO's output."""


class Areas(NamedTuple):
    """The books of one run."""

    areas: RecordArray  # (num_areas,) AREA
    contacts: RecordArray  # (num_contacts,) CONTACT, area after area
    results: RecordArray  # (num_rows,) AREA_RESULT, area after area
    by_lane: NDArray[np.int64]  # (num_pieces,) areas, lane after lane
    places: NDArray[np.int64]  # (num_pieces,) of the lane among the area's
    offsets: NDArray[np.float64]  # (num_pieces,) [m], of the lane's start from the area's
    ends: NDArray[np.float64]  # (num_pieces,) [m], of the lane's end, or of the area on its last lane, likewise
    first: NDArray[np.int64]  # (num_lanes + 1,) row in ``by_lane``
