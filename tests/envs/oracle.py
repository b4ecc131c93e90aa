"""Slow, obvious twins of the features and reward terms: plain loops over one snapshot."""

from __future__ import annotations


def clip(value, low=0.0, high=1.0):
    return min(max(value, low), high)


def room(view, rows, at_most=200.0):
    return max(sum(max(min(view.lane(row).length, at_most) / 7.5, 1.0) for row in rows), 1.0)


def queue(now, view):
    return [clip(now.lane_queue[row] / room(view, [row])) for row in view.incoming]


def approaching(now, view):
    return [clip((now.lane_count[row] - now.lane_queue[row]) / room(view, [row])) for row in view.incoming]


def near(now, view):
    return [clip(now.lane_near[row] / room(view, [row], 50.0)) for row in view.incoming]


def waiting(now, view):
    return [
        clip(now.lane_waiting[row] / now.lane_queue[row] / 120.0) if now.lane_queue[row] else 0.0
        for row in view.incoming
    ]


def longest_wait(now, view):
    return [clip(now.lane_longest_wait[row] / 120.0) for row in view.incoming]


def speed(now, view):
    return [
        clip(now.lane_speed_sum[row] / now.lane_count[row] / view.lane(row).speed) if now.lane_count[row] else 1.0
        for row in view.incoming
    ]


def departures(now, view):
    return [clip(now.lane_left_in_interval[row] / (0.5 * view.seconds)) for row in view.incoming]


def downstream(now, view):
    return [clip(now.lane_count[row] / room(view, [row])) for row in view.outgoing]


def phase(now, view):
    return [float(now.signal_phase[i] == number) for i, number in view.phases]


def elapsed(now, view):
    return [clip(now.signal_elapsed[i] / 60.0) for i in view.signals]


def clearing(now, view):
    return [float(now.signal_elapsed[i] <= 0.0) for i in view.signals]


def pressure(now, view):
    values = []
    for movement in view.movements:
        before = sum(now.lane_queue[row] for row in movement.sources) / room(view, movement.sources)
        behind = sum(now.lane_queue[row] for row in movement.targets) / room(view, movement.targets)
        values.append(clip(before - behind, -1.0))
    return values


def movements(now, view):
    values = []
    for movement in view.movements:
        halted = sum(now.lane_queue[row] for row in movement.sources)
        there = sum(now.lane_count[row] for row in movement.sources)
        behind = sum(now.lane_count[row] for row in movement.targets)
        is_green = now.signal_phase[movement.signal] in movement.phases and now.signal_elapsed[movement.signal] > 0.0
        values.append(clip(halted / room(view, movement.sources)))
        values.append(clip((there - halted) / room(view, movement.sources)))
        values.append(clip(behind / room(view, movement.targets)))
        values.append(float(is_green))
    return values


def neighbours(now, view):
    values = []
    for i in view.neighbours:
        other = type(view)(view.scenario, (i,), view.seconds)
        values.append(clip(sum(now.lane_queue[row] for row in other.incoming) / room(view, other.incoming)))
        values.append(clip(max(now.lane_longest_wait[row] for row in other.incoming) / 120.0))
        values += [*phase(now, other), *elapsed(now, other)]
    return values


def cells(now, view):
    values = []
    for row in view.incoming:
        for cell in range(view.first_cell(row), view.first_cell(row) + view.num_cells(row)):
            count = now.cell_count[cell]
            mean = now.cell_speed_sum[cell] / count / view.lane(row).speed if count else 0.0
            values += [clip(count), clip(mean)]
    return values


def links_lanes(view):
    """Return the rows of incoming lanes, each once, as the links of the signals come."""
    rows, index = [], view.scenario.network.normal_lane_index
    for i in view.signals:
        for link in view.signal(i).links:
            rows += [index[source] for source, _ in link if index[source] not in rows]
    return rows


def min_green_over(now, view):
    return [float(now.signal_elapsed[i] >= view.signal(i).min_green) for i in view.signals]


def density(now, view):
    return [
        clip((2.5 * now.lane_count[row] + now.lane_length_sum[row]) / view.lane(row).length)
        for row in links_lanes(view)
    ]


def queue_density(now, view):
    values = []
    for row in links_lanes(view):
        mean = now.lane_length_sum[row] / max(now.lane_count[row], 1)
        share = now.lane_queue[row] / (view.lane(row).length / (2.5 + mean))
        values.append(clip(share) if now.lane_count[row] else 0.0)
    return values


def green(now, view):
    values = []
    for row in links_lanes(view):
        lane, is_green = view.lane(row).id, False
        for i in view.signals:
            signal = view.signal(i)
            colours = zip(signal.links, signal.green_state(now.signal_phase[i]), strict=True)
            is_green |= any(colour in "Gg" and lane in dict(link) for link, colour in colours)
        values.append(float(is_green))
    return values


def seen_approaching(now, view):
    return [clip((now.lane_seen[row] - now.lane_seen_queue[row]) / 28, 0, 10) for row in links_lanes(view)]


