"""Lane area detectors (SUMO's E2), kept from the moves of every second.

Each figure is defined as SUMO defines it: https://sumo.dlr.de/docs/Simulation/Output/Lanearea_Detectors_%28E2%29.html.
A vehicle counts while any part of it is on the area. A jam is a row of vehicles that all have stood for longer than
``timeThreshold``, without one between them that has not; SUMO reads ``jamThreshold`` but divides no jam by it, and
neither does this (measured with SUMO 1.28.0).
"""

from __future__ import annotations

from trafficai.core._compile import entry, kernel
from trafficai.core.area_records import Areas
from trafficai.core.records import NONE, RecordArray
from trafficai.core.signal_records import Record
from trafficai.core.trails import BY_JUNCTION, STAYS, Moves


@kernel
def find_contact(book: Areas, area: int, vehicle: int) -> int:
    """Return the row of a vehicle's contact with an area, NONE where there is none."""
    state = book.areas[area]
    for k in range(state.first, state.first + state.used):
        if book.contacts[k].vehicle == vehicle:
            return k
    return NONE


@kernel
def new_contact(book: Areas, move: Record, piece: int) -> int:
    """Add a contact of a vehicle that came onto a lane of an area; NONE where there is no room."""
    state = book.areas[book.by_lane[piece]]
    if state.used == state.room:
        return NONE
    k = state.first + state.used
    state.used += 1
    contact = book.contacts[k]
    contact.vehicle, contact.place = move.vehicle, book.places[piece]
    contact.from_, contact.to = max(0.0, book.offsets[piece]), state.length
    contact.halt = contact.interval_halt = contact.on_it = contact.speed = contact.seconds = contact.loss = 0.0
    contact.has_entered = contact.is_told = contact.is_over = 0
    contact.position = move.new + book.offsets[piece]
    return int(k)


@kernel
def sweep(book: Areas, area: int, k: int, move: Record, offset: float) -> None:
    """Book how a vehicle moved with respect to an area; ``offset`` [m] is where its lane begins on it."""
    state, contact = book.areas[area], book.contacts[k]
    old, new = move.old + offset, move.new + offset
    contact.position, contact.speed = new, move.speed
    if new <= 0.0 or contact.is_over == 1:
        return
    if contact.has_entered == 0:
        contact.has_entered = 1
        state.entered += 1
        state.seen += 1
    if contact.to > old - move.length:
        contact.is_told = 1
        reach = max(min(move.length, new), 0.0)
        contact.on_it = max(0.0, reach + min(0.0, contact.to - new))
        measure_time(contact, move, old, new)
    if contact.to <= new - move.length:
        contact.is_over = 1
        state.left += 1


@kernel
def measure_time(contact: Record, move: Record, old: float, new: float) -> None:
    """Set how long of the second a vehicle was on the area, and what it lost there; one that stands loses it all."""
    contact.seconds = contact.loss = 1.0
    if new > old:
        begin = max(0.0, contact.from_ - old) / move.speed
        end = min(1.0, max(0.0, contact.to + move.length - old) / move.speed)
        contact.seconds = max(0.0, end - begin)
        contact.loss = max(0.0, contact.seconds * (move.limit - move.speed) / move.limit)


@kernel
def goes_on(book: Areas, moves: Moves, i: int, num: int, area: int) -> bool:
    """Return whether the vehicle of a move drove on to a lane of the same area within the second."""
    if moves.rows[i].leaves != BY_JUNCTION or i + 1 == num or moves.rows[i + 1].vehicle != moves.rows[i].vehicle:
        return False
    lane = moves.rows[i + 1].lane
    found = False
    for piece in range(book.first[lane], book.first[lane + 1]):
        found = found or book.by_lane[piece] == area
    return found


@kernel
def book_area(book: Areas, moves: Moves, i: int, num: int, piece: int) -> bool:
    """Book what one of ``num`` moves does to an area that its lane belongs to; False where there is no room."""
    move = moves.rows[i]
    area = book.by_lane[piece]
    state, k = book.areas[area], find_contact(book, area, move.vehicle)
    if k == NONE:
        is_behind = move.new - move.length >= book.ends[piece] - book.offsets[piece]
        if move.enters == STAYS or (move.moves == 0 and is_behind):
            return True
        k = new_contact(book, move, piece)
        if k == NONE:
            return False
    contact = book.contacts[k]
    contact.place = max(contact.place, book.places[piece])
    if contact.place > book.places[piece] or goes_on(book, moves, i, num, area):
        return True
    if move.leaves == BY_JUNCTION:
        contact.to = min(contact.to, book.ends[piece])
    if move.moves == 1:
        sweep(book, area, k, move, book.offsets[piece])
    if move.ends != STAYS and contact.is_over == 0:
        contact.is_over = 1
        state.left += contact.has_entered
    return True


