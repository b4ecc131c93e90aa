"""Plans as agents: one is a program, several take turns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trafficai.backends import make_backend
from trafficai.controllers import designed
from trafficai.datatypes import FOLLOW_PROGRAM, InputError, Plan
from trafficai.plans import PlannedTimes, TimedPlan, export_plan, write_plan_agent
from trafficai.scenario import load_scenario
from trafficai.scenario.plans import plan_of, with_plan
from trafficai.training import make_agent


@pytest.fixture(scope="module")
def junction():
    return load_scenario("junction", end=400)


def planned(scenario, name, order):
    """Return the scenario with its phases in another order, each after 10 s of green and 5 s of change."""
    own = plan_of(scenario.signals[0])
    greens = tuple(own.greens[phase]._replace(start=15.0 * k, length=10.0) for k, phase in enumerate(order))
    return with_plan(scenario, Plan(name, (own._replace(cycle=15.0 * len(order), greens=greens),)))


@pytest.fixture
def agent(junction, tmp_path):
    """A plan of all four phases until 150 s, then one of the first and the third."""
    places = []
    for begin, order in ((0.0, (0, 1, 2, 3)), (150.0, (2, 0))):
        place = tmp_path / f"plan-{begin:g}"
        export_plan(planned(junction, f"from-{begin:g}", order), place, "tables")
        places.append((begin, place))
    write_plan_agent(tmp_path, "two", "Two plans.", "a test", places)
    return tmp_path


def test_one_plan_is_the_program(junction, tmp_path):
    export_plan(planned(junction, "one", (3, 1, 0, 2)), tmp_path, "tables")
    rule = PlannedTimes("one", [TimedPlan(0.0, tmp_path)])
    scenario = designed(rule, junction)
    assert rule.decision_interval == 10
    assert scenario.signals[0].program.cycle == 60.0
    rule.reset(scenario, 1)
    assert rule.decide(make_backend(scenario, "numba").reset(1)).tolist() == [FOLLOW_PROGRAM]


@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_each_plan_is_shown_in_its_time(junction, agent, backend):
    """Greens of 15 s slots: 0, 1, 2, 3 round and round until 150 s, then 2 and 0."""
    rule = make_agent(agent)
    scenario = designed(rule, junction)
    states = [junction.signals[0].green_state(phase) for phase in range(4)]
    engine = make_backend(scenario, backend)
    rule.reset(scenario, 1)
    snapshot, shown = engine.reset(1), {}
    while snapshot.time < 300:
        snapshot = engine.advance(rule.decide(snapshot), rule.decision_interval)
        phase = int(snapshot.signal_phase[0])
        if snapshot.signal_elapsed[0] > 0:
            shown[int(snapshot.time)] = states.index(scenario.signals[0].green_state(phase))
    engine.close()
    assert [shown.get(15 * slot + 8) for slot in range(1, 10)] == [1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert [shown.get(15 * slot + 8) for slot in range(11, 20)] == [0, 2, 0, 2, 0, 2, 0, 2, 0]


def test_greens_that_only_a_later_plan_has_are_offered(junction, tmp_path):
    """The second plan shows one phase with a letter changed, which the first does not know."""
    signal = junction.signals[0]
    phases = list(signal.program.phases)
    third = signal.green_phases[2]
    phases[third] = replace(phases[third], state=phases[third].state.replace("G", "g", 1))
    other = replace(junction, signals=(replace(signal, program=replace(signal.program, phases=tuple(phases))),))
    export_plan(junction, tmp_path / "a.add.xml")
    export_plan(other, tmp_path / "b.add.xml")
    rule = PlannedTimes("two", [TimedPlan(0.0, tmp_path / "a.add.xml"), TimedPlan(100.0, tmp_path / "b.add.xml")])
    once = designed(rule, junction)
    assert once.signals[0].built_greens == (phases[third].state,)
    assert designed(rule, once) is once


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "key 'plans': must be tables"),
        ('[[plans]]\nbegin = "x"\npath = "."', "begin must be a number of seconds"),
        ('[[plans]]\nbegin = 9\npath = "a"\n[[plans]]\nbegin = 9\npath = "b"', "begins must rise"),
    ],
)
def test_a_folder_that_names_no_plans_is_refused(tmp_path, text, problem):
    (tmp_path / "agent.toml").write_text(f'name = "x"\nkind = "plan"\n{text}\n')
    with pytest.raises(InputError, match=problem):
        make_agent(tmp_path)


def test_the_plan_of_a_search_is_found_by_name(junction, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="search for one with `trafficai optimize junction`"):
        designed(make_agent("optimised"), junction)
    folder = Path("runs/optimised-junction")
    export_plan(planned(junction, "optimised", (0, 2, 1, 3)), folder, "tables")
    write_plan_agent(folder, "optimised", "Found.", "a test", [(0.0, folder)])
    agent = make_agent("optimised")
    scenario = designed(agent, junction)
    agent.reset(scenario, 1)
    assert [green.phase for green in plan_of(scenario.signals[0]).greens] == [0, 1, 2, 3]
    assert scenario.signals[0].program.cycle == 60.0
    snapshot = make_backend(scenario, "numba").reset(1)
    assert np.array_equal(agent.decide(snapshot), [FOLLOW_PROGRAM])
