"""The layout of the core's memory: one record type per thing, one field per line with its unit.

A world is a handful of record arrays. ``vehicles[v].speed`` reads like an attribute, works with the JIT on and off, and
keeps what belongs to one vehicle in neighbouring cache lines. Index fields hold -1 where there is nothing to point at.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

RecordArray: TypeAlias = "np.recarray[Any, Any]"

NONE = -1
"""The index of nothing."""

MAX_ITEMS = 24
"""Links a driver looks ahead at most; the look-ahead ends there as if the driver saw no further."""

MAX_ADVICES = 8
"""Accelerations advised to one vehicle per step by itself and its neighbours; further ones are dropped."""

LANE_SUMS = 4
"""What is summed over an interval on every normal lane: time loss [s], CO2 [mg], stops, vehicles that left it."""

SCHEDULED, RUNNING, ARRIVED, PARKED, TELEPORTING = range(5)
"""Life of a vehicle; it may be parked or teleporting between two times of running."""

LANE = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("speed", np.float64),  # [m/s], limit
        ("allowed", np.uint64),  # one bit per vehicle class
        ("edge", np.int32),
        ("index", np.int32),  # position on the edge, 0 is rightmost
        ("left", np.int32),  # lane to the left on the same edge
        ("right", np.int32),  # lane to the right on the same edge
        ("first_link", np.int32),  # its links are first_link .. first_link + num_links - 1
        ("num_links", np.int32),
        ("first_upstream", np.int32),  # row in Network.upstream: lanes from where followers come
        ("num_upstream", np.int32),
        ("normal", np.int32),  # row in a Snapshot, NONE on internal lanes
        ("is_internal", np.int32),
        ("predecessor", np.int32),  # lane that leads onto an internal lane; NONE for others
        ("normal_predecessor", np.int32),  # normal lane where an internal lane's movement started; itself if normal
        ("entry_link", np.int32),  # link by which the movement on an internal lane entered the junction
        ("junction", np.int32),  # junction an internal lane lies in
    ],
    align=True,
)

UPSTREAM = np.dtype(
    [
        ("distance", np.float64),  # [m], from its start to that of the lane looked back from
        ("behind", np.int32),  # which of the rows it leads to; NONE where it leads to the lane looked back from
        ("lane", np.int32),
    ],
    align=True,
)
"""One lane of those that lead to another."""

EDGE = np.dtype(
    [
        ("first_lane", np.int32),  # its lanes are first_lane .. first_lane + num_lanes - 1, from right to left
        ("num_lanes", np.int32),
        ("is_internal", np.int32),
        ("allows_changing", np.int32),  # there are lanes to change to, and drivers may
    ],
    align=True,
)

LINK = np.dtype(
    [
        ("length", np.float64),  # [m], of the internal lane it leads onto
        ("visibility", np.float64),  # [m], distance at which foes are seen
        ("radius", np.float64),  # [m], of the turn; inf where straight
        ("from_lane", np.int32),
        ("to_lane", np.int32),  # normal lane it finally leads to
        ("via_lane", np.int32),  # internal lane it leads onto next
        ("next_lane", np.int32),  # via_lane where there is one, else to_lane
        ("entry_link", np.int32),  # link by which this movement enters the junction; itself if it is one
        ("previous_link", np.int32),  # link before, inside the junction
        ("signal", np.int32),
        ("signal_index", np.int32),  # position in the state string
        ("junction", np.int32),
        ("request", np.int32),  # row in the junction's right-of-way matrix
        ("is_cont", np.int32),  # may wait inside the junction
        ("keep_clear", np.int32),  # must leave the junction free when there is no room behind it
        ("direction", np.int32),  # ASCII code of the letter
        ("is_internal_junction", np.int32),  # leads from one internal lane to the next
        ("is_exit", np.int32),  # leads out of the junction
        ("first_foe", np.int32),  # row in Network.foes: links to yield to
        ("num_foes", np.int32),
        ("first_conflict", np.int32),  # row in Network.conflicts: internal lanes that cross or merge
        ("num_conflicts", np.int32),
        ("is_foe", np.int32),  # somebody yields to it
    ],
    align=True,
)

CONFLICT = np.dtype(
    [
        ("behind_crossing", np.float64),  # [m], from where drivers wait to the end of the own lane
        ("width", np.float64),  # [m], length of the own lane inside the conflict area
        ("foe_behind_crossing", np.float64),  # [m], from the crossing to the end of the foe lane
        ("foe_width", np.float64),  # [m]
        ("behind_aside", np.float64),  # [m], behind_crossing as lane changers see it, who need not wait
        ("foe_lane", np.int32),
        ("foe_exit_link", np.int32),
        ("same_target", np.int32),
        ("same_source", np.int32),
        ("foe_continues", np.int32),  # foe waits on this lane inside the junction, we do not
    ],
    align=True,
)

JUNCTION = np.dtype([("first_response", np.int32), ("num_requests", np.int32)], align=True)

ROUTE = np.dtype([("first_edge", np.int32), ("num_edges", np.int32)], align=True)

ROUTE_EDGE = np.dtype(
    [
        ("edge", np.int32),
        ("first_option", np.int32),  # its lane options are first_option .. first_option + lanes of the edge - 1
        ("first_inside", np.int32),  # and inside the junction before it, as seen from the edge before
        ("first_passed", np.int32),  # where that edge was passed within a second, as seen from the one before it
    ],
    align=True,
)
"""One row per position of a route."""

OPTION = np.dtype(
    [
        ("length", np.float64),  # [m], drivable along the route without a lane change, from the lane's start
        ("link", np.int32),  # link to take at the end of this lane; NONE where it does not lead on
        ("next_lane", np.int32),  # lane of the next edge behind that link
        ("next_option", np.int32),  # option on that lane
        ("num_following", np.int16),  # lanes looked at that can be driven on behind this one
        ("offset", np.int8),  # lanes to the nearest best lane, left positive
        ("leads_on", np.int8),  # 1 if the last of these lanes leads anywhere at all, 0 at a true dead end
    ],
    align=True,
)

VEHICLE_TYPE = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("min_gap", np.float64),  # [m]
        ("accel", np.float64),  # [m/s^2]
        ("decel", np.float64),  # [m/s^2]
        ("emergency_decel", np.float64),  # [m/s^2]
        ("sigma", np.float64),  # [-]
        ("tau", np.float64),  # [s]
        ("max_speed", np.float64),  # [m/s]
        ("speed_factor_mean", np.float64),  # [-]
        ("speed_factor_deviation", np.float64),  # [-]
        ("speed_factor_low", np.float64),  # [-]
        ("speed_factor_high", np.float64),  # [-]
        ("class_bit", np.uint64),
        ("emission", np.int32),  # row of the emission coefficients
        ("model", np.int32),  # KRAUSS or IDM
        ("delta", np.float64),  # [-], IDM: exponent of the free road
        ("brake_scale", np.float64),  # [m/s^2], IDM: 2 sqrt(accel decel)
        ("iterations", np.int32),  # IDM: parts into which a step is divided
    ],
    align=True,
)

KRAUSS, IDM = range(2)
"""Car-following models."""

DEMAND = np.dtype(
    [
        ("depart", np.float64),  # [s]
        ("depart_pos", np.float64),  # [m], where depart_pos_mode is POS_GIVEN
        ("depart_speed", np.float64),  # [m/s], where depart_speed_mode is SPEED_GIVEN
        ("arrival_pos", np.float64),  # [m] on the last edge
        ("type", np.int32),
        ("route", np.int32),
        ("depart_lane", np.int32),  # where depart_lane_mode is LANE_GIVEN
        ("depart_lane_mode", np.int32),
        ("depart_pos_mode", np.int32),
        ("depart_speed_mode", np.int32),
        ("first_stop", np.int32),  # its stops are first_stop .. first_stop + num_stops - 1
        ("num_stops", np.int32),
        ("rank", np.int32),  # of its id among all ids, byte by byte: between two alike SUMO lets the later id go first
    ],
    align=True,
)
"""One row per scheduled vehicle, in order of departure."""

LANE_GIVEN, LANE_RANDOM, LANE_FREE, LANE_ALLOWED, LANE_BEST, LANE_BEST_PROB, LANE_FIRST = range(7)
POS_GIVEN, POS_RANDOM, POS_FREE, POS_RANDOM_FREE, POS_BASE, POS_LAST, POS_STOP = range(7)
SPEED_GIVEN, SPEED_RANDOM, SPEED_MAX, SPEED_DESIRED, SPEED_LIMIT, SPEED_LAST, SPEED_AVG = range(7)

STOP = np.dtype(
    [
        ("start", np.float64),  # [m], of the stretch where the front may come to a halt
        ("end", np.float64),  # [m]
        ("duration", np.float64),  # [s], at least
        ("until", np.float64),  # [s], not earlier; negative is any time
        ("lane", np.int32),
        ("position", np.int32),  # of its edge on the route
        ("place", np.int32),  # stopping place, NONE where the stop is just a stretch of a lane
        ("is_parking", np.int32),  # off the lane
        ("next_route", np.int32),  # route of the vehicle once it is done: the same edges, with the next stop in view
    ],
    align=True,
)
"""One row per stop of every vehicle, vehicle by vehicle in the order of the route."""

PLACE = np.dtype([("start", np.float64), ("end", np.float64)], align=True)
"""One row per stopping place: its stretch of the lane [m]."""

VEHICLE = np.dtype(
    [
        ("pos", np.float64),  # [m], front bumper from the start of the lane
        ("speed", np.float64),  # [m/s]
        ("accel", np.float64),  # [m/s^2], of the last step
        ("next_speed", np.float64),  # [m/s], decided for this step
        ("odometer", np.float64),  # [m], since insertion
        ("waiting", np.float64),  # [s], present uninterrupted wait
        ("speed_factor", np.float64),  # [-]
        ("entry_time", np.float64),  # [s], entered the junction; yielded when stuck (inf)
        ("entry_time_never_yield", np.float64),  # [s]
        ("conflict_entry_time", np.float64),  # [s], entered the conflict area; yielded when stuck (inf)
        ("conflict_entry_never_yield", np.float64),  # [s]
        ("look_ahead_speed", np.float64),  # [m/s], lane-change memory
        ("gain_left", np.float64),  # [1e-7], wish for more speed on the left; a whole number, as the next two
        ("gain_right", np.float64),  # [1e-7], wish for more speed on the right
        ("keep_right", np.float64),  # [1e-7], wish to keep right, negative
        ("left_space", np.float64),  # [m], to the end of the own lane when an urgent change is due
        ("blocker_length", np.float64),  # [m], room kept for a vehicle that must change the other way
        ("type", np.int32),
        ("route", np.int32),
        ("route_index", np.int32),  # position of the last normal edge reached
        ("first_option", np.int32),  # of the normal edge it is on; inside a junction, of the edge behind
        ("lane", np.int32),
        ("previous_lane", np.int32),  # lane left last
        ("stopped_for", np.int32),  # link at a stop sign or arrow before which it has stood; NONE
        ("ahead", np.int32),  # next vehicle downstream on the lane
        ("behind", np.int32),  # next vehicle upstream on the lane
        ("status", np.int32),
        ("slot", np.int32),  # row of its advices while running
        ("first_item_even", np.int32),  # row of the first drive item of an even step
        ("first_item_odd", np.int32),
        ("num_items_even", np.int32),
        ("num_items_odd", np.int32),
        ("has_to_wait", np.int32),  # will not pass the next link
        ("lane_change_state", np.int32),  # flags of lane_changing
        ("num_advices", np.int32),
        ("dont_brake", np.int32),  # counter-changing vehicles with a way out behind them do not brake
        ("desired_speed", np.float64),  # [m/s], on the free lane it is on
    ],
    align=True,
)

ITEM = np.dtype(
    [
        ("pass_speed", np.float64),  # [m/s], safe if the link may be passed
        ("wait_speed", np.float64),  # [m/s], safe if it may not
        ("arrival_time", np.float64),  # [s]
        ("arrival_speed", np.float64),  # [m/s]
        ("arrival_speed_braking", np.float64),  # [m/s], if braking starts now
        ("leave_speed", np.float64),  # [m/s], negative if unrestricted
        ("distance", np.float64),  # [m], to the end of the lane before the link
        ("available_space", np.float64),  # [m], room behind the link
        ("waiting", np.float64),  # [s], of the vehicle when it registered
        ("link", np.int32),
        ("vehicle", np.int32),
        ("next", np.int32),  # next item that approaches the same link
        ("request", np.int8),  # wants to pass
        ("had_stopped", np.int8),
    ],
    align=True,
)
"""What a driver plans for one link ahead; it is also what the link knows of the approaching driver."""

LANE_STATE = np.dtype(
    [
        ("leaver_odometer", np.float64),  # [m], of the leaver when its front left
        ("density", np.float64),  # [m], brutto length of vehicles already handled by the lane changer
        ("first", np.int32),  # furthest downstream
        ("last", np.int32),  # furthest upstream
        ("count", np.int32),
        ("leaver", np.int32),  # vehicle whose front left the lane last; its back may still be on it
        ("candidate", np.int32),  # next vehicle for the lane changer
        ("first_blocked", np.int32),  # vehicle that could not get onto this lane
        ("last_blocked", np.int32),
        ("failed_insertion", np.int32),  # step in which an insertion failed last
        ("is_active", np.int32),  # in the list of active lanes
        ("before", np.int32),  # lanes before and after it there
        ("after", np.int32),
    ],
    align=True,
)

LINK_STATE = np.dtype([("state", np.int32), ("first_item", np.int32)], align=True)
"""Present state letter (ASCII) and first approaching item (row in the flat item array)."""

EDGE_STATE = np.dtype([("num_waiting", np.int32), ("changed", np.int32)], align=True)
"""Vehicles due but not inserted, and the step in which lanes were last changed [s]."""

TRIP = np.dtype(
    [
        ("inserted", np.float64),  # [s]
        ("arrived", np.float64),  # [s]
        ("time_loss", np.float64),  # [s]
        ("waiting_time", np.float64),  # [s]
        ("route_length", np.float64),  # [m]
        ("co2", np.float64),  # [mg]
        ("fuel", np.float64),  # [mg]
        ("stops", np.int32),
        ("is_waiting", np.int32),
        ("nox", np.float64),  # [mg]
        ("pmx", np.float64),  # [mg]
        ("electricity", np.float64),  # [mWh]
    ],
    align=True,
)

HALT = np.dtype(
    [
        ("distance", np.float64),  # [m], to where it must stop, as planned in this step; inf out of sight
        ("left", np.float64),  # [s], of the present stop
        ("free_speed", np.float64),  # [m/s], that its stops leave it: braking to them and starting again is no loss
        ("last_free_speed", np.float64),  # [m/s], of the last step
        ("next_stop", np.int32),  # row of the next or present stop, NONE after the last
        ("is_stopped", np.int32),  # at that stop
        ("next_at_place", np.int32),  # next vehicle stopped at the same stopping place
    ],
    align=True,
)
"""What a vehicle knows of its next stop; one row per vehicle where any vehicle has stops, else no row."""

PLACE_STATE = np.dtype([("first", np.int32)], align=True)
"""First vehicle stopped at a stopping place, of a linked list through ``Halt``."""

TRANSFER = np.dtype(
    [
        ("vehicle", np.int32),
        ("proceeds", np.int32),  # [s], when a teleport moves on to the next edge; NONE before the first try
        ("since", np.int32),  # [s], of the step in which it left the lane
    ],
    align=True,
)
"""A vehicle that is on its way but on no lane: parked or teleporting."""

SCAN = np.dtype(
    [
        ("speed", np.float64),  # [m/s], safe so far
        ("pass_speed", np.float64),  # [m/s], upper bound at the next link
        ("lane_speed", np.float64),  # [m/s], allowed on the lane looked at
        ("seen", np.float64),  # [m], to the end of the lane looked at
        ("seen_normal", np.float64),  # [m]
        ("seen_internal", np.float64),  # [m]
        ("min_speed", np.float64),  # [m/s], reachable with comfortable braking
        ("wait_speed", np.float64),  # [m/s]
        ("stop_decel", np.float64),  # [m/s^2]
        ("brake_gap", np.float64),  # [m]
        ("look_ahead", np.float64),  # [m]
        ("min_pass_speed", np.float64),  # [m/s], needed to get across a minor link
        ("min_pass_distance", np.float64),  # [m]
        ("lane", np.int64),
        ("option", np.int64),  # on the normal lane looked at or to come next
        ("route_index", np.int64),
        ("first_item", np.int64),  # row of the vehicle's first item
        ("num_items", np.int64),
        ("slowed_for_minor", np.int64),
        ("had_normal", np.int64),
        ("request", np.int64),
        ("can_brake_min", np.int64),
    ],
    align=True,
)
"""What a driver's look-ahead knows while it runs along the lanes; one row of scratch memory per world."""