@kernel
def sort_contacts(book: Areas, area: int) -> None:
    """Sort the contacts of an area from its end upstream (insertion sort: they are nearly sorted)."""
    state = book.areas[area]
    for i in range(state.first + 1, state.first + state.used):
        for k in range(i, state.first, -1):
            if book.contacts[k].position <= book.contacts[k - 1].position:
                break
            swap(book.contacts, k, k - 1)


@kernel
def swap(contacts: RecordArray, i: int, k: int) -> None:
    """Exchange two contacts."""
    one, two = contacts[i], contacts[k]
    one.vehicle, two.vehicle = two.vehicle, one.vehicle
    one.position, two.position = two.position, one.position
    one.from_, two.from_ = two.from_, one.from_
    one.to, two.to = two.to, one.to
    one.on_it, two.on_it = two.on_it, one.on_it
    one.speed, two.speed = two.speed, one.speed
    one.halt, two.halt = two.halt, one.halt
    one.interval_halt, two.interval_halt = two.interval_halt, one.interval_halt
    one.seconds, two.seconds = two.seconds, one.seconds
    one.loss, two.loss = two.loss, one.loss
    one.place, two.place = two.place, one.place
    one.has_entered, two.has_entered = two.has_entered, one.has_entered
    one.is_told, two.is_told = two.is_told, one.is_told
    one.is_over, two.is_over = two.is_over, one.is_over


@kernel
def end_halt(state: Record, contact: Record) -> None:
    """Keep how long a halt was that is over."""
    if contact.halt > 0.0:
        state.halts += 1
        state.halt_sum += contact.halt
        state.halt_max = max(state.halt_max, contact.halt)
        state.interval_halt_sum += contact.interval_halt
        state.interval_halt_max = max(state.interval_halt_max, contact.interval_halt)
    contact.halt = contact.interval_halt = 0.0


@kernel
def add_halt(state: Record, contact: Record) -> bool:
    """Count a second in which a vehicle stands or drives; return whether it has stood long enough for a jam."""
    if contact.speed >= state.speed_threshold:
        end_halt(state, contact)
        return False
    state.halted_now += 1
    state.started += contact.halt == 0.0
    contact.halt += 1.0
    contact.interval_halt += 1.0
    return bool(contact.halt > state.time_threshold)


@kernel
def end_jam(state: Record, metres: float, vehicles: int, longest: tuple[float, int]) -> tuple[float, int]:
    """Count a jam, and return the longer of it and the longest so far [m] [vehicles], each for itself."""
    state.all_jam_metres += metres
    state.all_jam_vehicles += vehicles
    return max(longest[0], metres), max(longest[1], vehicles)


@kernel
def find_jams(book: Areas, area: int) -> None:
    """Find the rows of standing vehicles, from the area's end upstream."""
    state = book.areas[area]
    longest, metres, vehicles, head = (0.0, 0), 0.0, 0, 0.0
    for k in range(state.first, state.first + state.used):
        contact = book.contacts[k]
        if contact.is_told == 0:
            continue
        distance = max(0.0, state.length - contact.position)
        if add_halt(state, contact):
            head = distance if vehicles == 0 else head
            metres, vehicles = distance - head + contact.on_it, vehicles + 1
        elif vehicles > 0:
            longest = end_jam(state, metres, vehicles, longest)
            vehicles = 0
    if vehicles > 0:
        longest = end_jam(state, metres, vehicles, longest)
    state.jam_now = longest[0]
    state.jam_metres += longest[0]
    state.jam_vehicles += longest[1]
    state.max_jam_metres = max(state.max_jam_metres, longest[0])
    state.max_jam_vehicles = max(state.max_jam_vehicles, longest[1])


@kernel
def add_second(book: Areas, area: int) -> None:
    """Add up what the vehicles on an area did in the last second."""
    state, metres, told = book.areas[area], 0.0, 0
    state.count_now = state.halted_now = 0
    for k in range(state.first, state.first + state.used):
        contact = book.contacts[k]
        if contact.is_told == 0:
            end_halt_unseen(contact)
            continue
        told += 1
        metres += contact.on_it
        state.samples += contact.seconds
        state.speed_sum += contact.speed * contact.seconds
        state.loss += contact.loss
        state.count_now += contact.is_over == 0
    occupancy = metres / state.length
    state.occupancy_now = min(occupancy, 1.0)
    state.occupancy_sum += 100.0 * occupancy
    state.max_occupancy = max(state.max_occupancy, 100.0 * occupancy)
    state.vehicles += told
    state.max_vehicles = max(state.max_vehicles, told)


@kernel
def end_halt_unseen(contact: Record) -> None:
    """Forget a halt before the area."""
    contact.halt = contact.interval_halt = 0.0


@kernel
def forget_left(book: Areas, area: int) -> None:
    """Drop the contacts of vehicles that left, keeping the others in order."""
    state, kept = book.areas[area], book.areas[area].first
    for k in range(state.first, state.first + state.used):
        contact = book.contacts[k]
        contact.is_told = 0
        if contact.is_over == 0:
            if k != kept:
                swap(book.contacts, k, kept)
            kept += 1
    state.used = kept - state.first


