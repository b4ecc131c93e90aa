"""Plans written and read again, in each format."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.sumo_tools import run_tool
from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.sumo import TRIPINFO, sumo_options
from trafficai.backends.sumo_results import read_tripinfo
from trafficai.controllers import FixedTime
from trafficai.datatypes import InputError
from trafficai.evaluation import simulate
from trafficai.plans import export_plan, load_plan, programs_in_force, with_programs
from trafficai.plans.sumo_groups import file_name
from trafficai.plans.timetable import simplified
from trafficai.scenario import load_scenario, write_sumo_inputs
from trafficai.scenario.model import Phase, Program, Scenario

WITH_GROUPS = ("cologne1", "cologne3", "arterial5", "grid3x3")
"""Maps whose programs SUMO's CSV of signal groups can hold."""


def shown(scenario: Scenario) -> tuple[Program, ...]:
    """What every signal shows, in order of their ids."""
    return tuple(sorted(map(simplified, programs_in_force(scenario)), key=lambda program: program.signal))


def greens(scenario: Scenario) -> tuple[Program, ...]:
    """What every signal shows, greens that yield taken as greens: SUMO's CSV does not tell them apart."""
    programs = shown(scenario)
    lower = [tuple(replace(phase, state=phase.state.lower()) for phase in program.phases) for program in programs]
    return tuple(simplified(replace(program, phases=each)) for program, each in zip(programs, lower, strict=True))


def shifted(scenario: Scenario) -> Scenario:
    """Return the scenario with other offsets and longer first phases, so that no plan is the network's own."""
    programs = []
    for i, program in enumerate(programs_in_force(scenario)):
        first, *others = program.phases
        phases = (replace(first, duration=first.duration + 6.0), *others)
        programs.append(replace(program, program="other", offset=5.0 * i, phases=phases))
    return with_programs(scenario, programs, Path("test"))


@pytest.mark.parametrize("style", ["sumo", "tables"])
@pytest.mark.parametrize("name", ["cologne1", "ingolstadt21", "arterial4x4", "grid3x3"])
def test_what_was_exported_is_imported(tmp_path, name, style):
    scenario = load_scenario(name)
    planned = shifted(scenario)
    path = tmp_path / "plan.add.xml" if style == "sumo" else tmp_path
    export_plan(planned, path, style)
    again = load_plan(scenario, path)
    assert shown(again) == shown(planned) != shown(scenario)
    assert [signal.id for signal in again.signals] == [signal.id for signal in scenario.signals]
    assert again.sha256 == planned.sha256 != scenario.sha256


@pytest.mark.parametrize("name", [*WITH_GROUPS, "with crossings"])
def test_sumos_own_tool_reads_our_csv_as_we_do(tmp_path, with_crossings, name):
    scenario = with_crossings if name == "with crossings" else load_scenario(name)
    planned = shifted(scenario)
    files = export_plan(planned, tmp_path / "groups", "sumo-groups")
    ours = load_plan(scenario, tmp_path / "groups")
    tool = sumo_home() / "tools" / "tls" / "tls_csvSignalGroups.py"
    command = [sys.executable, str(tool), "-n", str(scenario.network_file), "-i", ",".join(map(str, files))]
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    out = tmp_path / "tool.add.xml"
    subprocess.run([*command, "-o", str(out)], check=True, env=environment, stdout=subprocess.DEVNULL, timeout=120)
    assert shown(load_plan(scenario, out)) == shown(ours)
    assert greens(ours) == greens(planned)


def test_a_plan_exported_to_sumo_gives_the_delay_we_report(tmp_path):
    scenario = load_scenario("cologne1", 25200, 26100)
    (plan,) = export_plan(shifted(scenario), tmp_path / "plan.add.xml")
    result = simulate(load_plan(scenario, plan), FixedTime(), "sumo", seed=3)
    files = write_sumo_inputs(scenario, tmp_path)  # with the network's own programs
    options = {
        "net-file": str(files.net),
        "route-files": str(files.routes),
        "additional-files": str(plan),
        **sumo_options(scenario, 3, engine_emissions=False),
        "tripinfo-output": str(tmp_path / TRIPINFO),
        "statistic-output": str(tmp_path / "statistics.xml"),
        "end": str(scenario.end),
    }
    run_tool("sumo", *(part for name, value in options.items() for part in (f"--{name}", value)))
    trips = read_tripinfo(tmp_path / TRIPINFO, scenario)
    scheduled = np.array([vehicle.depart for vehicle in scenario.vehicles])
    is_in = np.isfinite(trips["depart"])
    delays = np.where(is_in, trips["timeLoss"] + trips["departDelay"], scenario.end - scheduled)
    assert delays.mean() == pytest.approx(result.metrics.delay_s, abs=1e-9)
    own = simulate(scenario, FixedTime(), "sumo", seed=3)
    assert abs(own.metrics.delay_s - result.metrics.delay_s) > 1.0