CHANGE = np.dtype(
    [
        ("leader_gap", np.float64),  # [m]
        ("neighbour_leader_gap", np.float64),  # [m]
        ("neighbour_follower_gap", np.float64),  # [m]
        ("current_distance", np.float64),  # [m]
        ("neighbour_distance", np.float64),  # [m]
        ("look_ahead", np.float64),  # [m]
        ("lane_speed", np.float64),  # [m/s]
        ("neighbour_speed", np.float64),  # [m/s]
        ("speed_cap", np.float64),  # [m/s], kept for a slower vehicle on the left
        ("planned_speed", np.float64),  # [m/s]
        ("remaining_seconds", np.float64),  # [s]
        ("leader", np.int64),
        ("neighbour_leader", np.int64),
        ("neighbour_follower", np.int64),
        ("target", np.int64),  # lane
        ("own_option", np.int64),  # option of the route on the own lane
        ("direction", np.int64),  # -1 right, 1 left
        ("best_offset", np.int64),
        ("current_offset", np.int64),
        ("blocked", np.int64),
        ("num_following", np.int64),
        ("neighbour_leads_on", np.int64),
        ("overtakes_left", np.int64),  # wants to pass a slower vehicle on its left
        ("to_stop", np.float64),  # [m], which can always be driven: to the next stop; -inf where it is elsewhere
    ],
    align=True,
)
"""The situation of one lane change under consideration; one row of scratch memory per world."""