@kernel
def close_halts(book: Areas, area: int) -> tuple[float, float, float, float, int]:
    """Return sum and maximum of halts since they began and in the interval [s], and their number."""
    state = book.areas[area]
    total, most, within, most_within = state.halt_sum, state.halt_max, state.interval_halt_sum, state.interval_halt_max
    halts = state.halts
    for k in range(state.first, state.first + state.used):
        contact = book.contacts[k]
        if contact.halt > 0.0:
            halts += 1
            total, most = total + contact.halt, max(most, contact.halt)
            within, most_within = within + contact.interval_halt, max(most_within, contact.interval_halt)
        contact.interval_halt = 0.0
    return total, most, within, most_within, halts


@kernel
def write_halts(book: Areas, area: int, result: Record) -> None:
    """Write what a result says of halts."""
    total, most, within, most_within, halts = close_halts(book, area)
    result.haltingDurationSum, result.maxHaltingDuration = total, most
    result.intervalHaltingDurationSum, result.maxIntervalHaltingDuration = within, most_within
    result.meanHaltingDuration = total / halts if halts > 0 else 0.0
    result.meanIntervalHaltingDuration = within / halts if halts > 0 else 0.0
    result.startedHalts = book.areas[area].started


@kernel
def write_result(book: Areas, area: int, now: int) -> None:
    """Write the result of an interval."""
    state, result = book.areas[area], book.results[book.areas[area].row]
    seconds = now - state.begin
    result.begin, result.end, result.sampledSeconds = state.begin, now, state.samples
    result.nVehEntered, result.nVehLeft, result.nVehSeen = state.entered, state.left, state.seen
    result.meanSpeed = state.speed_sum / state.samples if state.samples > 0.0 else -1.0
    result.meanTimeLoss = state.loss / state.seen if state.seen > 0 else -1.0
    result.meanOccupancy, result.maxOccupancy = state.occupancy_sum / seconds, state.max_occupancy
    result.meanMaxJamLengthInVehicles = state.jam_vehicles / seconds
    result.meanMaxJamLengthInMeters = state.jam_metres / seconds
    result.maxJamLengthInVehicles, result.maxJamLengthInMeters = state.max_jam_vehicles, state.max_jam_metres
    result.jamLengthInVehiclesSum, result.jamLengthInMetersSum = state.all_jam_vehicles, state.all_jam_metres
    result.meanVehicleNumber, result.maxVehicleNumber = state.vehicles / seconds, state.max_vehicles
    write_halts(book, area, result)


@kernel
def begin_interval(book: Areas, area: int, now: int) -> None:
    """Forget the sums of the interval before."""
    state = book.areas[area]
    state.row += 1
    state.begin, state.due = now, now + state.period
    state.samples = state.speed_sum = state.loss = state.occupancy_sum = state.max_occupancy = 0.0
    state.jam_metres = state.max_jam_metres = state.all_jam_metres = 0.0
    state.halt_sum = state.halt_max = state.interval_halt_sum = state.interval_halt_max = 0.0
    state.jam_vehicles = state.max_jam_vehicles = state.all_jam_vehicles = 0
    state.halts = state.started = state.entered = state.left = state.vehicles = state.max_vehicles = 0
    state.seen = 0
    for k in range(state.first, state.first + state.used):
        state.seen += book.contacts[k].has_entered


@kernel
def book_at_areas(book: Areas, moves: Moves, i: int, num: int) -> bool:
    """Book one of ``num`` moves at the areas that its lane belongs to; False where there is no room."""
    lane, has_room = moves.rows[i].lane, True
    for piece in range(book.first[lane], book.first[lane + 1]):
        has_room = book_area(book, moves, i, num, piece) and has_room
    return has_room


@kernel
def show_nobody(state: Record) -> None:
    """Show an area as empty: nobody is on its lanes."""
    state.count_now = state.halted_now = 0
    state.occupancy_now = state.jam_now = 0.0


@kernel
def end_areas(book: Areas, now: int, end: int) -> None:
    """Count what stands on the areas when the second ends at ``now`` [s], and close the intervals that end with it."""
    for area in range(len(book.areas)):
        if book.areas[area].used > 0:
            sort_contacts(book, area)
            add_second(book, area)
            find_jams(book, area)
            forget_left(book, area)
        else:
            show_nobody(book.areas[area])
        if now in (book.areas[area].due, end):
            write_result(book, area, now)
            begin_interval(book, area, now)


@entry
def book_areas(book: Areas, moves: Moves, now: int, end: int) -> bool:
    """Book the second that ends at ``now`` [s], and the intervals that end with it; False where there is no room."""
    has_room, num = True, len(moves.rows)
    for i in range(num):
        has_room = book_at_areas(book, moves, i, num) and has_room
    end_areas(book, now, end)
    return has_room
