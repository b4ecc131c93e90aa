"""Holds fixed-time plans to the rules of signal timing: a finding per rule and signal group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from trafficai.datatypes.errors import InputError
from trafficai.plans.apply import programs_in_force
from trafficai.plans.clearance import needed_intergreen, needed_yellow
from trafficai.plans.examined import TOLERANCE, Examiner, Group, Junction
from trafficai.plans.standards import STANDARDS, Limit, School, Standard
from trafficai.plans.timetable import simplified
from trafficai.scenario.kinds import PEDESTRIANS, TRANSIT, VEHICLES
from trafficai.scenario.model import Scenario

PASS, ADVICE, FAIL = RESULTS = ("pass", "advice", "fail")
"""Advice fails no plan."""

DRIVEN: Final = (VEHICLES, TRANSIT)
MATRIX: Final = "the scenario's intergreen matrix"
ASKED: Final = "as asked for"
PRIORITY: Final = "the network's right-of-way matrix"
SEQUENCE: Final = "red, red-amber, green, yellow: § 37 StVO, MUTCD 2009, 4D.05"
MAX_RED: Final = 120.0
"""Longest red unless another is asked for [s]: that of the longest cycle."""


class Finding(NamedTuple):
    """What one rule has to say of one signal group."""

    result: str  # of RESULTS
    rule: str
    signal: str  # id
    groups: tuple[str, ...]  # none where the rule is for the signal, two for a change from one to the other
    value: float | None  # [s], what the plan has
    limit: float | None  # [s], what the rule wants
    words: str
    source: str  # who says so

    def __str__(self) -> str:
        """Return the finding in one line."""
        where = f"{self.signal} {' to '.join(self.groups)}".strip()
        return f"{self.result}: {where}: {self.words} [{self.rule}; {self.source}]"


class Limits(NamedTuple):
    """What a plan is held to."""

    standard: Standard
    max_cycle: Limit  # [s]
    max_red: Limit  # [s]


def limits_of(school: School = "rilsa", max_cycle: float | None = None, max_red: float | None = None) -> Limits:
    """Return the limits of a school of signal timing, with another longest cycle or red [s] where one is given.

    Raises:
        InputError: there is no such school, or a time is none.
    """
    if school not in STANDARDS:
        raise InputError(f"unknown standard {school!r}; known are {', '.join(STANDARDS)}")
    if any(time is not None and not 0.0 < time <= 3600.0 for time in (max_cycle, max_red)):
        raise InputError("the longest cycle and the longest red are times of more than 0 and up to 3600 s")
    standard = STANDARDS[school]
    cycle = standard.longest_cycle if max_cycle is None else Limit(max_cycle, ASKED)
    red = (
        Limit(MAX_RED, "waiting is not to be longer than a cycle of 120 s")
        if max_red is None
        else Limit(max_red, ASKED)
    )
    return Limits(standard, cycle, red)


def check_plan(scenario: Scenario, limits: Limits) -> tuple[Finding, ...]:
    """Return what the rules have to say of the program in force of every signal, signal after signal."""
    examiner = Examiner(scenario.network)
    matrices = {signal.id: signal.intergreen for signal in scenario.signals}
    found: list[Finding] = []
    for program in programs_in_force(scenario):
        try:
            junction = examiner.lay_out(simplified(program), matrices.get(program.signal, ()))
        except InputError as error:
            found.append(Finding(FAIL, "sequence", program.signal, (), None, None, str(error), SEQUENCE))
            continue
        found += (finding for rule in RULES for finding in rule(junction, limits))
    return tuple(found)


def _at_least(value: float, limit: float, otherwise: str = FAIL) -> str:
    return PASS if value >= limit - TOLERANCE else otherwise


def _at_most(value: float, limit: float, otherwise: str = FAIL) -> str:
    return PASS if value <= limit + TOLERANCE else otherwise


def _shortest_green(group: Group) -> float:
    return min(green.length for green in group.greens)


def cycle_length(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """The cycle is not too long; advice: nor unusual."""
    cycle, (longest, source) = junction.program.cycle, limits.max_cycle
    yield Finding(
        *(_at_most(cycle, longest), "max-cycle", junction.signal, (), cycle, longest),
        *(f"cycle {cycle:g} s, {longest:g} s at most", source),
    )
    if limits.standard.usual_cycle is not None:
        low, high = limits.standard.usual_cycle
        bound = low if cycle < low.value else high
        is_usual = low.value - TOLERANCE <= cycle <= high.value + TOLERANCE
        yield Finding(
            *(PASS if is_usual else ADVICE, "usual-cycle", junction.signal, (), cycle, bound.value),
            *(f"cycle {cycle:g} s, usually {low.value:g} to {high.value:g} s", bound.source),
        )


def green_at_all(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """No group is red for ever."""
    del limits
    for group in junction.groups:
        words = f"green {len(group.greens)} times a cycle" if group.greens else "never green"
        result = PASS if group.greens else FAIL
        yield Finding(result, "is-served", junction.signal, (group.name,), None, None, words, SEQUENCE)


def least_green(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """Greens are not too short; advice: nor shorter than usual."""
    standard = limits.standard
    rules = (("min-green", standard.least_green, FAIL), ("usual-green", standard.usual_green, ADVICE))
    for group in junction.groups:
        for rule, least, otherwise in rules:
            if group.greens and group.kind in least:
                green, (limit, source) = _shortest_green(group), least[group.kind]
                yield Finding(
                    *(_at_least(green, limit, otherwise), rule, junction.signal, (group.name,), green, limit),
                    *(f"green {green:g} s, {'at least' if otherwise == FAIL else 'usually'} {limit:g} s", source),
                )


def pedestrian_green(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """Advice: who starts with the green of a crossing gets most of the way over while it lasts."""
    share = limits.standard.pedestrian_share
    if share is None:
        return
    for group in junction.groups:
        if group.kind == PEDESTRIANS and group.greens and group.ways:
            longest = max(way.length for _, way in group.ways)
            green, limit = _shortest_green(group), share.value * longest / limits.standard.pedestrian_speed
            words = f"green {green:g} s, {limit:.1f} s for {share.value:.0%} of the {longest:.1f} m"
            result = _at_least(green, limit, ADVICE)
            yield Finding(
                result, "pedestrian-green", junction.signal, (group.name,), green, round(limit, 1), words, share.source
            )


def yellow(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """Every green of vehicles is followed by the yellow that its approach speed needs, and not by too much."""
    standard = limits.standard
    for group in junction.groups:
        ending = [green for green in group.greens if green.length < junction.program.cycle - TOLERANCE]
        if group.kind in DRIVEN and ending and group.ways:
            needed = max(needed_yellow(way, standard) for _, way in group.ways)
            shortest, longest = min(green.yellow for green in ending), max(green.yellow for green in ending)
            words = f"yellow {shortest:g} s, at least {needed:g} s"
            head = ("yellow", junction.signal, (group.name,))
            yield Finding(_at_least(shortest, needed), *head, shortest, needed, words, standard.yellow_source)
            if standard.longest_yellow is not None:
                most, source = standard.longest_yellow
                words = f"yellow {longest:g} s, at most {most:g} s"
                head = ("max-yellow", junction.signal, (group.name,))
                yield Finding(_at_most(longest, most), *head, longest, most, words, source)


def red_amber(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """Red-amber comes before every green of vehicles, where it is used, and is not too long; advice: it is there."""
    longest = limits.standard.longest_red_amber
    for group in junction.groups:
        starting = [green for green in group.greens if green.length < junction.program.cycle - TOLERANCE]
        if longest is None or group.kind not in DRIVEN or not starting:
            continue
        most, least = (pick(green.red_amber for green in starting) for pick in (max, min))
        result = FAIL if most > longest.value + TOLERANCE else PASS if least > 0.0 else ADVICE
        words = (
            f"red-amber {most:g} s, at most {longest.value:g} s" if least > 0.0 else "green without red-amber before it"
        )
        yield Finding(result, "red-amber", junction.signal, (group.name,), most, longest.value, words, longest.source)


def priority(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """No two streams that conflict have priority (G) at the same time; those of one group merge by the road's rules."""
    del limits
    greens = {
        frozenset(k for k, letter in enumerate(phase.state) if letter == "G") for phase in junction.program.phases
    }
    names = {k: group.name for group in junction.groups for k, _ in group.ways}
    known = ((a, b) for a, b in junction.responses if a in names and b in names and names[a] != names[b])
    clashes = [(a, b) for a, b in known if any({a, b} <= green for green in greens)]
    pairs = sorted({(names[a], names[b]) for a, b in clashes})
    for pair in pairs:
        words = "green with priority together, though the first should yield to the second"
        yield Finding(FAIL, "conflicting-greens", junction.signal, pair, None, None, words, PRIORITY)
    if not pairs:
        words = "no two streams that conflict have priority at once"
        yield Finding(PASS, "conflicting-greens", junction.signal, (), None, None, words, PRIORITY)