CLOCK = np.dtype(
    [
        ("time", np.int64),  # [s], of the step under way
        ("seed", np.uint64),
        ("updates", np.int64),  # vehicle-seconds simulated
        ("next_departure", np.int64),  # first vehicle not yet due
        ("num_running", np.int64),
        ("num_arrived", np.int64),
        ("num_waiting", np.int64),
        ("num_inserted", np.int64),
        ("free_slots", np.int64),
        ("parity", np.int64),  # which half of the items was registered last
        ("next_item", np.int64),  # row of the first free item in the half that is being planned
        ("items_full", np.int64),  # 1 where the present step waits for more room for items
        ("first_waiting", np.int64),
        ("last_waiting", np.int64),
        ("emergency_stops", np.int64),
        ("interval_stops", np.int64),
        ("interval_seconds", np.int64),  # [s]
        ("overlaps", np.int64),  # followers found inside their leader
        ("interval_delay", np.float64),  # [s]
        ("interval_co2", np.float64),  # [mg]
        ("speed_factor", np.float64),  # [-], of the fastest driver so far, at least 1
        ("decel", np.float64),  # [m/s^2], of the weakest brakes so far
        ("min_gap", np.float64),  # [m], largest of all who departed so far
        ("time_to_teleport", np.float64),  # [s], not above 0 is never
        ("num_transfers", np.int64),  # vehicles parked or teleporting
        ("num_teleports", np.int64),
        ("first_active", np.int64),  # lane whose vehicles are moved first
        ("last_active", np.int64),
    ],
    align=True,
)
"""One row per world."""


