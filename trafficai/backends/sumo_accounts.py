"""Books kept over what SUMO shows: per-lane and total time loss, CO2, stops and backlog, second by second.

Kernels, because NumPy calls for every second would cost about a quarter of SUMO's own time. CO2 comes from the one
emission function, ``trafficai.core.emissions``; waiting, stops and delay are defined as in SUMO's tripinfo.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends._sumo_child import Message
from trafficai.backends.emission_classes import emission_coefficients
from trafficai.backends.layouts import cell_table, lanes_before_signals, num_shares, transit_types
from trafficai.backends.leaps import leap_table
from trafficai.backends.sighting import Sighting
from trafficai.core._compile import entry, kernel
from trafficai.core.emissions import IS_ELECTRIC, electricity_rate, exhaust
from trafficai.core.second_opinions import NUM_OPINIONS, second_opinions
from trafficai.core.sights import new_sights, own_wait
from trafficai.core.signals import RecordArray
from trafficai.datatypes.snapshot import CELL_M, DETECTION_RANGE_M, HALTING_SPEED_M_S, NEAR_RANGE_M, NO_TRANSIT_M
from trafficai.scenario.model import Scenario

SCHEDULED, RUNNING, ARRIVED = range(3)

TRACK = np.dtype(
    [
        ("depart", np.float64),  # [s], scheduled
        ("speed", np.float64),  # [m/s], when last seen
        ("time_loss", np.float64),  # [s], when last seen
        ("waiting", np.float64),  # [s], present uninterrupted wait
        ("co2", np.float64),  # [mg], while seen; the second of arrival is missing, since SUMO removes the vehicle in it
        ("last_time_loss", np.float64),  # [s], in the last second seen
        ("last_co2", np.float64),  # [mg], in the last second seen
        ("emission", np.int32),  # row of the coefficients
        ("status", np.int32),  # SCHEDULED, RUNNING or ARRIVED
        ("seen", np.int64),  # [s], end of the second it was last seen in
        ("lane", np.int32),  # row in the network's lanes, when last seen
        ("nox", np.float64),  # [mg], as ``co2``; so are the following
        ("pmx", np.float64),  # [mg]
        ("electricity", np.float64),  # [mWh]
        ("length", np.float64),  # [m]
        ("max_speed", np.float64),  # [m/s]
        ("factor", np.float64),  # [-], of the driver
        ("transit", np.int32),  # 1 for buses and trams that are told apart
    ],
    align=True,
)
"""One row per vehicle of the scenario."""

LANE = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("speed", np.float64),  # [m/s], limit
        ("normal", np.int32),  # row in a Snapshot or -1
        ("edge", np.int32),  # row in the network's edges
        ("first_cell", np.int32),  # row in a Snapshot
        ("num_cells", np.int32),
        ("first", np.int32),  # first lane of its edge
        ("num_lanes", np.int32),  # of its edge
        ("leads_to_signal", np.int32),
        ("first_leap", np.int32),  # row of LEAP
        ("end_leap", np.int32),
    ],
    align=True,
)
"""One row per lane of the network."""

CELL = np.dtype([("speed_sum", np.float64), ("count", np.int32)], align=True)
"""One row per cell of a Snapshot: sum of speeds [m/s], vehicles."""

LANE_BOOK = np.dtype(
    [
        ("time_loss", np.float64),  # [s], in the interval
        ("co2", np.float64),  # [mg], in the interval
        ("speed_sum", np.float64),  # [m/s], now; so are the following
        ("waiting", np.float64),  # [s]
        ("longest_wait", np.float64),  # [s]
        ("seen_speed_sum", np.float64),  # [m/s], of those within the detection range
        ("seen_waiting", np.float64),  # [s], of those
        ("length_sum", np.float64),  # [m]
        ("relative_speed_sum", np.float64),  # [-], each over the driver's own limit
        ("own_waiting", np.float64),  # [s], waits shared out to the lane
        ("count", np.int32),
        ("near", np.int32),
        ("queue", np.int32),
        ("seen", np.int32),
        ("seen_queue", np.int32),
        ("stops", np.int32),  # in the interval; so is the following
        ("left", np.int32),
    ],
    align=True,
)
"""One row per lane of a Snapshot."""

TOTAL_BOOK = np.dtype(
    [
        ("delay", np.float64),  # [s], in the interval
        ("co2", np.float64),  # [mg], in the interval
        ("stops", np.int64),  # in the interval
        ("inserted", np.int64),  # in the run; so are the following
        ("arrived", np.int64),
        ("vehicle_updates", np.int64),
    ],
    align=True,
)


class Accounts(NamedTuple):
    """The books of one run."""

    tracks: RecordArray  # (num_vehicles,) TRACK
    lanes: RecordArray  # (num_lanes of the network,) LANE
    leaps: RecordArray  # (num_leaps,) LEAP, lane by lane
    coefficients: NDArray[np.float64]  # (num_vehicle_types, 44)
    lane_books: RecordArray  # (num_lanes of a Snapshot,) LANE_BOOK
    totals: RecordArray  # (1,) TOTAL_BOOK
    cells: RecordArray  # (num_cells,) CELL
    transit: NDArray[np.float64]  # (num_transit,) [m], as in a Snapshot
    sights: NDArray[np.int32]  # (num_vehicles, 2 + 2 num_shares) as ``core.sights`` lays it out
    opinions: NDArray[np.float64]  # (num_vehicles, NUM_OPINIONS) [mg], as TRACK's ``co2``; empty where none is asked


class Seconds(NamedTuple):
    """What the child recorded of a stretch of seconds, as ``_sumo_child.Recording`` lays it out."""

    vehicle: NDArray[np.int32]  # (num_rows,) row in the tracks
    lane: NDArray[np.int32]  # (num_rows,) row in the network's lanes
    position: NDArray[np.float64]  # (num_rows,) [m]
    speed: NDArray[np.float64]  # (num_rows,) [m/s]
    time_loss: NDArray[np.float64]  # (num_rows,) [s], since insertion
    is_stopped: NDArray[np.int8]  # (num_rows,) at a planned stop, where standing is no waiting
    waited: NDArray[np.float64]  # (num_rows,) [s], all waits within SUMO's memory; in the last second only
    departed: NDArray[np.int32]  # (num_departures,)
    factors: NDArray[np.float64]  # (num_departures,) [-], speed factor of each driver
    arrived: NDArray[np.int32]  # (num_arrivals,)
    rows: NDArray[np.int32]  # (num_seconds,) end of each second's rows
    departures: NDArray[np.int32]  # (num_seconds,) end of each second's departures
    arrivals: NDArray[np.int32]  # (num_seconds,) end of each second's arrivals


def seconds_of(message: Message) -> Seconds:
    """Return the child's recording from its answer."""
    return Seconds(**message.arrays)


