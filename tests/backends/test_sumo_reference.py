"""Our signal programs and our emission function against SUMO's own, both from the installed wheel."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.sumo_tools import emissions_maps, states_in_sumo
from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.emission_classes import emission_classes, emission_coefficients
from trafficai.backends.signals import build_signal_tables, state_string
from trafficai.controllers import Coordinated, designed
from trafficai.core.emissions import FUEL_RATIO, exhaust_rates
from trafficai.core.signals import new_signal_state, run_signals, start_signals
from trafficai.scenario import load_scenario, write_sumo_inputs
from trafficai.scenario.model import Phase, Program, Signal

RILSA1 = sumo_home() / "tools/sumolib/scenario/scenarios/RealWorld/RiLSA_example1/run.sumo.cfg"


def states_by_us(signals, begin, seconds):
    tables = build_signal_tables(signals)
    state = new_signal_state(tables)
    start_signals(tables, state, float(begin))
    shown = {signal.id: [] for signal in signals}
    for time in range(begin, begin + seconds):
        run_signals(tables, state, np.full(len(signals), -1, np.int32), float(time))
        for i, signal in enumerate(signals):
            shown[signal.id].append(state_string(state.colours[i, : len(signal.links)]))
    return shown


@pytest.mark.parametrize("name", ["cologne8", "ingolstadt7", RILSA1])
def test_own_programs_show_what_sumo_shows(name, tmp_path):
    scenario = load_scenario(name)
    files = write_sumo_inputs(scenario, tmp_path)
    options = ("--net-file", str(files.net), "--begin", str(scenario.begin))
    expected = states_in_sumo(tmp_path / "states.json", 300, *options)
    shown = states_by_us(scenario.signals, scenario.begin, 300)
    assert shown
    assert shown == {signal: expected[signal] for signal in shown}


def test_plans_with_offsets_show_in_sumo_alone_what_they_show_in_the_core(tmp_path):
    scenario = designed(Coordinated(), load_scenario("arterial5"))
    files = write_sumo_inputs(scenario, tmp_path)
    expected = states_in_sumo(tmp_path / "states.json", 300, "--net-file", str(files.net))
    assert states_by_us(scenario.signals, scenario.begin, 300) == expected


@pytest.mark.parametrize(("offset", "begin"), [(0, 0), (1.5, 0), (-1.5, 100), (13, 25200), (7.25, 31)])
def test_fractional_programs_show_what_sumo_shows(offset, begin, tmp_path):
    scenario = load_scenario("cologne1")
    (signal,) = scenario.signals
    letters = ((2.5, "G"), (0.4, "y"), (3.3, "r"), (1.0, "g"), (6.75, "r"))
    phases = tuple(Phase(duration, letter * len(signal.links)) for duration, letter in letters)
    lines = "".join(f'<phase duration="{phase.duration}" state="{phase.state}"/>' for phase in phases)
    head = f'<tlLogic id="{signal.id}" type="static" programID="x" offset="{offset}">'
    (tmp_path / "program.add.xml").write_text(f"<additional>{head}{lines}</tlLogic></additional>")
    options = ("--net-file", str(scenario.network_file), "--additional-files", str(tmp_path / "program.add.xml"))
    expected = states_in_sumo(tmp_path / "states.json", 80, *options, "--begin", str(begin))
    ours = Signal(signal.id, Program(signal.id, "x", "static", offset, phases), signal.links, (0, 3), 3.0, 0.0)
    assert states_by_us((ours,), begin, 80) == expected


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """Return what SUMO's emissionsMap prints of every class, on a grid that the coefficients were not fitted on."""
    return emissions_maps(tmp_path_factory.mktemp("maps"))


def test_every_class_of_sumo_is_ours(maps):
    assert emission_classes().keys() == maps.keys()
    assert len(maps) == 45 + 833


@pytest.mark.parametrize("model", ["HBEFA3", "HBEFA4"])
def test_emissions_are_those_of_sumo_to_its_last_digit(model, maps):
    for name in (name for name in maps if name.startswith(model)):
        speeds, accelerations, co2, nox, pmx, electricity, fuel = maps[name]
        row, is_known = emission_coefficients(name)
        ours = exhaust_rates(speeds, accelerations, row[np.newaxis], np.zeros(len(speeds), np.int32))
        assert is_known
        for rate, theirs in zip(ours, (co2, nox, pmx, 1000.0 * electricity), strict=True):
            np.testing.assert_allclose(rate, theirs, rtol=7e-6, atol=1e-5, err_msg=name)
        if co2.any():  # fuel has a polynomial of its own; hydrogen is not ours
            np.testing.assert_allclose(ours[0] * row[FUEL_RATIO], fuel, rtol=2e-3, atol=5.0, err_msg=name)
