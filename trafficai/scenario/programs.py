"""Reads SUMO's signal programs (tlLogic), and turns the one in force into a :class:`Signal`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from trafficai.datatypes.errors import InputError
from trafficai.scenario.model import Connection, Network, Phase, Program, Signal
from trafficai.scenario.notes import Notes
from trafficai.scenario.vehicle_classes import ROAD_CLASSES
from trafficai.scenario.xml import Element

COLOURS: Final = frozenset("rRyYgGuUsoO")
GREEN: Final = frozenset("gG")
YELLOW: Final = frozenset("yY")
CHANGING: Final = frozenset("yYuU")
RED_AMBER: Final = frozenset("uU")
LEAST_YELLOW: Final = 3.0  # [s]
YELLOW_BY_SPEED: Final = ((60.0, 5.0), (50.0, 4.0))
"""Above so many km/h the yellow lasts so many seconds: RiLSA's 3, 4 and 5 s at 50, 60 and 70 km/h."""

Programs = dict[str, dict[str, Program]]


def add_program(element: Element, programs: Programs, notes: Notes) -> None:
    """Add a tlLogic to the programs read so far; the program loaded last is the one in force, as in SUMO.

    A tlLogic without phases changes the offset of the program that it names.

    Raises:
        InputError: the element is malformed, or the program is there twice.
    """
    signal, name = element.text("id"), element.get("programID", "0")
    known = programs.setdefault(signal, {})
    phases = tuple(_read_phase(child) for child in element.children if child.tag == "phase")
    if not phases:
        _change_offset(element, known, name)
    elif name in known:
        raise element.error(f"program '{name}' is there twice; give it another programID")
    else:
        known[name] = Program(signal, name, _read_type(element, notes), element.time("offset", 0.0), phases)
        _check_states(element, phases)


def _change_offset(element: Element, known: dict[str, Program], name: str) -> None:
    if name not in known:
        raise element.error("has no phase; add some")
    known[name] = replace(known.pop(name), offset=element.time("offset", 0.0))


def _read_type(element: Element, notes: Notes) -> str:
    kind = element.get("type", "static")
    if kind != "static":
        notes.count(f"signal program(s) of type '{kind}' taken as static, by the durations of their phases")
    return kind


def _read_phase(element: Element) -> Phase:
    state = element.text("state")
    if not set(state) <= COLOURS:
        raise element.error(f"state '{state}' shows a colour that is none of {''.join(sorted(COLOURS))}; correct it")
    duration = element.time("duration")
    if duration <= 0.0:
        raise element.error("duration must be greater than 0 s; correct it")
    return Phase(
        duration=duration,
        state=state.replace("R", "r").replace("Y", "y"),  # capitals SUMO takes for the same colours
        min_duration=element.time("minDur") if "minDur" in element.attributes else None,
        max_duration=element.time("maxDur") if "maxDur" in element.attributes else None,
        next=tuple(_read_successor(element, part) for part in element.get("next").replace(",", " ").split()),
        name=element.get("name"),
    )


