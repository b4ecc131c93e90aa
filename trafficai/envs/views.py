"""What an agent has before it: the lanes, phases and movements of its signals, and the signals next to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.layouts import cell_table
from trafficai.controllers.phases import green_movements, linked_lanes
from trafficai.datatypes.snapshot import CELL_M
from trafficai.scenario.model import Lane, Scenario, Signal
from trafficai.scenario.short_lanes import lanes_that_count


@dataclass(frozen=True)
class Movement:
    """All ways through one signal from one edge to another."""

    signal: int  # index into scenario.signals
    name: str  # signal id, edge and edge
    sources: tuple[int, ...]  # rows of normal lanes that lead into it
    targets: tuple[int, ...]  # rows of normal lanes it leads to
    phases: tuple[int, ...]  # green phases of the signal that let it go, from one lane at least


@dataclass(frozen=True)
class View:
    """The signals an agent sets, and what belongs to them; rows are positions in ``scenario.network.normal_lanes``.

    Args:
        scenario: what is simulated.
        signals: the agent's signals, as positions in ``scenario.signals``.
        seconds: time between two decisions [s].
        is_local: whether rewards count what happens on the agent's own lanes, or in the whole network.
    """

    scenario: Scenario
    signals: tuple[int, ...]
    seconds: int
    is_local: bool = False

    @cached_property
    def incoming(self) -> tuple[int, ...]:
        """Rows of the lanes that lead to the agent's signals."""
        return tuple(linked_lanes(self.scenario, self._own_signals, 0).tolist())

    @cached_property
    def incoming_by_link(self) -> tuple[int, ...]:
        """The same in the order in which the signals' links come from them, as in sumo-rl and RESCO."""
        rows = self.scenario.network.normal_lane_index
        sources = dict.fromkeys(source for s in self._own_signals for link in s.links for source, _ in link)
        return tuple(rows[lane] for lane in sources if lane in rows)

    @cached_property
    def outgoing(self) -> tuple[int, ...]:
        """Rows of the lanes that lead away from them."""
        return tuple(linked_lanes(self.scenario, self._own_signals, 1).tolist())

    @cached_property
    def phases(self) -> tuple[tuple[int, int], ...]:
        """Signal and number of each green phase of the agent's signals."""
        return tuple((i, phase) for i in self.signals for phase in range(self.scenario.signals[i].num_phases))

    @cached_property
    def movements(self) -> tuple[Movement, ...]:
        """The movements of the agent's signals, in the order of their positions in the state strings."""
        return tuple(movement for i in self.signals for movement in _movements(self.scenario, i))

    @cached_property
    def neighbours(self) -> tuple[int, ...]:
        """Signals of others from which, or to which, one leads without passing a third."""
        return tuple(i for i in _next_signals(self.scenario, self._own_signals) if i not in self.signals)

    @cached_property
    def loops(self) -> tuple[int, ...]:
        """Positions in ``scenario.detectors.e1`` of the loops on the lanes reached."""
        ids = {self.lane(row).id for row in self.reached}
        return tuple(i for i, loop in enumerate(self.scenario.detectors.e1) if loop.lane in ids)

    @cached_property
    def areas(self) -> tuple[int, ...]:
        """Positions in ``scenario.detectors.e2`` of the areas that end on the lanes reached."""
        ids = {self.lane(row).id for row in self.reached}
        return tuple(i for i, area in enumerate(self.scenario.detectors.e2) if area.lanes[-1] in ids)

    @cached_property
    def reached(self) -> tuple[int, ...]:
        """Rows of the incoming lanes, and of those that count for one of them because no car has room on it."""
        return self.reach(self.incoming)

    @cached_property
    def approaches(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Each incoming lane's row, and the rows of all lanes that count for it, itself first."""
        return tuple((row, self.reach([row])) for row in self.incoming)

    @property
    def num_incoming(self) -> int:
        """Number of incoming lanes, at least 1."""
        return max(len(self.incoming), 1)

    def reach(self, rows: Iterable[int]) -> tuple[int, ...]:
        """Return rows of lanes with those that count for them (``trafficai.scenario.short_lanes``), each once."""
        return tuple(dict.fromkeys(each for row in rows for each in (row, *self._lanes_that_count.get(row, ()))))

    def crossing(self, row: int) -> tuple[int, ...]:
        """Return the rows of lanes whose ends vehicles drive over on their way over a lane's stop line, each once.

        Most vehicles are never seen on a lane of a metre: they are counted where they leave the last one with room.
        """
        roomy = tuple(each for each in self.reach([row]) if self.lane(each).length >= CELL_M)
        return roomy or (row,)

    def lane(self, row: int) -> Lane:
        """Return a normal lane by its row."""
        return self.scenario.network.normal_lanes[row]

    def signal(self, i: int) -> Signal:
        """Return a signal by its position."""
        return self.scenario.signals[i]

    def serves(self, i: int, phase: int, row: int) -> bool:
        """Return whether a green phase of a signal lets some movement go from a lane."""
        return any(source == self.lane(row).id for source, _ in green_movements(self.signal(i), phase))

    def area_length(self, i: int) -> float:
        """Return how much road a lane area covers [m]."""
        area, network = self.scenario.detectors.e2[i], self.scenario.network
        before = sum(network.lanes[network.lane_index[lane]].length for lane in area.lanes[:-1])
        return before + area.end - area.start

    def first_cell(self, row: int) -> int:
        """Return the first cell of a normal lane in the cell fields of a Snapshot."""
        return int(self._cells[row, 0])

    def num_cells(self, row: int) -> int:
        """Return the number of cells of a normal lane."""
        return int(self._cells[row, 1])

    @cached_property
    def _cells(self) -> NDArray[np.int64]:
        return cell_table(self.scenario, cells=True)

    @cached_property
    def _lanes_that_count(self) -> dict[int, tuple[int, ...]]:
        return lanes_that_count(self.scenario)

    @property
    def _own_signals(self) -> Sequence[Signal]:
        return [self.scenario.signals[i] for i in self.signals]


def _movements(scenario: Scenario, i: int) -> list[Movement]:
    """Return the movements of one signal."""
    signal, rows = scenario.signals[i], scenario.network.normal_lane_index
    lanes = scenario.network.normal_lanes
    known = [(rows[a], rows[b]) for link in signal.links for a, b in link if a in rows and b in rows]
    green_pairs = (green_movements(signal, phase) for phase in range(signal.num_phases))
    greens = [{(rows[a], rows[b]) for a, b in pairs if a in rows and b in rows} for pairs in green_pairs]
    ways: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for source, target in known:
        ways.setdefault((lanes[source].edge, lanes[target].edge), []).append((source, target))
    return [
        Movement(
            signal=i,
            name=f"{signal.id}.{origin}>{goal}",
            sources=tuple(sorted({source for source, _ in way})),
            targets=tuple(sorted({target for _, target in way})),
            phases=tuple(phase for phase, green in enumerate(greens) if green.intersection(way)),
        )
        for (origin, goal), way in ways.items()
    ]


def _next_signals(scenario: Scenario, signals: Iterable[Signal]) -> list[int]:
    """Return the signals next to these up and down the road, in their order; roads end at signals."""
    upstream, downstream = _signals_at(scenario, 0), _signals_at(scenario, 1)
    ahead = _reach(scenario, {lane.edge for lane in _lanes(scenario, signals, 1)}, upstream, forward=True)
    behind = _reach(scenario, {lane.edge for lane in _lanes(scenario, signals, 0)}, downstream, forward=False)
    return sorted(ahead | behind)


def _lanes(scenario: Scenario, signals: Iterable[Signal], side: int) -> list[Lane]:
    return [scenario.network.normal_lanes[row] for row in linked_lanes(scenario, signals, side)]


def _signals_at(scenario: Scenario, side: int) -> dict[str, int]:
    """Return the signal that edges lead to (side 0) or come from (side 1)."""
    return {lane.edge: i for i, s in enumerate(scenario.signals) for lane in _lanes(scenario, [s], side)}


def _reach(scenario: Scenario, edges: set[str], found_at: dict[str, int], *, forward: bool) -> set[int]:
    """Return the signals found from these edges on, looking down the road or up it."""
    following: dict[str, set[str]] = {}
    for c in scenario.network.connections:
        pair = (c.from_edge, c.to_edge) if forward else (c.to_edge, c.from_edge)
        following.setdefault(pair[0], set()).add(pair[1])
    found, seen, front = set(), set(edges), list(edges)
    while front:
        edge = front.pop()
        if edge in found_at:
            found.add(found_at[edge])
            continue
        new = following.get(edge, set()) - seen
        seen |= new
        front += new
    return found
