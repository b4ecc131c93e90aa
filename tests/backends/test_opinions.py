"""CO2 by further models in both engines: it stands beside the figures there are and changes none of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.runs import trips_of
from trafficai.backends import make_backend
from trafficai.datatypes import Trips
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario

ENGINES = ("numba", "sumo")
MODELS = ("co2_hbefa3", "co2_vt_micro")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("cologne1", end=25200 + 900)


def are_equal(first: Trips, second: Trips, but: tuple[str, ...]) -> bool:
    fields = (name for name in Trips._fields if name not in but)
    return all(np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True) for name in fields)


@pytest.mark.parametrize("engine", ENGINES)
def test_further_models_change_nothing_else_and_are_unknown_unless_asked_for(engine, scenario):
    plain, asked = trips_of(scenario, engine), trips_of(scenario, engine, opinions=True)
    assert are_equal(plain, asked, but=MODELS)
    for name in MODELS:
        assert np.isnan(getattr(plain, name)).all()
        assert np.isfinite(getattr(asked, name)).all()
        assert getattr(asked, name)[np.isnan(asked.inserted)].sum() == 0.0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_run_starts_from_nothing(engine, scenario):
    backend = make_backend(scenario, engine, opinions=True)
    requested, runs = np.full(len(scenario.signals), -1, np.int32), []
    for _ in range(2):
        backend.reset(3)
        backend.advance(requested, 120)
        runs.append(backend.trips())
    backend.close()
    assert are_equal(*runs, but=())


def test_the_engines_agree_on_what_models_make_of_the_class(scenario):
    core, sumo = (trips_of(scenario, engine, opinions=True) for engine in ENGINES)
    for name in MODELS:
        ratios = [getattr(trips, name).sum() / trips.co2.sum() for trips in (core, sumo)]
        assert ratios[0] == pytest.approx(ratios[1], rel=0.05)
        assert 0.7 < ratios[0] < 1.6


@pytest.mark.parametrize("model", ["PHEMlight", "PHEMlight5"])
def test_sumos_own_figures_follow_the_model_asked_for_and_nothing_else_does(model, scenario):
    own, other = trips_of(scenario, "sumo"), trips_of(scenario, "sumo", emission_model=model)
    theirs = ("engine_co2", "engine_fuel", "engine_nox", "engine_pmx")
    assert are_equal(own, other, but=(*theirs, *MODELS))
    assert other.engine_co2.sum() > 0.0
    assert abs(other.engine_co2.sum() / own.engine_co2.sum() - 1.0) > 0.01
