"""From plans to the programs that show them, and back.

A plan says when greens begin and end; a program (SUMO's tlLogic) also says what is shown in between. Programs made here
show between two greens what the clearance function shows, so that a plan looks the same whether it is a program, in
both engines and in SUMO alone, or is asked for phase by phase.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from trafficai.datatypes import InputError, Plan, PlannedGreen, SignalPlan
from trafficai.scenario.changes import GO, change_length, change_states
from trafficai.scenario.model import Phase, Program, Scenario, Signal


def with_plan(scenario: Scenario, plan: Plan) -> Scenario:
    """Return the scenario with the plan's programs in force; signals without one keep theirs.

    The green phases on offer are those of the plan, in the order in which the signal numbered them.

    Raises:
        InputError: the plan names no signal of the scenario, names one twice, or asks for what can't be shown.
    """
    plans = _by_signal(scenario, plan)
    signals = tuple(_with_program(s, plans[s.id], plan.name) if s.id in plans else s for s in scenario.signals)
    mark = hashlib.sha256(f"{scenario.sha256} {plan!r}".encode()).hexdigest()
    return replace(scenario, signals=signals, sha256=mark)


def plan_of(signal: Signal) -> SignalPlan:
    """Return the plan that the signal's program in force shows; a green phase that follows another is its own green.

    Raises:
        InputError: the phases do not follow one another in their order.
    """
    program = signal.program
    for position, phase in enumerate(program.phases):
        if phase.next and phase.next[0] != (position + 1) % len(program.phases):
            raise InputError("its phases do not follow in their order, so it is no plan", element=_name(signal))
    starts = [sum((phase.duration for phase in program.phases[:i]), 0.0) for i in range(len(program.phases))]
    greens = [
        PlannedGreen(number, starts[i], program.phases[i].duration) for number, i in enumerate(signal.green_phases)
    ]
    return SignalPlan(signal.id, program.cycle, program.offset, tuple(sorted(greens, key=lambda green: green.start)))


def plan_program(signal: Signal, plan: SignalPlan, name: str) -> Program:
    """Return the program that shows the plan; it begins with the plan's first green.

    Raises:
        InputError: the plan has no green, greens overlap, or a change is shorter than the signal's clearance.
    """
    return _program(signal, plan, name)[0]


def _program(signal: Signal, plan: SignalPlan, name: str) -> tuple[Program, list[int]]:
    """Return the program that shows the plan, and which phase of it is each of the plan's greens."""
    _check(signal, plan)
    shown: list[tuple[float, str]] = []
    green_at: list[int] = []
    for k, (green, change) in enumerate(zip(plan.greens, _changes(plan), strict=True)):
        before = signal.green_state(green.phase)
        following = plan.greens[(k + 1) % len(plan.greens)]
        after = signal.green_state(following.phase)
        least = change_length(signal, before, after, _red_for(signal, plan, k))
        if change < least - 1e-9:
            problem = f"{change:g} s from green {green.phase} to {following.phase} are less than the {least:g} s needed"
            raise InputError(f"{problem}; move or shorten a green", element=_name(signal))
        green_at.append(len(shown))
        shown += [(green.length, before), *(change_states(signal, before, after, change) if change else ())]
    offset = (plan.offset + plan.greens[0].start) % plan.cycle
    return Program(signal.id, name, "static", offset, tuple(Phase(*pair) for pair in shown)), green_at


def _with_program(signal: Signal, plan: SignalPlan, name: str) -> Signal:
    """Return the signal with the plan's program in force."""
    program, green_at = _program(signal, plan, name)
    offered = sorted((green.phase, at) for green, at in zip(plan.greens, green_at, strict=True))
    return replace(signal, program=program, green_phases=tuple(at for _, at in offered), built_greens=())


def _by_signal(scenario: Scenario, plan: Plan) -> dict[str, SignalPlan]:
    """Return the plan of each signal by id; InputError for one that is not there or is there twice."""
    ids = [each.signal for each in plan.signals]
    unknown = sorted(set(ids) - {signal.id for signal in scenario.signals})
    if unknown:
        raise InputError(
            f"the scenario has no signal {unknown[0]!r} to control; correct it", element=f"plan {plan.name!r}"
        )
    twice = [name for name, group in groupby(sorted(ids)) if len(list(group)) > 1]
    if twice:
        raise InputError(f"signal {twice[0]!r} is there twice; keep one", element=f"plan {plan.name!r}")
    return dict(zip(ids, plan.signals, strict=True))


def _check(signal: Signal, plan: SignalPlan) -> None:
    """Refuse what is no plan of the signal."""
    where = _name(signal)
    if not plan.greens or plan.cycle <= 0.0:
        raise InputError("its plan needs a cycle above 0 s and at least one green", element=where)
    for green in plan.greens:
        if not 0 <= green.phase < signal.num_phases:
            offered = f"0 to {signal.num_phases - 1}"
            raise InputError(f"its plan names green phase {green.phase}; there are {offered}", element=where)
        if green.length <= 0.0 or not 0.0 <= green.start < plan.cycle:
            problem = f"green {green.phase} must begin within the cycle of {plan.cycle:g} s and last more than 0 s"
            raise InputError(problem, element=where)
    if any(first.end > second.start + 1e-9 for first, second in pairwise(plan.greens)) or min(_changes(plan)) < -1e-9:
        raise InputError("greens of its plan overlap, or are not in order of their starts; correct it", element=where)


def _changes(plan: SignalPlan) -> list[float]:
    """Return the time from the end of each green to the begin of the next [s]."""
    starts = [*(green.start for green in plan.greens[1:]), plan.greens[0].start + plan.cycle]
    return [_tidy(start - green.end) for green, start in zip(plan.greens, starts, strict=True)]


def _tidy(time: float) -> float:
    """Return a time [s] without what is below a millisecond."""
    return round(time, 3) + 0.0


def _red_for(signal: Signal, plan: SignalPlan, k: int) -> Sequence[float]:
    """Return how long each position has been without green when green ``k`` ends [s]; a cycle where it has none."""
    end, count = plan.greens[k].end, len(plan.greens)
    since = [plan.cycle] * len(signal.links)
    for step in range(count):
        earlier = plan.greens[k - step]
        age = _tidy(end - earlier.end) % plan.cycle
        for position, letter in enumerate(signal.green_state(earlier.phase)):
            if letter in GO:
                since[position] = min(since[position], age)
    return since


def _name(signal: Signal) -> str:
    return f"tlLogic {signal.id!r}"
