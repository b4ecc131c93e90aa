"""The Python face takes what the command line takes."""

from __future__ import annotations

import pytest

import trafficai
from tests.evaluation.fakes import FakeBackend, FakeController, make_scenario


@pytest.fixture(autouse=True)
def engines(monkeypatch):
    """Let every engine be a fake."""
    monkeypatch.setattr("trafficai.backends.make_backend", FakeBackend)
    monkeypatch.setattr(FakeBackend, "crashes", [])


@pytest.fixture
def policies(monkeypatch, tmp_path):
    """Two folders of policies that both call themselves ppo."""
    monkeypatch.setattr("trafficai.training.agents.load_policy", lambda _: FakeController("ppo", 20.0))
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    return [str(folder) for folder in folders]


def test_two_policies_of_one_recipe_can_be_compared(policies):
    done = trafficai.compare(make_scenario(), [FakeController("fixed-time", 40.0), *policies], seeds=[1, 2])
    assert done.agents == ("fixed-time", *policies)
    assert done.baseline == "fixed-time"


def test_agents_can_be_given_names(policies):
    done = trafficai.compare(make_scenario(), dict(zip(("old", "new"), policies, strict=True)), seeds=[1])
    assert done.agents == ("old", "new")


@pytest.mark.parametrize("backend", ["both", ("numba", "sumo")])
def test_both_engines(backend):
    done = trafficai.compare(make_scenario(), [FakeController("a", 1.0)], seeds=[1], backend=backend)
    assert done.backends == ("numba", "sumo")


def test_an_unknown_agent_is_an_input_error_with_a_suggestion():
    with pytest.raises(trafficai.InputError, match="did you mean max-wave"):
        trafficai.compare(make_scenario(), ["max-wav"])