def test_an_element_without_phases_changes_the_offset(tmp_path):
    scenario = load_scenario("cologne3")
    signal = scenario.signals[1].program
    path = tmp_path / "offsets.add.xml"
    path.write_text(
        f'<additional><tlLogic id="{signal.signal}" programID="{signal.program}" offset="31.5"/></additional>'
    )
    programs = [signal.program for signal in load_plan(scenario, path).signals]
    assert [program.offset for program in programs] == [0.0, 31.5, 0.0]
    assert programs[1].phases == signal.phases


def test_intergreens_go_with_the_tables(tmp_path):
    scenario = load_scenario("cologne1")
    size = len(scenario.signals[0].links)
    matrix = tuple(tuple(0.0 if i == j else 4.0 + (i + j) % 3 for j in range(size)) for i in range(size))
    with_matrix = replace(scenario, signals=(replace(scenario.signals[0], intergreen=matrix),))
    export_plan(with_matrix, tmp_path, "tables")
    assert load_plan(scenario, tmp_path).signals[0].intergreen == matrix


GROUPS = "signal,group,kind,positions\nA0,K1,vehicles,{}\n"
PLAN = "signal,program,cycle,offset,group,green_start,green_end,red_amber,yellow,colour\n{}\n"


def make_small(scenario: Scenario) -> Scenario:
    """Return the scenario with one signal, of two positions, of a name that is easy to write."""
    signal = scenario.signals[0]
    program = Program("A0", "0", "static", 0.0, (Phase(10.0, "Gr"), Phase(3.0, "yr"), Phase(9.0, "rG")))
    links = [link for link in scenario.network.connections if link.signal != signal.id or link.link_index < 2]
    renamed = tuple(link if link.signal is None else replace(link, signal="A0") for link in links)
    small = replace(signal, id="A0", program=program, links=signal.links[:2])
    return replace(scenario, network=replace(scenario.network, connections=renamed), signals=(small,))


@pytest.fixture(scope="module")
def small_scenario() -> Scenario:
    return make_small(load_scenario("cologne1", 25200, 25260))