class Network(NamedTuple):
    """What never changes: network, routes, demand; shared by all worlds of a scenario."""

    lanes: RecordArray  # (num_lanes,) LANE
    edges: RecordArray  # (num_edges,) EDGE
    links: RecordArray  # (num_links,) LINK, sorted by from_lane
    conflicts: RecordArray  # (num_conflicts,) CONFLICT
    junctions: RecordArray  # (num_junctions,) JUNCTION
    routes: RecordArray  # (num_routes,) ROUTE
    route_edges: RecordArray  # (num_route_edges,) ROUTE_EDGE
    options: RecordArray  # (num_options,) OPTION
    types: RecordArray  # (num_types,) VEHICLE_TYPE
    demand: RecordArray  # (num_vehicles,) DEMAND
    foes: NDArray[np.int64]  # (num_foes,) links, one run per link
    upstream: RecordArray  # (num_upstream,) UPSTREAM, one run per lane
    lanes_by_id: NDArray[np.int32]  # (num_lanes,) lanes in the order of their ids, byte by byte
    responses: NDArray[np.uint8]  # (sum of num_requests squared,) 1 where row yields to column
    signal_links: NDArray[np.int64]  # (num_signal_links,) links under signals
    stops: RecordArray  # (num_stops,) STOP; empty where no vehicle stops on its way
    places: RecordArray  # (num_places,) PLACE
    watch_signals: RecordArray  # (num_signals,) WATCH_SIGNAL: this and what follows is the signal monitor's alone
    watch_places: RecordArray  # (num_watch_places,) WATCH_PLACE
    watch_pairs: RecordArray  # (num_watch_pairs,) WATCH_PAIR
    watch_rows: RecordArray  # (num_watch_rows,) WATCH_ROW
    watch_letters: NDArray[np.uint8]  # (num_watch_letters,) ASCII
    watch_links: RecordArray  # (num_watch_links,) WATCH_LINK
    watch_index: NDArray[np.int32]  # (num_watch_links,) the link itself; apart, as it is read every second


