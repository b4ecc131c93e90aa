"""Plans as SUMO's additional files: one tlLogic for each signal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from trafficai.datatypes.files import write_text_atomically
from trafficai.plans.timetable import simplified
from trafficai.scenario.export import program_element
from trafficai.scenario.model import Program
from trafficai.scenario.notes import Notes
from trafficai.scenario.programs import Programs, add_program
from trafficai.scenario.xml import Element, read_elements

SCHEDULE: Final = "schedule"
"""Id of the WAUT that switches programs."""


def write_sumo_plan(path: Path, programs: Iterable[Program]) -> Path:
    """Write programs so that ``sumo --additional-files`` runs them; names of programs must not be those of the network.

    Raises:
        RunError: the place can't be written.
        InputError: a program has no cycle.
    """
    lines = "".join(program_element(simplified(program)) for program in programs)
    return write_text_atomically(path, f"<additional>\n{lines}</additional>\n")


def read_sumo_plan(path: Path, known: Sequence[Program]) -> tuple[Program, ...]:
    """Return the programs of an additional file, the last of each signal, as SUMO does.

    A tlLogic without phases, as SUMO's tlsCoordinator.py writes it, changes the offset of the program of that name
    among ``known``.

    Raises:
        InputError: the file can't be read, or a tlLogic is malformed.
    """
    own = {program.signal: program for program in known}
    programs: Programs = {}
    for element in read_elements(path):
        if element.tag == "tlLogic":
            _prepare(element, programs, own)
            add_program(element, programs, Notes())
    return tuple(list(each.values())[-1] for each in programs.values())


def _prepare(element: Element, programs: Programs, own: dict[str, Program]) -> None:
    """Let an element without phases find the program whose offset it changes."""
    program = own.get(element.text("id"))
    if program is not None and not any(child.tag == "phase" for child in element.children):
        programs.setdefault(program.signal, {}).setdefault(program.program, program)


def write_sumo_schedule(path: Path, signals: Iterable[str], switches: Sequence[tuple[int, str]]) -> Path:
    """Write SUMO's WAUT elements that put programs in force, each from a time [s] on; it is read after the programs.

    The first program is in force from the begin; every signal needs all of them.
    https://sumo.dlr.de/docs/Simulation/Traffic_Lights.html, "Defining program switch times".

    Raises:
        RunError: the place can't be written.
    """
    (_, first), *others = switches
    lines = "".join(f"<wautSwitch time={quoteattr(str(time))} to={quoteattr(name)}/>\n" for time, name in others)
    waut = f'<WAUT refTime="0" id="{SCHEDULE}" startProg={quoteattr(first)}>\n{lines}</WAUT>\n'
    joined = "".join(f'<wautJunction wautID="{SCHEDULE}" junctionID={quoteattr(signal)}/>\n' for signal in signals)
    return write_text_atomically(path, f"<additional>\n{waut}{joined}</additional>\n")