def sighting_of(seconds: Seconds, second: int, factors: NDArray[np.float64], colours: NDArray[np.uint8]) -> Sighting:
    """Return one second of a recording; ``factors`` (num_vehicles,) [-] are the drivers' speed factors."""
    rows = slice(seconds.rows[second - 1] if second else 0, seconds.rows[second])
    arrivals = slice(seconds.arrivals[second - 1] if second else 0, seconds.arrivals[second])
    return Sighting(
        vehicles=seconds.vehicle[rows],
        lanes=seconds.lane[rows],
        positions=seconds.position[rows],
        speeds=seconds.speed[rows],
        factors=factors[seconds.vehicle[rows]],
        arrived=seconds.arrived[arrivals],
        colours=colours,
    )


def _emission_table(scenario: Scenario) -> NDArray[np.float64]:
    """Return the emission coefficients per vehicle type, (num_vehicle_types, 44)."""
    return np.array([emission_coefficients(kind.emission_class)[0] for kind in scenario.vehicle_types])


def _lane_table(scenario: Scenario, first_cells: NDArray[np.int64], leaps: NDArray[np.int64]) -> RecordArray:
    """Return one LANE row per lane."""
    network, before = scenario.network, lanes_before_signals(scenario)
    rows: list[tuple[float, ...]] = []
    for row, edge in enumerate(network.edges):
        of_edge = (len(rows), len(edge.lanes))
        for lane in edge.lanes:
            normal = network.normal_lane_index.get(lane.id, -1)
            cells = first_cells[normal].tolist() if normal >= 0 else (0, 0)
            leads_to_signal = (edge.id, lane.index) in before
            own_leaps = leaps[len(rows) : len(rows) + 2]
            rows.append((lane.length, lane.speed, normal, row, *cells, *of_edge, leads_to_signal, *own_leaps))
    return np.array(rows, dtype=LANE).view(np.recarray)


