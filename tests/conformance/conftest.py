"""One short scenario, and every engine in turn."""

from __future__ import annotations

import pytest

from trafficai.backends import BACKENDS, make_backend
from trafficai.scenario import load_scenario

BEGIN, SECONDS = 25200, 600  # [s], the first ten minutes of cologne1


@pytest.fixture(scope="session")
def scenario():
    """One signal with four green phases and some 400 vehicles."""
    return load_scenario("cologne1", end=BEGIN + SECONDS)


@pytest.fixture(params=BACKENDS)
def backend(request, scenario):
    """The scenario in one engine; every test runs in each."""
    backend = make_backend(scenario, request.param)
    yield backend
    backend.close()
