"""What a snapshot sums over the vehicles of a lane, against what a watcher saw of every vehicle in every second."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conformance.runs import round_robin
from trafficai.backends import BACKENDS, make_backend
from trafficai.datatypes.snapshot import HALTING_SPEED_M_S


class Witness:
    """Keeps who is where, how fast and how long everybody has waited in all; shares waits out as sumo-rl does."""

    def __init__(self, scenario):
        network, signals = scenario.network, {signal.id for signal in scenario.signals}
        self.scenario = scenario
        self.before_signal = {f"{c.from_edge}_{c.from_lane}" for c in network.connections if c.signal in signals}
        self.clear()

    def clear(self):
        self.waited, self.shares, self.last = {}, {}, ()

    def book(self, now, sighting, moves):
        self.last = tuple(zip(sighting.vehicles, sighting.lanes, sighting.speeds, sighting.factors, strict=True))
        for vehicle, _, speed, _ in self.last:
            is_new = vehicle not in self.waited
            self.waited[vehicle] = 0 if is_new else self.waited[vehicle] + (speed <= HALTING_SPEED_M_S)

    def sums(self):
        """Return, by normal lane, lengths, speeds over own limits, and waits shared out at this decision."""
        network, kinds = self.scenario.network, self.scenario.vehicle_types
        sums = np.zeros((3, len(network.normal_lanes)))
        for vehicle, lane_index, speed, factor in self.last:
            lane, kind = network.lanes[lane_index], kinds[self.scenario.vehicles[vehicle].type]
            if lane.id in network.normal_lane_index:
                relative = speed / min(kind.max_speed, lane.speed * factor)
                sums[:, network.normal_lane_index[lane.id]] += kind.length, relative, self.share(vehicle, lane.id)
        return sums

    def share(self, vehicle, lane):
        """Return the wait of the vehicle that belongs to the lane: all, less what other lanes got (sumo-rl)."""
        if lane not in self.before_signal:
            return 0.0
        shares = self.shares.setdefault(vehicle, {})
        shares[lane] = self.waited[vehicle] - sum(share for other, share in shares.items() if other != lane)
        return shares[lane]


@pytest.mark.parametrize("name", BACKENDS)
def test_sums_of_lanes_are_those_over_their_vehicles(scenario, name):
    witness = Witness(scenario)
    backend = make_backend(scenario, name, watchers=[witness])
    backend.reset(1)
    most = 0.0
    for decision in range(scenario.duration // 5):
        snapshot = backend.advance(np.array([round_robin(decision)], dtype=np.int32), 5)
        lengths, relative, waits = witness.sums()
        np.testing.assert_allclose(snapshot.lane_length_sum, lengths)
        np.testing.assert_allclose(snapshot.lane_relative_speed_sum, relative)
        assert snapshot.lane_own_waiting.tolist() == waits.tolist()
        most = max(most, waits.max())
    backend.close()
    assert most > 60.0  # somebody waited