def new_accounts(scenario: Scenario, *, cells: bool = False, opinions: bool = False, transit: bool = False) -> Accounts:
    """Return empty books: every vehicle scheduled; with cells, CO2 by further models, and transit where asked for."""
    network = scenario.network
    tracks = np.zeros(len(scenario.vehicles), dtype=TRACK).view(np.recarray)
    tracks.depart = [vehicle.depart for vehicle in scenario.vehicles]
    tracks.seen = -2  # in no second before the first
    tracks.emission = [vehicle.type for vehicle in scenario.vehicles]
    kinds = [scenario.vehicle_types[vehicle.type] for vehicle in scenario.vehicles]
    tracks.length, tracks.max_speed = [kind.length for kind in kinds], [kind.max_speed for kind in kinds]
    tracks.transit = transit_types(scenario, transit=transit)[[vehicle.type for vehicle in scenario.vehicles]]
    table = cell_table(scenario, cells=cells)
    leaps, bounds = leap_table(network)
    return Accounts(
        tracks=tracks,
        lanes=_lane_table(scenario, table, bounds),
        leaps=leaps,
        coefficients=_emission_table(scenario),
        lane_books=np.zeros(len(network.normal_lanes), dtype=LANE_BOOK).view(np.recarray),
        totals=np.zeros(1, dtype=TOTAL_BOOK).view(np.recarray),
        cells=np.zeros(table[:, 1].sum(), dtype=CELL).view(np.recarray),
        transit=np.full(len(network.normal_lanes) if transit else 0, NO_TRANSIT_M),
        sights=new_sights(len(tracks), num_shares(scenario)),
        opinions=np.zeros((len(tracks) if opinions else 0, NUM_OPINIONS)),
    )


def begin_interval(accounts: Accounts) -> None:
    """Set what is summed over an interval to zero."""
    for name in ("time_loss", "co2", "stops", "left"):
        accounts.lane_books[name] = 0.0
    for name in ("delay", "co2", "stops"):
        accounts.totals[name] = 0


@kernel
def charge(accounts: Accounts, lane: int, time_loss: float, co2: float) -> None:
    """Book a vehicle's time loss [s] and CO2 [mg] of one second on its lane and in total."""
    accounts.totals[0].delay += time_loss
    accounts.totals[0].co2 += co2
    normal = accounts.lanes[lane].normal
    if normal >= 0:
        accounts.lane_books[normal].time_loss += time_loss
        accounts.lane_books[normal].co2 += co2


@kernel
def book_stop(accounts: Accounts, lane: int) -> None:
    """Book that a vehicle came to a stop, on its lane and in total."""
    accounts.totals[0].stops += 1
    normal = accounts.lanes[lane].normal
    if normal >= 0:
        accounts.lane_books[normal].stops += 1


@kernel
def book_emissions(accounts: Accounts, v: int, speed: float, acceleration: float) -> float:
    """Book what a vehicle emitted and used in one second; return its CO2 [mg]."""
    track = accounts.tracks[v]
    co2, nox, pmx = exhaust(speed, acceleration, accounts.coefficients, track.emission)
    track.co2 += co2
    track.nox += nox
    track.pmx += pmx
    if accounts.coefficients[track.emission, IS_ELECTRIC] != 0.0:
        track.electricity += electricity_rate(speed, acceleration, accounts.coefficients, track.emission)
    if len(accounts.opinions) > 0:
        hbefa3, vt_micro = second_opinions(speed, acceleration, accounts.coefficients, track.emission, co2)
        accounts.opinions[v, 0] += hbefa3
        accounts.opinions[v, 1] += vt_micro
    return co2


@kernel
def book_moved(accounts: Accounts, seconds: Seconds, row: int) -> None:
    """Book one second of a vehicle that was on the road at its begin and at its end."""
    track, speed = accounts.tracks[seconds.vehicle[row]], seconds.speed[row]
    co2 = book_emissions(accounts, seconds.vehicle[row], speed, speed - track.speed)
    time_loss = seconds.time_loss[row] - track.time_loss
    track.last_co2, track.last_time_loss = co2, time_loss
    charge(accounts, seconds.lane[row], time_loss, co2)
    accounts.totals[0].vehicle_updates += 1
    if speed > HALTING_SPEED_M_S or seconds.is_stopped[row]:
        track.waiting = 0.0
    else:
        if track.waiting == 0.0:
            book_stop(accounts, seconds.lane[row])
        track.waiting += 1.0


@kernel
def book_crossing(accounts: Accounts, before: int, after: int) -> None:
    """Book that a vehicle drove over the end of its lane of the second before, where it is on another edge now.

    It also drove over the ends of short lanes in between, on which SUMO did not show it.
    """
    lane = accounts.lanes[before]
    if lane.edge == accounts.lanes[after].edge:
        return
    if lane.normal >= 0:
        accounts.lane_books[lane.normal].left += 1
    for i in range(lane.first_leap, lane.end_leap):
        if accounts.leaps[i].target == after:
            accounts.lane_books[accounts.leaps[i].passed].left += 1


@kernel
def book_row(accounts: Accounts, seconds: Seconds, row: int, now: int) -> None:
    """Book one vehicle in one second; a vehicle just inserted, or back from a teleport, has not moved yet."""
    track = accounts.tracks[seconds.vehicle[row]]
    if track.seen == now - 1:
        book_moved(accounts, seconds, row)
        book_crossing(accounts, track.lane, seconds.lane[row])
    track.seen = now
    track.lane = seconds.lane[row]
    track.speed = seconds.speed[row]
    track.time_loss = seconds.time_loss[row]


