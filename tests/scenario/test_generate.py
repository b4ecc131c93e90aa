"""Our own scenarios come out of one command, byte for byte, and are what their READMEs say."""

import pytest

from trafficai import assets
from trafficai.scenario import load_scenario
from trafficai.scenario.catalogue import package_folder
from trafficai.scenario.generate import RECIPES, main
from trafficai.scenario.layouts import ALL_RED, YELLOW, Layout, links, phases

MAX_BYTES = 300_000  # of one committed file


def test_the_committed_files_are_what_the_generator_writes(tmp_path):
    if package_folder("sumo") is None:
        pytest.skip("eclipse-sumo is not installed")
    main(tmp_path)
    written = sorted(tmp_path.glob("*/*"))
    assert len(written) == 9
    for path in written:
        committed = assets.folder("scenarios") / path.relative_to(tmp_path)
        assert committed.read_bytes() == path.read_bytes(), (
            f"{committed.name}: run python -m trafficai.scenario.generate"
        )
        assert len(path.read_bytes()) < MAX_BYTES


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.layout.name)
def test_every_green_is_followed_by_yellow_and_all_red(recipe):
    for signal in load_scenario(recipe.layout.name).signals:
        assert (signal.yellow, signal.all_red) == (YELLOW, ALL_RED)
        assert signal.num_phases == sum(green > 0 for green in recipe.layout.greens)
        assert all(len(place) == 1 for place in signal.links)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.layout.name)
def test_no_two_movements_that_have_priority_cross(recipe):
    scenario = load_scenario(recipe.layout.name)
    requests = {junction.id: junction.requests for junction in scenario.network.junctions}
    for signal in scenario.signals:
        for state in map(signal.green_state, range(signal.num_phases)):
            green = [i for i, colour in enumerate(state) if colour == "G"]
            assert not any(requests[signal.id][i].foes[j] for i in green for j in green)


def test_a_layout_names_its_movements_from_right_to_left():
    layout = Layout("t", (0.0, 100.0), (0.0,), (20, 10, 15, 0), wave_speed=10.0)
    found = links(layout, "A1")
    assert len(found) == 2 * (3 + 4)
    assert found[0][:4] == ("sA_A1", "A1_B1", 0, 0)
    assert found[2][:4] == ("sA_A1", "A1_w1", 1, 2)
    assert layout.offset(1) == 10
    states = [state for _, state in phases(layout, "A1")]
    assert len(states) == 9
    assert "g" in states[6]
    assert "g" not in states[0] + states[3]