@pytest.mark.parametrize(
    ("positions", "row", "message"),
    [
        ("0 1", "A1,p,90,0,K1,0,10,0,3,G", "plan.csv: line 2: signal 'A1' has no group 'K1' in signalgroups.csv"),
        ("0 1", "A0,p,90,0,K1,0,x,0,3,G", "plan.csv: line 2: green_end 'x' is no time in seconds"),
        ("0 1", "A0,p,90,0,K1,90,10,0,3,G", "two different times in the cycle of 90 s"),
        ("0 1", "A0,p,0,0,K1,0,10,0,3,G", "cycle '0' is no time of 1 to 3600 s"),
        ("0 1", "A0,p,90,0,K1,0,10,0,3,y", "colour 'y' is none of G g s o O"),
        ("0 1", "A0,p,90,0,K1,0,10,0,3,G\nA0,p,80,0,K1,20,30,0,3,G", "line 3: signal 'A0' has another program"),
        ("0 1", "A0,p,90,0,K1,0,10,0,3,G\nA0,p,90,0,K1,12,30,0,3,G", "do not fit into its cycle"),
        ("0", "A0,p,90,0,K1,0,10,0,3,G", "signalgroups.csv: signal 'A0': position 1 is in no group"),
        ("0 2", "A0,p,90,0,K1,0,10,0,3,G", "signalgroups.csv: line 2: '0 2' does not name positions"),
        ("0 1\nA0,K2,vehicles,1", "A0,p,90,0,K1,0,10,0,3,G", "line 3: position 1 is in group 'K1', too"),
        ("0 1\nA0,K1,vehicles,1", "A0,p,90,0,K1,0,10,0,3,G", "line 3: group 'K1' is there twice"),
        ("0 1\nA0,K2,cars,1", "A0,p,90,0,K1,0,10,0,3,G", "line 3: kind 'cars' is none of vehicles"),
    ],
)
def test_bad_tables_are_refused_with_the_line(small_scenario, tmp_path, positions, row, message):
    (tmp_path / "signalgroups.csv").write_text(GROUPS.format(positions))
    (tmp_path / "plan.csv").write_text(PLAN.format(row))
    with pytest.raises(InputError, match=re.escape(message)):
        load_plan(small_scenario, tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "p.xml",
            '<additional><tlLogic id="no"><phase duration="5" state="G"/></tlLogic></additional>',
            "no such signal",
        ),
        (
            "p.xml",
            '<additional><tlLogic id="A0"><phase duration="5" state="G"/></tlLogic></additional>',
            "show 1 colours",
        ),
        ("p.csv", "[general]\nkey;no\ncycle time;90", "there is no signal 'no'"),
        ("p.csv", "[general]\nkey;A0\ncycle time;x", "cycle time 'x' is no whole number"),
        ("p.csv", "[what]", "section [what] is none of general, links, signal groups"),
        ("p.csv", "[general]\nkey;A0\ncycle time;9\n[links]\nS;a;b", "group 'S' has no row under [signal groups]"),
        ("p.csv", "[signal groups]\nid;on1\nS;soon", "line 3 needs an id and whole seconds"),
    ],
)
def test_bad_files_are_refused(small_scenario, tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=re.escape(message)):
        load_plan(small_scenario, tmp_path / name)


def test_a_plan_that_is_not_there_is_refused(small_scenario, tmp_path):
    with pytest.raises(InputError, match="no such plan"):
        load_plan(small_scenario, tmp_path / "none.xml")
    with pytest.raises(InputError, match=re.escape("neither plan.csv nor files")):
        load_plan(small_scenario, tmp_path)


@pytest.mark.parametrize("name", ["grid4x4", "cologne8"])  # right turns that are always green, greens without a red
def test_what_sumos_csv_cannot_say_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="not green once or twice a cycle"):
        export_plan(load_scenario(name), tmp_path, "sumo-groups")
    assert not list(tmp_path.iterdir())


def test_no_id_leads_out_of_the_folder():
    assert file_name("../a/b") == "..%2Fa%2Fb.csv"
    assert file_name("GS_cluster#1") == "GS_cluster#1.csv"


@pytest.mark.parametrize("name", ["a b", "a\nb", "a<b", "x" * 201])
def test_names_that_sumo_refuses_are_refused(small_scenario, tmp_path, name):
    with pytest.raises(InputError, match="holds a character that SUMO refuses in ids, or too many; rename it"):
        export_plan(small_scenario, tmp_path / "p.add.xml", name=name)


PIECES = st.sampled_from(
    [
        *'0123456789;,\n"\x00\u00b2',
        *("90", "-1", "9" * 5000, "nan", "S1", "A0", "K1", "vehicles", "G"),
        *("[general]\n", "[links]\n", "[signal groups]\n", "key;A0\n", "cycle time;60\n"),
        *("id;on1;off1;transOn;transOff\n", "S1;0;20;1;3\n"),
        *("A0,p,60,0,K1,0,20,0,3,G\n", "A0,K1,vehicles,0 1\n"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["p.csv", "plan.csv", "p.add.xml"]))
def test_no_file_of_strangers_does_worse_than_bad_input(small_scenario, tmp_path_factory, text, name):
    folder = tmp_path_factory.mktemp("strange")
    (folder / "signalgroups.csv").write_text(GROUPS.format("0 1"))
    head = PLAN.format("").strip() + "\n" if name == "plan.csv" else ""
    (folder / name).write_text(head + text)
    try:
        planned = load_plan(small_scenario, folder if name == "plan.csv" else folder / name)
    except InputError:
        return
    assert {len(phase.state) for phase in planned.signals[0].program.phases} == {2}
