"""SUMO, with a look at every vehicle in every second."""

from __future__ import annotations

from trafficai.backends import sumo
from trafficai.backends.signals import state_string
from trafficai.backends.sumo import SumoBackend


class WatchedSumo:
    """SUMO, with a look at every vehicle in every second."""

    def __init__(self, scenario, monkeypatch):
        self.backend = SumoBackend(scenario)
        self.seconds = []
        original = sumo.seconds_of
        monkeypatch.setattr(
            sumo, "seconds_of", lambda answer: self.seconds.append(original(answer)) or self.seconds[-1]
        )

    def look(self, requested):
        """Simulate a second; return the snapshot after it, the recording of it and the colours shown in it."""
        snapshot = self.backend.advance(requested, 1)
        return snapshot, self.seconds.pop(), [state_string(row) for row in self.backend._signals.colours]

    def step(self, requested):
        """Simulate a second; return each vehicle's lane after it and the colours shown in it."""
        _, seconds, colours = self.look(requested)
        return dict(zip(seconds.vehicle.tolist(), seconds.lane.tolist(), strict=True)), colours


def controlled_moves(scenario):
    """Return the signal and link indices of each (lane before the signal, edge behind it or inside its junction)."""
    lane_edge = {lane.id: lane.edge for lane in scenario.network.lanes}
    index = {signal.id: i for i, signal in enumerate(scenario.signals)}
    moves = {}
    for link in scenario.network.connections:
        if link.signal in index:
            start = f"{link.from_edge}_{link.from_lane}"
            for edge in (link.to_edge, lane_edge.get(link.via)):
                moves.setdefault((start, edge), []).append((index[link.signal], link.link_index))
    return moves
