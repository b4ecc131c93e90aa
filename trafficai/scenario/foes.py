"""Which positions of a signal conflict, by the right-of-way matrices of the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trafficai.scenario.model import Connection, Junction, Network, Request

Foes = dict[str, set[tuple[int, int]]]
"""Pairs of positions by signal."""


def find_foes(network: Network) -> Foes:
    """Return the positions of each signal that conflict by the matrices of its junctions, both ways round."""
    foes: Foes = {}
    for link, other in _pairs(network, lambda request: request.foes):
        pairs = foes.setdefault(str(link.signal), set())
        pairs |= {(link.link_index, other.link_index), (other.link_index, link.link_index)}
    return foes


def find_yields(network: Network) -> Foes:
    """Return the positions of each signal of which the first must yield to the second where both may drive."""
    yields: Foes = {}
    for link, other in _pairs(network, lambda request: request.response):
        yields.setdefault(str(link.signal), set()).add((link.link_index, other.link_index))
    return yields


def _pairs(network: Network, row: Callable[[Request], tuple[bool, ...]]) -> Iterator[tuple[Connection, Connection]]:
    """Yield the connections of one signal that rows of the matrices mark, each with the one it is marked against."""
    from_lane: dict[tuple[str, int], list[Connection]] = {}
    for connection in network.connections:
        from_lane.setdefault((connection.from_edge, connection.from_lane), []).append(connection)
    for junction in network.junctions:
        if junction.type != "internal" and junction.requests:
            links = _links_of(junction, network, from_lane)
            for link, request in zip(links, junction.requests, strict=False):
                for other, is_marked in zip(links, row(request), strict=False):
                    if is_marked and link.signal is not None and link.signal == other.signal:
                        yield link, other


def _links_of(
    junction: Junction, network: Network, from_lane: dict[tuple[str, int], list[Connection]]
) -> list[Connection]:
    """Return the connections through a junction in the order of its matrix."""
    lanes = [network.lanes[network.lane_index[lane]] for lane in junction.incoming_lanes]
    links = (link for lane in lanes for link in from_lane.get((lane.edge, lane.index), []))
    return [link for link in links if has_row(link, network)]


def has_row(connection: Connection, network: Network) -> bool:
    """Return whether a connection has a row in its junction's matrix: ways onto pavements, and along them, have none.

    So netconvert writes the matrix (measured with SUMO 1.28.0).
    """
    source, target = (
        network.edges[network.edge_index[edge]].function for edge in (connection.from_edge, connection.to_edge)
    )
    return target != "walkingarea" and (source != "walkingarea" or target == "crossing")
