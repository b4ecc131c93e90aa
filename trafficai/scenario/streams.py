"""Streams: what drives from one edge over a signal's stop lines to another, and the lanes it shares."""

from __future__ import annotations

from typing import NamedTuple

from trafficai.scenario.model import Connection, Lane, Scenario


class Stream(NamedTuple):
    """The movements of one signal from one edge to another."""

    signal: int  # position in scenario.signals
    source: str  # id of the edge before the stop line
    target: str  # id of the edge behind the junction
    direction: str  # r, R, s, l, L or t, as SUMO has it
    positions: tuple[int, ...]  # of the signal's state string
    lanes: tuple[str, ...]  # ids of the lanes before the stop line
    storage: float  # [m], length of these lanes: a longer queue stands in the way of others
    group: int  # number of its lane group: streams that share lanes, directly or through others


def find_streams(scenario: Scenario) -> tuple[Stream, ...]:
    """Return the streams of every signal that a controller can set, signal after signal, in order of positions."""
    index = {signal.id: i for i, signal in enumerate(scenario.signals)}
    found: dict[tuple[int, str, str], list[Connection]] = {}
    for link in sorted(
        scenario.network.connections, key=lambda link: (index.get(link.signal or "", -1), link.link_index)
    ):
        row = index.get(link.signal or "")
        if row is not None and scenario.signals[row].links[link.link_index]:
            found.setdefault((row, link.from_edge, link.to_edge), []).append(link)
    lanes = [tuple(sorted({_lane(scenario, link).id for link in links})) for links in found.values()]
    groups = _groups(lanes)
    return tuple(
        Stream(
            signal=row,
            source=source,
            target=target,
            direction=links[0].direction,
            positions=tuple(sorted({link.link_index for link in links})),
            lanes=own,
            storage=min(_lane(scenario, link).length for link in links),
            group=group,
        )
        for ((row, source, target), links), own, group in zip(found.items(), lanes, groups, strict=True)
    )


def _lane(scenario: Scenario, link: Connection) -> Lane:
    network = scenario.network
    return network.edges[network.edge_index[link.from_edge]].lanes[link.from_lane]


def _groups(lanes: list[tuple[str, ...]]) -> list[int]:
    """Return the number of each stream's lane group, in order of their first streams."""
    group_of: dict[str, int] = {}
    for number, own in enumerate(lanes):
        known = {group_of[lane] for lane in own if lane in group_of}
        joined = min(known, default=number)
        group_of = {lane: joined if group in known else group for lane, group in group_of.items()}
        group_of |= dict.fromkeys(own, joined)
    numbers = {group: i for i, group in enumerate(dict.fromkeys(group_of[own[0]] for own in lanes))}
    return [numbers[group_of[own[0]]] for own in lanes]