def _read_successor(element: Element, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise element.error(f"next='{element.get('next')}' does not name phases by number; correct it")
    return int(text)


def _check_states(element: Element, phases: tuple[Phase, ...]) -> None:
    if len({len(phase.state) for phase in phases}) != 1:
        raise element.error("its phases show different numbers of colours; make the states equally long")
    for phase in phases:
        if any(successor >= len(phases) for successor in phase.next):
            raise element.error("a phase's 'next' is beyond the last phase; correct it")


class Signals(NamedTuple):
    """The signals of a network."""

    controllable: tuple[Signal, ...]
    others: tuple[Program, ...]  # in force where no controller can set anything


def build_signals(network: Network, programs: Programs, file: Path, notes: Notes) -> Signals:
    """Return a signal for every program in force that controls a movement of road vehicles, and the other programs.

    Args:
        network: the network.
        programs: every program read, by signal and program id; the last of each is in force.
        file: the network file, for messages.
        notes: gets the signals that no controller can set.

    Raises:
        InputError: a connection's place is beyond the end of its signal's states.
    """
    controlled: dict[str, list[Connection]] = {}
    for connection in network.connections:
        if connection.signal is not None:
            controlled.setdefault(connection.signal, []).append(connection)
    for name in controlled.keys() - programs.keys():
        notes.count("signal(s) without a program (rail signals) left out")
        del controlled[name]
    notes.count("signal program(s) that control nothing left out", len(programs.keys() - controlled.keys()))
    in_force = [list(known.values())[-1] for name, known in programs.items() if name in controlled]
    signals = [_build_signal(program, controlled[program.signal], network, file) for program in in_force]
    controllable = tuple(signal for signal in signals if _is_controllable(signal, notes))
    kept = {signal.id for signal in controllable}
    return Signals(controllable, tuple(program for program in in_force if program.signal not in kept))


def _build_signal(program: Program, connections: list[Connection], network: Network, file: Path) -> Signal:
    places: list[list[tuple[str, str]]] = [[] for _ in program.phases[0].state]
    for connection in connections:
        if connection.link_index >= len(places):
            raise InputError(
                f"link {connection.link_index} (from '{connection.from_edge}' to '{connection.to_edge}') is beyond"
                f" the {len(places)} colours of program '{program.program}'; lengthen the states",
                file=file,
                element=f"tlLogic '{program.signal}'",
            )
        pair = _road_lanes(connection, network)
        if pair is not None:
            places[connection.link_index].append(pair)
    greens = _green_phases(program, places)
    yellow = _longest_yellow(program)
    yellows = () if yellow else tuple(_yellow_by_speed(place, network) for place in places)
    return Signal(
        id=program.signal,
        program=program,
        links=tuple(tuple(place) for place in places),
        green_phases=greens,
        yellow=yellow or max(yellows),
        all_red=_shortest_all_red(program, greens),
        red_amber=min((phase.duration for phase in program.phases if RED_AMBER & set(phase.state)), default=0.0),
        yellows=yellows,
    )


def _yellow_by_speed(place: list[tuple[str, str]], network: Network) -> float:
    """Return the yellow that the fastest approach of a position needs [s]."""
    lanes = network.lanes
    limits = [round(lanes[network.lane_index[source]].speed * 3.6) for source, _ in place]
    return next((time for limit, time in YELLOW_BY_SPEED if max(limits, default=0) > limit), LEAST_YELLOW)


def _road_lanes(connection: Connection, network: Network) -> tuple[str, str] | None:
    """Return the ids of the two lanes that a connection joins, None unless road vehicles may use it."""
    source = network.edges[network.edge_index[connection.from_edge]]
    target = network.edges[network.edge_index[connection.to_edge]]
    if {source.function, target.function} & {"crossing", "walkingarea"}:
        return None
    lanes = (source.lanes[connection.from_lane], target.lanes[connection.to_lane])
    if any(lane.allow is not None and not lane.allow & (ROAD_CLASSES - {"ignoring"}) for lane in lanes):
        return None
    return lanes[0].id, lanes[1].id


def _is_controllable(signal: Signal, notes: Notes) -> bool:
    """Return whether a controller can set the signal, and note it if not."""
    if not any(signal.links):
        notes.count("signal(s) that control no road vehicle (pedestrians, rail) left to their program")
        return False
    if not signal.green_phases:
        notes.count("signal(s) that never show green to a road left to their program")
        return False
    return True


def _green_phases(program: Program, places: list[list[tuple[str, str]]]) -> tuple[int, ...]:
    """Return the phases that show green to a road and change nothing."""
    shown = [{colour for colour, place in zip(phase.state, places, strict=True) if place} for phase in program.phases]
    steady = [not CHANGING & set(phase.state) for phase in program.phases]
    return tuple(i for i, colours in enumerate(shown) if colours & GREEN and steady[i])


def _longest_yellow(program: Program) -> float:
    """Return the longest phase that shows yellow [s], 0 where none does."""
    return max((phase.duration for phase in program.phases if YELLOW & set(phase.state)), default=0.0)


def _shortest_all_red(program: Program, greens: tuple[int, ...]) -> float:
    """Return the shortest time without green and yellow from one green phase to the next [s]."""
    num_phases = len(program.phases)
    dark = [0.0 if set(phase.state) & (GREEN | CHANGING) else phase.duration for phase in program.phases]
    times = []
    for first, second in zip(greens, greens[1:] + greens[:1], strict=True):
        steps = (second - first - 1) % num_phases
        times.append(sum((dark[(first + 1 + step) % num_phases] for step in range(steps)), 0.0))
    return min(times, default=0.0)
