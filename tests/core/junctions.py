"""Random junctions for the signals' tests, and the requests of somebody who means harm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from trafficai.backends.monitor import signal_monitor_tables
from trafficai.backends.signals import build_signal_tables, least_max_red
from trafficai.controllers.fallback import Fallback, one_phase_each
from trafficai.core.monitor_records import MonitorTables
from trafficai.core.signals import SignalTables
from trafficai.datatypes import FOLLOW_PLAN
from trafficai.scenario.model import Phase, Program, Signal

LINK = (("from", "to"),)


class Junction(NamedTuple):
    """A signal, which of its positions conflict, and the tables of the two that set and watch it."""

    signal: Signal
    foes: set[tuple[int, int]]
    tables: SignalTables
    monitor: MonitorTables


def make_junction(signal: Signal, foes: set[tuple[int, int]]) -> Junction:
    both_ways = foes | {(q, p) for p, q in foes}
    tables, monitor = build_signal_tables((signal,)), signal_monitor_tables((signal,), [both_ways])
    return Junction(signal, both_ways, tables, monitor)


@st.composite
def junctions(draw: st.DrawFn) -> Junction:
    """2 to 8 groups of random conflicts: with all-red or a matrix, red-amber, greens that the program lacks."""
    size = draw(st.integers(2, 8))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    foes = {(p, q) for p in range(size) for q in range(p) if random.random() < draw(st.sampled_from([0.5, 0.8, 1.0]))}
    foes |= {(1, 0)}
    phases, greens = random_program(random, size, foes)
    matrix: tuple[tuple[float, ...], ...] = ()
    if draw(st.booleans()):
        matrix = tuple(tuple(random_intergreen(random, p, q, foes) for q in range(size)) for p in range(size))
    signal = Signal(
        id="junction",
        program=Program("junction", "0", "static", float(draw(st.integers(-20, 20))), phases),
        links=(LINK,) * size,
        green_phases=greens,
        yellow=5.0,
        all_red=float(draw(st.integers(0, 3))),
        min_green=float(draw(st.integers(1, 8))),
        red_amber=float(draw(st.integers(0, 2))),
        yellows=tuple(float(value) for value in random.integers(3, 6, size)),
        intergreen=matrix,
        built_greens=tuple(random_green(random, size, foes) for _ in range(draw(st.sampled_from([0, 0, 1, 3])))),
    )
    max_red = float(np.ceil(least_max_red(signal) * draw(st.sampled_from([1.0, 1.2, 2.0]))))
    return make_junction(replace(signal, max_red=max_red), foes)


def random_intergreen(random: np.random.Generator, ending: int, starting: int, foes: set[tuple[int, int]]) -> float:
    """Return an entry of a matrix; the other way round it is another one."""
    is_conflict = (ending, starting) in foes or (starting, ending) in foes
    return float(random.integers(1, 12)) if is_conflict else 0.0


def random_green(random: np.random.Generator, size: int, foes: set[tuple[int, int]], among: Iterable[int] = ()) -> str:
    """Return a row of groups that do not conflict, to which none can be added, those of ``among`` first."""
    green: list[int] = []
    for group in [*random.permutation(sorted(among)).tolist(), *random.permutation(size).tolist()]:
        if all((group, other) not in foes and (other, group) not in foes for other in green):
            green.append(group)
    letter = "G" if random.random() < 0.7 else "g"
    return "".join(letter if group in green else "r" for group in range(size))


def random_program(
    random: np.random.Generator, size: int, foes: set[tuple[int, int]]
) -> tuple[tuple[Phase, ...], tuple[int, ...]]:
    """Return a program of rows of groups that do not conflict, every group green in some, some of them yielding."""
    rows: list[str] = []
    missing = set(range(size))
    while missing:
        rows.append(random_green(random, size, foes, missing))
        missing -= {group for group in range(size) if rows[-1][group] != "r"}
    rows = rows if len(rows) > 1 else [*rows, rows[0]]
    return tuple(Phase(float(random.integers(5, 30)), row) for row in rows), tuple(range(len(rows)))


def constant(random: np.random.Generator, num_phases: int, seconds: int) -> NDArray[np.int32]:
    return np.full(seconds, random.integers(-3, num_phases + 1))


def alternating(random: np.random.Generator, num_phases: int, seconds: int) -> NDArray[np.int32]:
    first, second = random.integers(0, num_phases, 2)
    return np.where(np.arange(seconds) % 2 == 0, first, second)


def skipping_one(random: np.random.Generator, num_phases: int, seconds: int) -> NDArray[np.int32]:
    kept = [phase for phase in range(num_phases) if phase != random.integers(0, num_phases)] or [0]
    return np.array(kept)[np.arange(seconds) // random.integers(1, 20) % len(kept)]


def at_random(random: np.random.Generator, num_phases: int, seconds: int) -> NDArray[np.int32]:
    wanted = random.integers(-3, num_phases + 2, seconds)
    wanted[random.random(seconds) < 0.05] = random.choice([-(2**31), 2**31 - 1, FOLLOW_PLAN, 99])
    return np.repeat(wanted, random.integers(1, 30))[:seconds]


def no_requests(random: np.random.Generator, num_phases: int, seconds: int) -> NDArray[np.int32]:
    """Answers that are none, by way of the fallback, once in ten seconds."""
    fallback = Fallback(one_phase_each(np.array([num_phases])))
    answers = [None, [float("nan")], [float("inf")], ["?"], [[0, 1]], [num_phases], [-7], [0.5], [0]]
    chosen = [answers[k] for k in random.integers(0, len(answers), seconds // 10 + 1)]
    return np.repeat([int(fallback.mend(answer)[0]) for answer in chosen], 10)[:seconds]


STRATEGIES = (constant, alternating, skipping_one, at_random, no_requests)


def hostile(seed: int, strategy: int, num_phases: int, seconds: int) -> NDArray[np.int32]:
    """Return one request per second."""
    random = np.random.default_rng(seed)
    return STRATEGIES[strategy](random, num_phases, seconds).astype(np.int32)


def resets(seed: int, seconds: int) -> NDArray[np.bool_]:
    """Return in which seconds the run begins anew: at any moment, so also amid a change."""
    random = np.random.default_rng(seed)
    at = random.random(seconds) < random.choice([0.0, 0.0, 0.002, 0.02])
    at[0] = True
    return at
