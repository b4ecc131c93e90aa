"""Plans in the format of SUMO's ``tools/tls/tls_csvSignalGroups.py``: one CSV file per signal.

The format knows whole seconds, two greens per group and cycle, one red-amber and one yellow per group. It does not say
which greens yield: as in SUMO's tool, a green has priority (``G``) while nothing that it must yield to is green.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from trafficai.datatypes.errors import InputError
from trafficai.datatypes.files import write_text_atomically
from trafficai.plans.groups import SignalGroup, groups_of
from trafficai.plans.tables import MAX_CYCLE
from trafficai.plans.timetable import Green, greens_at, milliseconds, program_of
from trafficai.scenario.foes import find_yields
from trafficai.scenario.kinds import links_of
from trafficai.scenario.model import Connection, Network, Phase, Program
from trafficai.scenario.tables import require_small

SECTIONS: Final = ("general", "links", "signal groups")
COLUMNS: Final = ("id", "on1", "off1", "on2", "off2", "transOn", "transOff")
DELIMITER: Final = ";"
MAX_GREENS: Final = 2
MAX_DIGITS: Final = 9
OPEN: Final = "GgoO"
"""What a green that yields gives way to."""


def write_sumo_groups(folder: Path, programs: Iterable[Program], network: Network) -> tuple[Path, ...]:
    """Write one file per program and return the files.

    Raises:
        InputError: the format can't hold what a program shows.
        RunError: the place can't be written.
    """
    texts = {program.signal: _text(program, network) for program in programs}
    return tuple(write_text_atomically(folder / file_name(signal), text) for signal, text in texts.items())


def file_name(signal: str) -> str:
    """Return the name of a signal's file; ids may hold what leads out of a folder."""
    return f"{quote(signal, safe='#:+@')}.csv"


def _text(program: Program, network: Network) -> str:
    links = links_of(network, program.signal, len(program.phases[0].state))
    groups = [group for group in groups_of(program, network) if any(links[position] for position in group.positions)]
    general = [
        ("cycle time", str(_whole(program.cycle, program.signal))),
        ("key", program.signal),
        ("subkey", program.program),
        ("offset", str(_whole(program.offset, program.signal))),
    ]
    named = [row for group in groups for row in _link_rows(group, links)]
    rows = [("[general]",), *general, ("[links]",), *named, ("[signal groups]",), COLUMNS]
    text = io.StringIO()
    csv.writer(text, delimiter=DELIMITER, lineterminator="\n").writerows(
        [*rows, *(_group_row(group, program) for group in groups)]
    )
    return text.getvalue()


def _link_rows(group: SignalGroup, links: Sequence[Sequence[Connection]]) -> list[tuple[str, str, str]]:
    found = [link for position in group.positions for link in links[position]]
    lanes = ((f"{link.from_edge}_{link.from_lane}", f"{link.to_edge}_{link.to_lane}") for link in found)
    return [(group.name, source, target) for source, target in lanes]


def _group_row(group: SignalGroup, program: Program) -> tuple[str, ...]:
    """Return the greens of a group.

    Raises:
        InputError: there are none or too many of them, they never end, or their changes differ.
    """
    greens = _ordered(_joined(greens_at(program, group.positions[0]), program.cycle), program.cycle)
    changes = {(green.red_amber, green.yellow) for green in greens}
    if not 1 <= len(greens) <= MAX_GREENS or len(changes) > 1 or any(green.colour not in "Gg" for green in greens):
        message = (
            f"group {group.name} is not green once or twice a cycle with the same yellow and some red, which is all"
            " that SUMO's CSV of signal groups can say; export it as SUMO's tlLogic or as tables"
        )
        raise InputError(message, element=f"tlLogic '{program.signal}'")
    ((red_amber, yellow),) = changes
    times = [_whole(time, program.signal) for green in greens for time in (green.start, green.end % program.cycle)]
    cells = [*map(str, times), *("" for _ in range(2 * MAX_GREENS - len(times)))]
    return (group.name, *cells, str(_whole(red_amber, program.signal)), str(_whole(yellow, program.signal)))


def _ordered(greens: list[Green], cycle: float) -> list[Green]:
    """Return the greens so that one that begins as the yellow of another ends stands behind it; none if none does.

    SUMO's tool lets a red that begins where a green does hide it, unless the green stands in the later column.
    """
    for order in (greens, greens[::-1]):
        seen: list[float] = []
        for green in order:
            seen.append(green.start)
            if milliseconds(green.end + green.yellow) % milliseconds(cycle) in map(milliseconds, seen):
                break
        else:
            return order
    return []


def _joined(greens: Sequence[Green], cycle: float) -> list[Green]:
    """Return greens that follow on one another as one, whether they yield or not."""
    joined: list[Green] = []
    for green in greens:
        if joined and joined[-1].yellow == green.red_amber == 0.0 and joined[-1].end == green.start:
            joined[-1] = joined[-1]._replace(end=green.end, yellow=green.yellow)
        else:
            joined.append(green)
    first, last = (joined[0], joined[-1]) if len(joined) > 1 else (None, None)
    if first and last and last.yellow == first.red_amber == 0.0 and last.end == first.start + cycle:
        joined[-1] = last._replace(end=first.end + cycle, yellow=first.yellow)
        return joined[1:]
    return joined


def _whole(seconds: float, signal: str) -> int:
    if milliseconds(seconds) % 1000:
        message = f"{seconds:g} s is no whole second, as SUMO's CSV of signal groups needs it; export it as tables"
        raise InputError(message, element=f"tlLogic '{signal}'")
    return milliseconds(seconds) // 1000


