"""Looks at a world of the core after every second, and checks what must hold in it."""

from __future__ import annotations

import math

import numpy as np

from trafficai.backends.numba import NumbaBackend
from trafficai.core.records import ARRIVED, NONE, RUNNING
from trafficai.core.right_of_way import is_red, is_yellow


class Watched:
    """A core backend that is driven second by second, and checked after each."""

    def __init__(self, scenario, seed=1):
        self.scenario = scenario
        self.backend = NumbaBackend(scenario)
        self.net = self.backend._simulation.compiled.network
        self.world = self.backend._simulation.world
        self.backend.reset(seed)
        self.departs = np.array([vehicle.depart for vehicle in scenario.vehicles])
        self.before = self._state()
        self.overlaps = []  # (second, lane, follower, leader, how deep [m])

    def _state(self):
        """Return copies of lane, position, speed and status of every vehicle."""
        vehicles = self.world.vehicles
        return {name: vehicles[name].copy() for name in ("lane", "pos", "speed", "status", "odometer", "route_index")}

    def step(self, requested):
        """Simulate a second and check everything."""
        self.backend.advance(np.asarray(requested, np.int32), 1)
        self.check_conservation()
        self.check_lists()
        self.check_motion()
        self.check_red()
        self.note_overlaps()
        self.before = self._state()

    def running(self):
        return self.world.running[: self.world.clock[0].num_running]

    def check_conservation(self):
        clock, status = self.world.clock[0], self.world.vehicles.status
        due = int((self.departs <= clock.time - 1).sum())  # a departure within a second comes with the next one
        assert due == clock.num_waiting + clock.num_running + clock.num_arrived
        assert clock.num_inserted == clock.num_running + clock.num_arrived
        assert clock.num_running == (status == RUNNING).sum()
        assert clock.num_arrived == (status == ARRIVED).sum()
        assert self.world.edges.num_waiting.sum() == clock.num_waiting
        assert sorted(self.running()) == np.flatnonzero(status == RUNNING).tolist()
        slots = self.world.vehicles.slot[self.running()].tolist() + self.world.slots[: clock.free_slots].tolist()
        assert sorted(slots) == list(range(len(self.world.slots)))

    def check_lists(self):
        """Every lane's list leads from its first vehicle to its last, downstream ones first, and back."""
        vehicles, lanes = self.world.vehicles, self.world.lanes
        length = self.net.types.length[self.net.demand.type] + self.net.types.min_gap[self.net.demand.type]
        on_lists = 0
        for lane in np.flatnonzero((lanes.first != NONE) | (lanes.last != NONE) | (lanes.count != 0)):
            seen, v = [], lanes[lane].first
            while v != NONE:
                assert vehicles[v].lane == lane
                assert vehicles[v].ahead == (seen[-1] if seen else NONE)
                seen.append(v)
                v = vehicles[v].behind
            assert seen[-1] == lanes[lane].last
            assert len(seen) == lanes[lane].count
            positions = vehicles.pos[seen]
            assert (np.diff(positions) <= 0.0).all()
            assert math.isclose(self.world.brutto_lengths[lane], math.fsum(length[seen]), abs_tol=1e-6)
            on_lists += len(seen)
        assert on_lists == len(self.running())

    def check_motion(self):
        """Speeds are within their bounds, and nobody drives backwards, stands still at speed, or leaves the route."""
        net, vehicles, running = self.net, self.world.vehicles, self.running()
        speed, lane = vehicles.speed[running], vehicles.lane[running]
        types = net.types[vehicles.type[running]]
        before = {name: values[running] for name, values in self.before.items()}
        was_running = before["status"] == RUNNING
        assert (speed >= 0.0).all()
        assert (vehicles.pos[running] >= 0.0).all()
        assert (vehicles.pos[running] <= net.lanes.length[lane] + 1e-6).all()
        limit = np.minimum(net.lanes.speed[lane] * vehicles.speed_factor[running], types.max_speed)
        # on a lane just reached, it may be as much too fast as braking comfortably leaves it
        braked = before["speed"] - types.decel
        fast = was_running & (speed > np.maximum(limit, braked) + 1e-6) & (lane == before["lane"])
        assert not fast.any(), self.scenario.vehicles[int(running[fast][0])]
        gain = speed - before["speed"]
        assert (gain[was_running] <= types.accel[was_running] + 1e-6).all()
        way = vehicles.odometer[running] - before["odometer"]
        assert (way[was_running] >= -1e-9).all()
        assert (vehicles.route_index[running] >= before["route_index"])[was_running].all()
        same = was_running & (lane == before["lane"])
        moved = vehicles.pos[running] - before["pos"]
        np.testing.assert_allclose(moved[same], way[same], atol=1e-6)
        stopped_at_end = was_running & (speed == 0.0)
        np.testing.assert_allclose(way[was_running & ~stopped_at_end], speed[was_running & ~stopped_at_end], atol=1e-6)

    def check_red(self):
        """Nobody passes a link that shows red, nor yellow where stopping was easy."""
        net, vehicles = self.net, self.world.vehicles
        for v in self.running():
            if self.before["status"][v] != RUNNING:
                continue
            old = self.before["lane"][v]
            if net.lanes[old].is_internal or vehicles[v].lane == old or vehicles[v].lane == NONE:
                continue
            if not net.lanes[vehicles[v].lane].is_internal:
                continue  # a change of lanes, or a junction passed within the second
            entry = net.lanes[vehicles[v].lane].entry_link
            if net.links[entry].from_lane != old or net.links[entry].signal == NONE:
                continue
            state = self.world.links[entry].state
            assert not is_red(state), (self.scenario.vehicles[v].id, int(self.world.clock[0].time))
            if is_yellow(state):
                left = net.lanes[old].length - self.before["pos"][v]
                decel = max(3.0, float(net.types[vehicles[v].type].decel))
                assert left < stopping_way(self.before["speed"][v], decel) + 1e-6

    def note_overlaps(self):
        """Collect followers whose front is beyond their leader's back on the same lane."""
        vehicles = self.world.vehicles
        for v in self.running():
            ahead = vehicles[v].ahead
            if ahead != NONE:
                back = vehicles[ahead].pos - self.net.types[vehicles[ahead].type].length
                if vehicles[v].pos > back + 1e-6:
                    lane = self.scenario.network.lanes[vehicles[v].lane].id
                    found = (int(self.world.clock[0].time), lane, int(v), int(ahead), float(vehicles[v].pos - back))
                    self.overlaps.append(found)


def stopping_way(speed, decel):
    """Slow twin of the brake gap: brake second by second."""
    way = 0.0
    while speed > decel:
        speed -= decel
        way += speed
    return way
