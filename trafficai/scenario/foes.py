"""Which positions of a signal conflict, by the right-of-way matrices of the network."""

from __future__ import annotations

from collections.abc import Sequence

from trafficai.scenario.model import Connection, Network

Foes = dict[str, set[tuple[int, int]]]
"""Pairs of positions that conflict, both ways round, by signal."""


def find_foes(network: Network) -> Foes:
    """Return the positions of each signal that conflict by the right-of-way matrices of its junctions."""
    from_lane: dict[tuple[str, int], list[Connection]] = {}
    for connection in network.connections:
        from_lane.setdefault((connection.from_edge, connection.from_lane), []).append(connection)
    foes: Foes = {}
    for junction in network.junctions:
        if junction.type != "internal" and junction.requests:
            lanes = [network.lanes[network.lane_index[lane]] for lane in junction.incoming_lanes]
            links = [link for lane in lanes for link in from_lane.get((lane.edge, lane.index), [])]
            _add_foes(foes, links, [request.foes for request in junction.requests])
    return foes


def _add_foes(foes: Foes, links: Sequence[Connection], rows: Sequence[tuple[bool, ...]]) -> None:
    """Add the pairs of one junction; links are in the order of its matrix."""
    for link, row in zip(links, rows, strict=False):
        for other, is_foe in zip(links, row, strict=False):
            if is_foe and link.signal is not None and link.signal == other.signal:
                pairs = foes.setdefault(link.signal, set())
                pairs |= {(link.link_index, other.link_index), (other.link_index, link.link_index)}