def seen_waiting(now, view):
    return [clip(now.lane_seen_waiting[row] / 28, 0, 3600) for row in links_lanes(view)]


def seen_queue(now, view):
    return [clip(now.lane_seen_queue[row] / 28, 0, 10) for row in links_lanes(view)]


def seen_speed(now, view):
    return [clip(now.lane_seen_speed_sum[row] / 20 / 28, 0, 10) for row in links_lanes(view)]


def loops(now, view):
    values = []
    limits = {lane.id: lane.speed for lane in view.scenario.network.lanes}
    incoming = {view.lane(row).id for row in view.incoming}
    for i, loop in enumerate(view.scenario.detectors.e1):
        if loop.lane in incoming:
            seconds, left = now.seconds_in_interval, now.loop_left_in_interval[i]
            flow, share = (
                (0.0, 0.0)
                if not seconds
                else (
                    now.loop_count_in_interval[i] / seconds / 0.5,
                    now.loop_occupied_in_interval[i] / seconds,
                )
            )
            mean = now.loop_speed_sum_in_interval[i] / left / limits[loop.lane] if left else 1.0
            values += [clip(flow), clip(share), clip(mean)]
    return values


def areas(now, view):
    values = []
    incoming = {view.lane(row).id for row in view.incoming}
    for i, area in enumerate(view.scenario.detectors.e2):
        if area.lanes[-1] in incoming:
            length = area.end - area.start  # on one lane
            fitting = max(length / 7.5, 1.0)
            values += [clip(now.area_count[i] / fitting), clip(now.area_halted[i] / fitting)]
            values.append(clip(now.area_jam_length[i] / length))
    return values


FEATURES = {
    feature.__name__.replace("_", "-"): feature
    for feature in (
        queue,
        approaching,
        near,
        waiting,
        longest_wait,
        speed,
        departures,
        downstream,
        phase,
        elapsed,
        clearing,
        pressure,
        movements,
        neighbours,
        cells,
        min_green_over,
        density,
        queue_density,
        green,
        seen_approaching,
        seen_waiting,
        seen_queue,
        seen_speed,
        loops,
        areas,
    )
}


def own(now, view, name):
    return sum(getattr(now, f"lane_{name}_in_interval")[row] for row in view.incoming)


def term_delay(now, before, view):
    del before
    return -(own(now, view, "time_loss") if view.is_local else now.delay_in_interval) / lane_seconds(view)


def term_co2(now, before, view):
    del before
    return -(own(now, view, "co2") if view.is_local else now.co2_in_interval) / lane_seconds(view) / 2.0


def term_stops(now, before, view):
    del before
    return -(own(now, view, "stops") if view.is_local else now.stops_in_interval) / lane_seconds(view) / 0.5


def term_throughput(now, before, view):
    gone = own(now, view, "left") if view.is_local else now.total_arrived - before.total_arrived
    return gone / lane_seconds(view) / 0.5


def term_queue(now, before, view):
    del before
    return -sum(now.lane_queue[row] for row in view.incoming) / len(view.incoming)


def term_waiting(now, before, view):
    del before
    return -sum(now.lane_waiting[row] for row in view.incoming) / len(view.incoming) / 60.0


def term_worst_wait(now, before, view):
    del before
    return -max(now.lane_longest_wait[row] for row in view.incoming) / 120.0


def term_pressure(now, before, view):
    del before
    upstream = sum(now.lane_queue[row] for row in view.incoming)
    return -(upstream - sum(now.lane_queue[row] for row in view.outgoing)) / len(view.incoming)


def term_speed(now, before, view):
    del before
    count = sum(now.lane_count[row] for row in view.incoming)
    relative = sum(now.lane_speed_sum[row] / view.lane(row).speed for row in view.incoming)
    return clip(relative / count) if count else 1.0


def term_switching(now, before, view):
    return -sum(now.signal_phase[i] != before.signal_phase[i] for i in view.signals) / len(view.signals)


def term_diff_waiting(now, before, view):
    return sum(before.lane_own_waiting[row] - now.lane_own_waiting[row] for row in view.incoming) / 100.0


def term_average_speed(now, before, view):
    del before
    count = sum(now.lane_count[row] for row in view.incoming)
    return sum(now.lane_relative_speed_sum[row] for row in view.incoming) / count if count else 1.0


def term_sumo_rl_queue(now, before, view):
    del before
    return -sum(now.lane_queue[row] for row in view.incoming)


def term_sumo_rl_pressure(now, before, view):
    del before
    return sum(now.lane_count[row] for row in view.outgoing) - sum(now.lane_count[row] for row in view.incoming)


def term_wait_norm(now, before, view):
    del before
    return max(-sum(now.lane_seen_waiting[row] for row in view.incoming) / 224, -4.0)


def lane_seconds(view):
    return view.seconds * len(view.incoming)


TERMS = {name.removeprefix("term_"): term for name, term in list(globals().items()) if name.startswith("term_")}
