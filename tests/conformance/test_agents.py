"""Every rule in both engines: it serves a network, and the signal monitor sees nothing wrong."""

from __future__ import annotations

from functools import cache

import pytest

from trafficai.backends import BACKENDS
from trafficai.controllers import list_controllers, make_controller
from trafficai.evaluation import simulate
from trafficai.scenario import load_scenario


@cache
def arterial():
    return load_scenario("arterial5", end=300)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", list_controllers())
def test_a_rule_serves_a_network_without_a_fault(name, backend):
    result = simulate(arterial(), make_controller(name), backend, seed=1)
    assert result.signals.is_valid
    assert not any(result.signals.fallbacks.values())
    assert result.metrics.arrived > 20