def intergreen(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """Between greens of conflicting groups there is the time that clearing the junction takes."""
    for ending, starting in junction.rivals():
        needed = _needed(junction, ending, starting, limits.standard)
        if needed is not None:
            limit, source = needed
            shown = _shown_intergreen(junction, ending, starting)
            words = f"intergreen {shown:g} s, at least {limit:g} s"
            rule = "pedestrian-clearance" if ending.kind == PEDESTRIANS else "intergreen"
            yield Finding(
                *(_at_least(shown, limit), rule, junction.signal, (ending.name, starting.name), shown, limit),
                *(words, source),
            )


def _needed(junction: Junction, ending: Group, starting: Group, standard: Standard) -> Limit | None:
    """Return the longest intergreen that any two movements of the groups need [s]; None where none conflict."""
    pairs = [(k, one, j, other) for k, one in ending.ways for j, other in starting.ways if (k, j) in junction.foes]
    if junction.intergreen:
        given = max((junction.intergreen[k][j] for k, _, j, _ in pairs), default=0.0)
        return Limit(given, MATRIX) if given > 0.0 else None
    times = [needed_intergreen(one, other, standard) for _, one, _, other in pairs]
    return max((Limit(time, standard.intergreen_source) for time in times if time is not None), default=None)


def _shown_intergreen(junction: Junction, ending: Group, starting: Group) -> float:
    """Return the shortest time from the end of a green of one group to the next green of the other [s]."""
    cycle = junction.program.cycle
    times = ((green.start - before.end) % cycle for before in ending.greens for green in starting.greens)
    return round(min(times), 3)


def longest_red(junction: Junction, limits: Limits) -> Iterator[Finding]:
    """No group waits too long for its next green."""
    limit, source = limits.max_red
    for group in junction.groups:
        if group.greens:
            after = (*group.greens[1:], group.greens[0])
            cycle = junction.program.cycle
            reds = [(later.start - green.end) % cycle for green, later in zip(group.greens, after, strict=True)]
            red = round(max(reds), 3)
            yield Finding(
                *(_at_most(red, limit), "max-red", junction.signal, (group.name,), red, limit),
                *(f"not green for {red:g} s, {limit:g} s at most", source),
            )


RULES: Final[tuple[Callable[[Junction, Limits], Iterator[Finding]], ...]] = (
    cycle_length,
    green_at_all,
    least_green,
    pedestrian_green,
    yellow,
    red_amber,
    priority,
    intergreen,
    longest_red,
)
"""In the order in which findings are listed."""