@dataclass
class _Sheet:
    """The content of one file."""

    path: Path
    general: dict[str, str] = field(default_factory=dict)
    links: list[tuple[str, str, str]] = field(default_factory=list)  # group, from, to
    groups: dict[str, list[Green]] = field(default_factory=dict)

    def error(self, message: str) -> InputError:
        """Return the error that names the file."""
        return InputError(message, file=self.path)


def read_sumo_groups(path: Path, network: Network, sizes: Mapping[str, int]) -> Program:
    """Return the program of a file, with the priorities that SUMO's tool gives it.

    Args:
        path: the file; delimiters are semicolons.
        network: whose connections the file names.
        sizes: number of positions of each signal that there is.

    Raises:
        InputError: the file can't be read, or names what is not there.
    """
    sheet = _read(path)
    signal = sheet.general.get("key", "")
    if signal not in sizes:
        raise sheet.error(f"there is no signal {signal!r}; correct its key")
    times = (_seconds(sheet, "cycle time"), _seconds(sheet, "offset"))
    if not 1.0 <= times[0] <= MAX_CYCLE:
        raise sheet.error(f"cycle time {times[0]:g} is no time of 1 to {MAX_CYCLE:g} s; correct it")
    greens = _greens(sheet, links_of(network, signal, sizes[signal]), times[0])
    try:
        program = program_of(signal, sheet.general.get("subkey", "0"), times, greens)
    except InputError as error:
        raise sheet.error(str(error)) from error
    return _with_priorities(program, find_yields(network).get(signal, set()))


def _read(path: Path) -> _Sheet:
    sheet = _Sheet(path)
    try:
        require_small(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file, delimiter=DELIMITER)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise sheet.error(f"cannot be read ({error}); correct it") from error
    section = ""
    header: list[str] = []
    for line, row in enumerate(rows, start=1):
        if not row or not row[0]:
            continue
        if row[0].startswith("["):
            section, header = _section(sheet, row[0]), []
        elif section == "general":
            sheet.general[row[0]] = row[1] if len(row) > 1 else ""
        elif section == "links":
            sheet.links.append((row[0], row[1] if len(row) > 1 else "", row[2] if len(row) > 2 else ""))
        elif not header:
            header = row
        else:
            _add_group(sheet, dict(zip(header, row, strict=False)), line)
    return sheet


def _section(sheet: _Sheet, title: str) -> str:
    if title.strip("[]") not in SECTIONS:
        raise sheet.error(f"section {title} is none of {', '.join(SECTIONS)}; correct it")
    return title.strip("[]")


def _add_group(sheet: _Sheet, row: Mapping[str, str], line: int) -> None:
    """Keep the greens of a row; the cycle is not known yet where they end before they start."""
    values = {name: row.get(name, "") for name in COLUMNS}
    numbers = {name: int(text) for name, text in values.items() if name != "id" and _is_number(text)}
    if not values["id"] or any(text and name not in numbers for name, text in values.items() if name != "id"):
        raise sheet.error(f"line {line} needs an id and whole seconds; correct it")
    pairs = [(numbers.get(f"on{i}"), numbers.get(f"off{i}")) for i in (1, 2)]
    changes = (float(numbers.get("transOn", 0)), float(numbers.get("transOff", 0)))
    sheet.groups[values["id"]] = [
        Green("g", float(start), float(end), *changes)
        for start, end in pairs
        if start is not None and end is not None and start != end
    ]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS


def _seconds(sheet: _Sheet, name: str) -> float:
    text = sheet.general.get(name, "0" if name == "offset" else "")
    if not _is_number(text.removeprefix("-")):
        raise sheet.error(f"{name} {text!r} is no whole number of seconds; correct it")
    return float(text)


def _greens(sheet: _Sheet, links: Sequence[Sequence[Connection]], cycle: float) -> list[list[Green]]:
    """Return the greens of each position; one that no group names is off, as in SUMO's tool."""
    off = [Green("o", 0.0, cycle)]
    found: list[list[Green] | None] = [None for _ in links]
    for group, source, target in sheet.links:
        if group not in sheet.groups:
            raise sheet.error(f"group {group!r} has no row under [signal groups]; add it")
        greens = [_placed(green, cycle) for green in sheet.groups[group]]
        places = [k for k, each in enumerate(links) if any(_matches(link, source, target) for link in each)]
        if not places:
            raise sheet.error(f"group {group}: the signal controls nothing from {source!r} to {target!r}; correct it")
        for place in places:
            found[place] = greens or off
    return [off if greens is None else greens for greens in found]


def _placed(green: Green, cycle: float) -> Green:
    """Return a green whose end is after its start, which lies in the cycle."""
    start, end = green.start % cycle, green.end % cycle
    return green._replace(start=start, end=end if end > start else end + cycle)


def _matches(link: Connection, source: str, target: str) -> bool:
    """Return whether a connection leads from one edge or lane to another; no target is any."""
    sources = (link.from_edge, f"{link.from_edge}_{link.from_lane}")
    targets = ("", link.to_edge, f"{link.to_edge}_{link.to_lane}")
    return source in sources and target in targets


def _with_priorities(program: Program, responses: set[tuple[int, int]]) -> Program:
    """Return the program with G and O where nothing that a position yields to is green."""
    phases = []
    for phase in program.phases:
        waits = {position for position, other in responses if phase.state[other] in OPEN}
        state = "".join(
            letter.upper() if letter in "go" and position not in waits else letter
            for position, letter in enumerate(phase.state)
        )
        phases.append(Phase(phase.duration, state))
    return Program(program.signal, program.program, "static", program.offset, tuple(phases))
