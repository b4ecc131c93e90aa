"""Each rule finds the fault that is put into a plan that was good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trafficai.datatypes import InputError
from trafficai.plans import Finding, check_plan, limits_of, with_programs
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Phase, Program, Scenario

Plan = list[tuple[float, str]]

GOOD: Plan = [
    (1.0, "rrruuurrrruuur"),
    (28.0, "rrrGGGrrrrGGGr"),
    (3.0, "rrryyyrrrryyyr"),
    (2.0, "rrrrrrrrrrrrrr"),
    (1.0, "rrrrrrurrrrrru"),
    (12.0, "rrrrrrGrrrrrrG"),
    (3.0, "rrrrrryrrrrrry"),
    (2.0, "rrrrrrrrrrrrrr"),
    (1.0, "uurrrrruurrrrr"),
    (20.0, "GGrrrrrGGrrrrr"),
    (3.0, "yyrrrrryyrrrrr"),
    (2.0, "rrrrrrrrrrrrrr"),
    (1.0, "rrurrrrrrurrrr"),
    (10.0, "rrGrrrrrrGrrrr"),
    (3.0, "rryrrrrrryrrrr"),
    (2.0, "rrrrrrrrrrrrrr"),
]
"""The scenario junction's own program with red-amber: through traffic, then turns, of one street and of the other."""


def planned(plan: Plan, scenario: Scenario | None = None) -> Scenario:
    scenario = load_scenario("junction") if scenario is None else scenario
    signal = scenario.signals[0].id
    phases = tuple(Phase(seconds, state) for seconds, state in plan)
    return with_programs(scenario, [Program(signal, "test", "static", 0.0, phases)], Path("test"))


def lasting(phase: int, seconds: float) -> Callable[[Plan], Plan]:
    """Return a plan with another duration of one phase; 0 leaves it out."""
    return lambda plan: [
        pair if i != phase else (seconds, pair[1]) for i, pair in enumerate(plan) if i != phase or seconds > 0.0
    ]


FAULTS: dict[str, Callable[[Plan], Plan]] = {
    "max-cycle": lasting(1, 58.0),
    "is-served": lambda plan: [(seconds, f"r{state[1:]}") for seconds, state in plan],
    "min-green": lasting(13, 4.0),
    "yellow": lasting(6, 2.0),
    "red-amber": lasting(4, 3.0),
    "intergreen": lambda plan: lasting(7, 0.0)(lasting(8, 0.0)(plan)),
    "max-red": lasting(9, 46.0),
}
"""By the rule that must find it, what is done to the plan."""


def broken(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings if finding.result == "fail"}


def test_a_good_plan_breaks_no_rule():
    findings = check_plan(planned(GOOD), limits_of())
    assert not broken(findings)
    assert {finding.rule for finding in findings if finding.result == "advice"} == {"usual-cycle"}
    assert {finding.rule for finding in findings} >= set(FAULTS)


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_is_found_by_its_rule_alone(rule):
    limits = limits_of(max_red=100.0, max_cycle=120.0) if rule == "max-red" else limits_of()
    assert broken(check_plan(planned(FAULTS[rule](GOOD)), limits)) == {rule}


def test_streams_that_conflict_may_not_have_priority_together():
    together = {
        "rrruuurrrruuur": "rrruuuurrruuur",
        "rrrGGGrrrrGGGr": "rrrGGGGrrrGGGr",
        "rrryyyrrrryyyr": "rrryyyyrrryyyr",
    }
    plan = [(seconds, together.get(state, state)) for seconds, state in GOOD]
    found = [finding for finding in check_plan(planned(plan), limits_of()) if finding.result == "fail"]
    assert {(finding.rule, len(finding.groups)) for finding in found} == {("conflicting-greens", 2)}
    yielding = [(seconds, state.replace("GGGGrrrG", "GGGgrrrG")) for seconds, state in plan]
    assert not broken(check_plan(planned(yielding), limits_of()))


def test_red_is_bounded_as_asked():
    def reds(most: float) -> set[str]:
        return {
            finding.groups[0]
            for finding in check_plan(planned(GOOD), limits_of(max_red=most))
            if finding.rule == "max-red" and finding.result == "fail"
        }

    cycle = sum(seconds for seconds, _ in GOOD)
    assert cycle == 94.0
    assert reds(cycle - 10.0) == set()  # the shortest green lasts 10 s
    assert len(reds(cycle - 11.0)) == 2
    assert limits_of(max_cycle=95.0).max_cycle == (95.0, "as asked for")


def test_a_plan_that_no_signal_can_show_is_a_finding():
    plan = [(seconds, "ryrrrrrrrrrrrr" if i == 3 else state) for i, (seconds, state) in enumerate(GOOD)]
    (finding,) = check_plan(planned(plan), limits_of())
    assert (finding.result, finding.rule) == ("fail", "sequence")
    assert "position 1 changes in a way that green times can't tell" in str(finding)


def test_the_scenarios_own_matrix_counts_before_geometry():
    scenario = load_scenario("junction")
    signal = scenario.signals[0]
    size = range(len(signal.links))
    with_matrix = replace(
        scenario, signals=(replace(signal, intergreen=tuple(tuple(6.5 * (i != j) for j in size) for i in size)),)
    )
    short = [f for f in check_plan(planned(GOOD, with_matrix), limits_of()) if f.result == "fail"]
    assert {(finding.rule, finding.limit, finding.source) for finding in short} == {
        ("intergreen", 6.5, "the scenario's intergreen matrix")
    }
    assert all(finding.value == 6.0 for finding in short)  # yellow, all-red and red-amber


def test_the_schools_differ():
    by = {name: check_plan(planned(GOOD), limits_of(name)) for name in ("rilsa", "mutcd")}
    assert all("info-lsa" in f.source for f in by["rilsa"] if f.rule == "min-green")
    assert "red-amber" not in {finding.rule for finding in by["mutcd"]}
    yellows = {finding.limit for finding in by["mutcd"] if finding.rule == "yellow"}
    assert yellows == {3.3}  # 1 s + 13.89/6.1 s, where the plan has 3 s
    assert {"yellow"} <= broken(by["mutcd"])


@pytest.mark.parametrize("school", ["rilsa", "mutcd"])
def test_pedestrians_need_the_time_that_their_way_takes(with_crossings, school):
    findings = check_plan(with_crossings, limits_of(school))
    clearance = [finding for finding in findings if finding.rule == "pedestrian-clearance"]
    assert clearance
    for finding in clearance:
        width = 4 * 3.2  # two lanes each way
        assert finding.groups[0].startswith("F")
        assert finding.limit == pytest.approx(width / {"rilsa": 1.2, "mutcd": 1.07}[school], abs=2.5)
    assert {f.groups[0][0] for f in findings if f.rule == "min-green"} == {"K", "F"}


def test_bad_limits_are_refused():
    with pytest.raises(InputError, match="more than 0 and up to 3600 s"):
        limits_of(max_cycle=0.0)
