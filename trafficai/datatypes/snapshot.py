"""What a backend shows after each decision; the same fields in the same order in both engines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEAR_RANGE_M = 50.0
"""Distance to the stop line within which a vehicle counts as near [m] (RESCO's max-wave detection range;
Ault and Sharon 2021)."""

DETECTION_RANGE_M = 200.0
"""Distance to the stop line within which a vehicle counts as seen [m] (RESCO's range; Ault and Sharon 2021)."""

CELL_M = 7.5
"""Length of a cell of a lane [m]: room for one standing car (SUMO's default length 5 m and gap 2.5 m)."""

MAX_CELLS = 20
"""Cells that are told apart before a stop line; they reach 150 m."""

NEVER_S = 1e9
"""Stands for no time at all in ``Snapshot.phase_wait`` [s]."""

NO_TRANSIT_M = 1e9
"""Stands for no vehicle at all in ``Snapshot.transit_distance`` [m]."""

HALTING_SPEED_M_S = 0.1
"""Below or at this speed a vehicle waits [m/s] (SUMO's definition of waiting time)."""


class Snapshot(NamedTuple):
    """The state that controllers, observations and rewards read.

    Lane arrays run over ``scenario.network.normal_lanes``; signal arrays over ``scenario.signals``; edge arrays over
    ``scenario.network.edges``; phase arrays over the green phases of all signals, signal after signal; cell arrays over
    the cells of lanes that lead to a signal, lane after lane and from the stop line back: there are none unless the
    backend was made with ``cells``; transit arrays over the normal lanes, none unless it was made with ``transit``, and
    NO_TRANSIT_M where there is no bus or tram; loop and area arrays over ``scenario.detectors.e1`` and ``.e2``: there
    are none unless it was made with ``detectors``. A batch of worlds puts one leading axis before each array. Sums
    named ``*_in_interval`` cover the seconds since the previous snapshot; ``total_*`` cover the run so far.
    """

    time: NDArray[np.float64]  # () [s], simulation time after the interval
    lane_count: NDArray[np.int32]  # (num_lanes,) vehicles whose front is on the lane
    lane_near: NDArray[np.int32]  # (num_lanes,) of these, at most NEAR_RANGE_M before the lane's end
    lane_queue: NDArray[np.int32]  # (num_lanes,) of these, at most HALTING_SPEED_M_S fast
    lane_speed_sum: NDArray[np.float64]  # (num_lanes,) [m/s], sum of speeds
    lane_waiting: NDArray[np.float64]  # (num_lanes,) [s], sum of each vehicle's current uninterrupted wait
    lane_longest_wait: NDArray[np.float64]  # (num_lanes,) [s], longest of these waits, 0 on an empty lane
    lane_seen: NDArray[np.int32]  # (num_lanes,) vehicles at most DETECTION_RANGE_M before the lane's end
    lane_seen_queue: NDArray[np.int32]  # (num_lanes,) of these, at most HALTING_SPEED_M_S fast
    lane_seen_speed_sum: NDArray[np.float64]  # (num_lanes,) [m/s], sum of the speeds of these
    lane_seen_waiting: NDArray[np.float64]  # (num_lanes,) [s], sum of the current waits of these
    lane_length_sum: NDArray[np.float64]  # (num_lanes,) [m], sum of the lengths of the vehicles on the lane
    lane_relative_speed_sum: NDArray[np.float64]  # (num_lanes,) [-], sum of speeds, each over its driver's own limit
    lane_own_waiting: NDArray[np.float64]  # (num_lanes,) [s], sum of the waits shared out to it; 0 before no signal
    lane_time_loss_in_interval: NDArray[np.float64]  # (num_lanes,) [s], time loss collected on the lane
    lane_co2_in_interval: NDArray[np.float64]  # (num_lanes,) [g]
    lane_stops_in_interval: NDArray[np.int32]  # (num_lanes,) vehicles that came to a stop on the lane
    lane_left_in_interval: NDArray[np.int32]  # (num_lanes,) vehicles that drove over the lane's end
    cell_count: NDArray[np.int32]  # (num_cells,) vehicles whose front is in the cell, CELL_M long
    cell_speed_sum: NDArray[np.float64]  # (num_cells,) [m/s]
    transit_distance: NDArray[np.float64]  # (num_transit,) [m], from the first bus or tram to the lane's end
    signal_phase: NDArray[np.int32]  # (num_signals,) green phase shown, or being cleared towards
    signal_elapsed: NDArray[np.float64]  # (num_signals,) [s] since that phase turned green; 0 while clearing
    phase_wait: NDArray[np.float64]  # (num_phases,) [s] until a request for the phase is heeded, NEVER_S if it isn't
    edge_backlog: NDArray[np.int32]  # (num_edges,) vehicles due but not yet inserted on the edge
    delay_in_interval: NDArray[np.float64]  # () [s], time loss plus depart delay, internal lanes included
    co2_in_interval: NDArray[np.float64]  # () [g], internal lanes included
    stops_in_interval: NDArray[np.int32]  # () vehicles that came to a stop
    total_inserted: NDArray[np.int32]  # ()
    total_arrived: NDArray[np.int32]  # ()
    total_running: NDArray[np.int32]  # ()
    total_waiting_to_enter: NDArray[np.int32]  # ()
    signal_fault: NDArray[np.int32]  # (5,) first fault the signal monitor saw: rule, time [s], signal, two positions
    seconds_in_interval: NDArray[np.int32]  # () [s], length of the interval
    loop_count_in_interval: NDArray[np.int32]  # (num_loops,) vehicles whose front came onto the loop
    loop_occupied_in_interval: NDArray[np.float64]  # (num_loops,) [s], at most 1 of every second
    loop_left_in_interval: NDArray[np.int32]  # (num_loops,) vehicles that drove off the loop
    loop_speed_sum_in_interval: NDArray[np.float64]  # (num_loops,) [m/s], sum of the mean speeds of these over it
    area_count: NDArray[np.int32]  # (num_areas,) vehicles with any part on the area
    area_halted: NDArray[np.int32]  # (num_areas,) of these, slower than the detector's speed threshold
    area_jam_length: NDArray[np.float64]  # (num_areas,) [m], longest row of vehicles that stand for some time