@kernel
def book_arrival(accounts: Accounts, vehicle: int) -> None:
    """Book the last second of a vehicle, whose end SUMO does not show, in the totals: as the second before."""
    track = accounts.tracks[vehicle]
    track.status = ARRIVED
    accounts.totals[0].arrived += 1
    accounts.totals[0].vehicle_updates += 1
    accounts.totals[0].co2 += track.last_co2
    accounts.totals[0].delay += track.last_time_loss


@kernel
def book_backlog(accounts: Accounts, now: int) -> None:
    """Book the second that every vehicle due but not yet inserted has waited, or the part of it since it was due."""
    for vehicle in range(len(accounts.tracks)):
        track = accounts.tracks[vehicle]
        if track.depart >= now:
            break
        if track.status == SCHEDULED:
            accounts.totals[0].delay += min(1.0, now - track.depart)


@kernel
def book_second(accounts: Accounts, seconds: Seconds, second: int, now: int) -> None:
    """Book the second that ends at ``now`` [s]."""
    before = max(second - 1, 0)
    for i in range(seconds.departures[before] if second else 0, seconds.departures[second]):
        accounts.tracks[seconds.departed[i]].status = RUNNING
        accounts.tracks[seconds.departed[i]].factor = seconds.factors[i]
        accounts.totals[0].inserted += 1
    for row in range(seconds.rows[before] if second else 0, seconds.rows[second]):
        book_row(accounts, seconds, row, now)
    for i in range(seconds.arrivals[before] if second else 0, seconds.arrivals[second]):
        book_arrival(accounts, seconds.arrived[i])
    book_backlog(accounts, now)


@kernel
def count_vehicle(accounts: Accounts, seconds: Seconds, row: int) -> None:
    """Count a vehicle on its lane as it stands now."""
    lane, speed = accounts.lanes[seconds.lane[row]], seconds.speed[row]
    if lane.normal < 0:
        return
    book, track = accounts.lane_books[lane.normal], accounts.tracks[seconds.vehicle[row]]
    waiting = track.waiting
    distance = lane.length - seconds.position[row]
    book.count += 1
    book.near += distance <= NEAR_RANGE_M
    book.queue += speed <= HALTING_SPEED_M_S
    book.speed_sum += speed
    book.waiting += waiting
    book.longest_wait = max(book.longest_wait, waiting)
    book.length_sum += track.length
    book.relative_speed_sum += speed / min(track.max_speed, lane.speed * track.factor)
    if lane.leads_to_signal:
        v, waited = seconds.vehicle[row], seconds.waited[row]
        book.own_waiting += own_wait(accounts.sights, v, seconds.lane[row], lane.first, lane.num_lanes, waited)
    if distance <= DETECTION_RANGE_M:
        book.seen += 1
        book.seen_queue += speed <= HALTING_SPEED_M_S
        book.seen_speed_sum += speed
        book.seen_waiting += waiting
    cell = int(distance / CELL_M)
    if cell < lane.num_cells:
        accounts.cells[lane.first_cell + cell].count += 1
        accounts.cells[lane.first_cell + cell].speed_sum += speed
    if track.transit:
        accounts.transit[lane.normal] = min(accounts.transit[lane.normal], distance)


@entry
def count_lanes(accounts: Accounts, seconds: Seconds) -> None:
    """Count the vehicles on every lane at the end of the recording, where decisions see them."""
    for i in range(len(accounts.lane_books)):
        book = accounts.lane_books[i]
        book.count, book.near, book.queue, book.speed_sum, book.waiting = 0, 0, 0, 0.0, 0.0
        book.seen, book.seen_queue, book.seen_speed_sum, book.seen_waiting = 0, 0, 0.0, 0.0
        book.longest_wait = book.length_sum = book.relative_speed_sum = book.own_waiting = 0.0
    for i in range(len(accounts.cells)):
        accounts.cells[i].count, accounts.cells[i].speed_sum = 0, 0.0
    for i in range(len(accounts.transit)):
        accounts.transit[i] = NO_TRANSIT_M
    num_seconds = len(seconds.rows)
    for row in range(seconds.rows[num_seconds - 2] if num_seconds > 1 else 0, len(seconds.vehicle)):
        count_vehicle(accounts, seconds, row)


@entry
def book_seconds(accounts: Accounts, seconds: Seconds, begin: int) -> None:
    """Book a recording that begins at ``begin`` [s]."""
    for second in range(len(seconds.rows)):
        book_second(accounts, seconds, second, begin + second + 1)
