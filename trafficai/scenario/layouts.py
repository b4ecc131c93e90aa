"""Plans of our own scenarios: streets in rows and columns, a signal at every crossing, left-turn lanes everywhere.

A layout becomes netconvert's plain input: nodes, edges, connections and signal programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

SPEED: Final = 13.89  # [m/s], 50 km/h
YELLOW: Final = 3  # [s], RiLSA at 50 km/h
ALL_RED: Final = 2  # [s]
HEADINGS: Final = {"north": (0, 1), "east": (1, 0), "south": (0, -1), "west": (-1, 0)}
ORDER: Final = tuple(HEADINGS)  # clockwise


@dataclass(frozen=True, slots=True)
class Layout:
    """Streets and signals of one scenario. Main streets run from west to east, side streets from south to north.

    ``greens`` are the green times [s] of main street, its left turns, side street, its left turns; 0 for left turns
    means that they have no phase of their own and give way to oncoming traffic.
    """

    name: str
    columns: tuple[float, ...]  # [m], x of each side street
    rows: tuple[float, ...]  # [m], y of each main street
    greens: tuple[int, int, int, int]  # [s]
    main_lanes: int = 3  # per direction, left-turn lane included
    side_lanes: int = 2
    border: float = 300.0  # [m], length of the roads that lead in and out
    wave_speed: float | None = None  # [m/s] of a green wave towards the east, None: all start together

    def junctions(self) -> dict[str, tuple[int, int]]:
        """Return column and row of each junction, by its id: A1, B1 ... from the south-west."""
        cells = ((column, row) for row in range(len(self.rows)) for column in range(len(self.columns)))
        return {_name(*cell): cell for cell in cells}

    def border_nodes(self) -> dict[str, tuple[float, float]]:
        """Return the position of each end of a street [m], by its id: w1, e1 ... and sA, nA ..."""
        places = {}
        for row, y in enumerate(self.rows):
            places[f"w{row + 1}"] = (self.columns[0] - self.border, y)
            places[f"e{row + 1}"] = (self.columns[-1] + self.border, y)
        for column, x in enumerate(self.columns):
            places[f"s{_letter(column)}"] = (x, self.rows[0] - self.border)
            places[f"n{_letter(column)}"] = (x, self.rows[-1] + self.border)
        return places

    def neighbour(self, column: int, row: int, heading: str) -> str:
        """Return the node that a street leads to from a junction."""
        next_column, next_row = column + HEADINGS[heading][0], row + HEADINGS[heading][1]
        if 0 <= next_column < len(self.columns) and 0 <= next_row < len(self.rows):
            return _name(next_column, next_row)
        return heading[0] + (str(row + 1) if heading in ("east", "west") else _letter(column))

    def lanes(self, heading: str) -> int:
        """Return the number of lanes of a street in that direction."""
        return self.main_lanes if heading in ("east", "west") else self.side_lanes

    def offset(self, column: int) -> int:
        """Return when the signals of a column start their cycle [s]."""
        if self.wave_speed is None:
            return 0
        cycle = sum(green + YELLOW + ALL_RED for green in self.greens if green)
        return round((self.columns[column] - self.columns[0]) / self.wave_speed) % cycle


class Link(NamedTuple):
    """One movement over a junction, in the order of the signal's colours."""

    source: str  # edge
    target: str  # edge
    from_lane: int
    to_lane: int
    heading: str  # of the vehicle before the junction
    is_left: bool


def _letter(column: int) -> str:
    return chr(ord("A") + column)


def _name(column: int, row: int) -> str:
    return f"{_letter(column)}{row + 1}"


def links(layout: Layout, junction: str) -> list[Link]:
    """Return every movement over a junction: approach by approach, each from right to left."""
    column, row = layout.junctions()[junction]
    found: list[Link] = []
    for index, heading in enumerate(ORDER):
        behind, right, left = (ORDER[(index + turn) % 4] for turn in (2, 1, 3))
        source = f"{layout.neighbour(column, row, behind)}_{junction}"
        targets = {way: f"{junction}_{layout.neighbour(column, row, way)}" for way in (right, heading, left)}
        lanes = layout.lanes(heading)
        found.append(Link(source, targets[right], 0, 0, heading, is_left=False))
        found.extend(Link(source, targets[heading], lane, lane, heading, is_left=False) for lane in range(lanes - 1))
        found.append(Link(source, targets[left], lanes - 1, layout.lanes(left) - 1, heading, is_left=True))
    return found


def phases(layout: Layout, junction: str) -> Iterator[tuple[int, str]]:
    """Yield duration [s] and state of each phase: green, yellow, all red for each group in turn."""
    movements = links(layout, junction)
    for group, green in enumerate(layout.greens):
        if green:
            state = "".join(_colour(layout, link, group) for link in movements)
            yield green, state
            yield YELLOW, state.replace("G", "y").replace("g", "y")
            yield ALL_RED, "r" * len(state)


def _colour(layout: Layout, link: Link, group: int) -> str:
    """Return what a movement is shown while a group (main, its left turns, side, its left turns) has green."""
    own = 0 if link.heading in ("east", "west") else 2
    if not link.is_left:
        return "G" if group == own else "r"
    if layout.greens[own + 1]:
        return "G" if group == own + 1 else "r"
    return "g" if group == own else "r"


def plain_nodes(layout: Layout) -> str:
    """Return netconvert's node file."""
    lines = [
        f'<node id="{name}" x="{layout.columns[column]}" y="{layout.rows[row]}" type="traffic_light" tl="{name}"/>'
        for name, (column, row) in layout.junctions().items()
    ]
    lines += [f'<node id="{name}" x="{x}" y="{y}"/>' for name, (x, y) in layout.border_nodes().items()]
    return _document("nodes", lines)


def plain_edges(layout: Layout) -> str:
    """Return netconvert's edge file."""
    lines = []
    for name, (column, row) in layout.junctions().items():
        for heading in ORDER:
            other = layout.neighbour(column, row, heading)
            lines.append(_edge(name, other, layout.lanes(heading)))
            if other not in layout.junctions():
                lines.append(_edge(other, name, layout.lanes(heading)))
    return _document("edges", lines)


def _edge(source: str, target: str, lanes: int) -> str:
    ends = f'id="{source}_{target}" from="{source}" to="{target}"'
    return f'<edge {ends} numLanes="{lanes}" speed="{SPEED}" priority="1"/>'


def plain_connections(layout: Layout) -> str:
    """Return netconvert's connection file."""
    lines = [f"<connection {_ends(link)}/>" for name in layout.junctions() for link in links(layout, name)]
    return _document("connections", lines)


def plain_signals(layout: Layout) -> str:
    """Return netconvert's signal file."""
    lines = []
    for name, (column, _) in layout.junctions().items():
        lines.append(f'<tlLogic id="{name}" type="static" programID="0" offset="{layout.offset(column)}">')
        lines += [f'<phase duration="{seconds}" state="{state}"/>' for seconds, state in phases(layout, name)]
        lines.append("</tlLogic>")
    for name in layout.junctions():
        for index, link in enumerate(links(layout, name)):
            lines.append(f'<connection {_ends(link)} tl="{name}" linkIndex="{index}"/>')
    return _document("tlLogics", lines)


def _ends(link: Link) -> str:
    return f'from="{link.source}" to="{link.target}" fromLane="{link.from_lane}" toLane="{link.to_lane}"'


def _document(root: str, lines: list[str]) -> str:
    return "\n".join((f"<{root}>", *lines, f"</{root}>", ""))
