"""A fixed-time program as the greens of each position, and back: what tables of plans are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, NamedTuple

from trafficai.datatypes.errors import InputError
from trafficai.scenario.model import Phase, Program

STEADY: Final = "GgsoO"
"""Colours that let go: green, green that yields, the arrow behind a stop, and signals that blink or are off."""

RED: Final = "r"
RED_AMBER: Final = "u"
YELLOW: Final = "y"


class Green(NamedTuple):
    """One green of a position in every cycle, with the change before it and behind it."""

    colour: str  # of STEADY
    start: float  # [s], after the begin of the cycle, which is 0
    end: float  # [s], above start by a cycle at most; beyond the cycle where the green lasts into the next
    red_amber: float = 0.0  # [s], before start
    yellow: float = 0.0  # [s], from end on


class _Run(NamedTuple):
    """A stretch of a cycle in which a position shows one colour."""

    colour: str
    start: int  # [ms]
    length: int  # [ms]


def milliseconds(seconds: float) -> int:
    """Return a time in whole milliseconds, the grain of every engine."""
    return round(seconds * 1000.0)


def unrolled(program: Program) -> tuple[Phase, ...]:
    """Return the phases in the order in which a static program shows them, the first of ``next`` first.

    Raises:
        InputError: they never come back to the first phase.
    """
    phases, order, at = program.phases, [0], 0
    for _ in phases:
        at = phases[at].next[0] if phases[at].next else (at + 1) % len(phases)
        if at == 0:
            return tuple(phases[i] for i in order)
        order.append(at)
    message = "its phases never come back to the first, so it has no cycle; correct their 'next'"
    raise InputError(message, element=f"tlLogic '{program.signal}'")


def simplified(program: Program) -> Program:
    """Return the program without what a fixed-time plan does not say: phases of one state are one, none is named."""
    phases = []
    for state, same in groupby(unrolled(program), key=lambda phase: phase.state):
        length = sum(milliseconds(phase.duration) for phase in same)
        phases.append(Phase(length / 1000.0, state))
    return replace(program, type="static", phases=tuple(phases))


def greens_at(program: Program, position: int) -> tuple[Green, ...]:
    """Return the greens of one position of the state string, in order of their starts.

    Raises:
        InputError: yellow follows no green, or red-amber comes before none.
    """
    runs = _runs(program, position)
    if len(runs) == 1:
        run = runs[0]
        return (Green(run.colour, 0.0, run.length / 1000.0),) if run.colour in STEADY else ()
    found = []
    for before, run, after in zip((runs[-1], *runs), runs, (*runs[1:], runs[0]), strict=False):
        if (run.colour == YELLOW and before.colour not in STEADY) or (
            run.colour == RED_AMBER and after.colour not in STEADY
        ):
            message = f"position {position} changes in a way that green times can't tell; export it as SUMO's tlLogic"
            raise InputError(message, element=f"tlLogic '{program.signal}'")
        if run.colour in STEADY:
            found.append(_green(before, run, after))
    return tuple(sorted(found, key=lambda green: green.start))


def _runs(program: Program, position: int) -> list[_Run]:
    """Return the colours of a position one after the other; the last and the first of them differ."""
    runs, now = [], 0
    for colour, same in groupby(unrolled(program), key=lambda phase: phase.state[position]):
        length = sum(milliseconds(phase.duration) for phase in same)
        runs.append(_Run(colour, now, length))
        now += length
    if len(runs) > 1 and runs[0].colour == runs[-1].colour:
        first, last = runs[0], runs.pop()
        runs[0] = _Run(first.colour, last.start, last.length + first.length)
    return runs


def _green(before: _Run, run: _Run, after: _Run) -> Green:
    """Return a run of a steady colour as a green."""
    red_amber = before.length if before.colour == RED_AMBER else 0
    yellow = after.length if after.colour == YELLOW else 0
    times = (run.start, run.start + run.length, red_amber, yellow)
    return Green(run.colour, *(time / 1000.0 for time in times))


def program_of(signal: str, name: str, times: tuple[float, float], greens: Sequence[Sequence[Green]]) -> Program:
    """Return the program that shows the greens of every position.

    Args:
        signal: id of the signal.
        name: id of the program.
        times: cycle and offset [s].
        greens: of each position of the state string.

    Raises:
        InputError: greens of a position overlap, or lie outside the cycle.
    """
    cycle = milliseconds(times[0])
    spans = [_spans(signal, position, cycle, each) for position, each in enumerate(greens)]
    cuts = sorted({0} | {edge % cycle for each in spans for span in each for edge in (span.start, _end(span))})
    phases = []
    for begin, end in zip(cuts, (*cuts[1:], cycle), strict=True):
        state = "".join(_colour(each, begin, cycle) for each in spans)
        phases.append(Phase((end - begin) / 1000.0, state))
    return simplified(Program(signal, name, "static", times[1], tuple(phases)))


def _end(run: _Run) -> int:
    return run.start + run.length


def _spans(signal: str, position: int, cycle: int, greens: Iterable[Green]) -> list[_Run]:
    """Return everything but red that a position shows.

    Raises:
        InputError: some of it overlaps, or lies outside the cycle.
    """
    spans = [run for green in greens for run in _shown(green) if run.length]
    order = sorted(spans, key=lambda run: run.start)
    following = (*order[1:], *(run._replace(start=run.start + cycle) for run in order[:1]))
    overlaps = any(_end(run) > later.start for run, later in zip(order, following, strict=True))
    if overlaps or any(run.length < 0 or run.length > cycle for run in spans):
        message = (
            f"the greens of position {position}, with red-amber and yellow, do not fit into its cycle; correct them"
        )
        raise InputError(message, element=f"signal {signal!r}")
    return spans


def _shown(green: Green) -> tuple[_Run, _Run, _Run]:
    """Return red-amber, green and yellow of a green."""
    start, end = milliseconds(green.start), milliseconds(green.end)
    red_amber, yellow = milliseconds(green.red_amber), milliseconds(green.yellow)
    return (
        _Run(RED_AMBER, start - red_amber, red_amber),
        _Run(green.colour, start, end - start),
        _Run(YELLOW, end, yellow),
    )


def _colour(spans: Iterable[_Run], instant: int, cycle: int) -> str:
    """Return what a position shows at an instant of the cycle [ms]."""
    return next((run.colour for run in spans if (instant - run.start) % cycle < run.length), RED)