class World(NamedTuple):
    """What changes: the state of one simulation, or of a batch of them with one more leading axis."""

    clock: RecordArray  # (1,) CLOCK
    vehicles: RecordArray  # (num_vehicles,) VEHICLE
    trips: RecordArray  # (num_vehicles,) TRIP
    items: RecordArray  # (2 * room,) ITEM, the even steps' half first; the room grows when it is needed
    advices: NDArray[np.float64]  # (num_slots, MAX_ADVICES) [m/s^2]
    slots: NDArray[np.int32]  # (num_slots,) stack of free slots
    running: NDArray[np.int32]  # (num_slots,) running vehicles
    waiting: NDArray[np.int32]  # (num_vehicles,) next vehicle in the queue of those due
    lanes: RecordArray  # (num_lanes,) LANE_STATE
    newcomers: NDArray[np.int32]  # (num_lanes,) vehicles that came onto a lane in the moves of this second
    brutto_lengths: NDArray[np.float64]  # (num_lanes,) sum of length plus minimum gap of the vehicles on a lane [m]
    brutto_before: NDArray[np.float64]  # (num_lanes,) the same before anybody moved in this second [m]
    taken_behind: NDArray[np.float64]  # (num_slots, widest way over a junction) as ``prospects`` notes it [m]
    links: RecordArray  # (num_links,) LINK_STATE
    edges: RecordArray  # (num_edges,) EDGE_STATE
    scan: RecordArray  # (1,) SCAN
    change: RecordArray  # (1,) CHANGE
    lane_sums: NDArray[np.float64]  # (num_normal_lanes, LANE_SUMS)
    halts: RecordArray  # (num_vehicles,) HALT; empty where no vehicle stops on its way
    places: RecordArray  # (num_places,) PLACE_STATE
    transfers: RecordArray  # (num_slots,) TRANSFER, by vehicle; empty where none can be
    sights: NDArray[np.int32]  # (num_vehicles, 2 + 2 num_shares) as ``sights`` lays it out
    opinions: NDArray[np.float64]  # (num_vehicles, NUM_OPINIONS) [mg], CO2 by further models; empty where none is asked
    watch_log: RecordArray  # (1,) WATCH_LOG: this and what follows is the signal monitor's alone
    watch_states: RecordArray  # (num_signals,) WATCH_STATE
    watch_lamps: RecordArray  # (num_watch_places,) LAMP
    watch_seen: NDArray[np.int32]  # (num_watch_links,) ASCII, what each link showed in the second before
    watch_changed: NDArray[np.int32]  # (num_watch_places,) rows of the lamps that have just changed
