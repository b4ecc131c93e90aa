"""A saved run goes on as if it had never stopped, in both engines."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conformance.runs import restless
from trafficai.backends import make_backend


def are_equal(one, other):
    """Return whether two tuples of arrays are the same to the last bit."""
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def requests(scenario, decision):
    return np.full(len(scenario.signals), restless(decision), np.int32)


@pytest.mark.parametrize("stop", [0, 33])
def test_interrupted_run_equals_uninterrupted_one(backend, tmp_path, stop):
    """Saved at the very begin, and amid the traffic; taken up by another backend."""
    scenario, path = backend.scenario, tmp_path / "state.npz"
    backend.reset(5)
    for decision in range(stop):
        shown = backend.advance(requests(scenario, decision), 7)
    backend.save(path)
    other = make_backend(scenario, backend.name)
    loaded = other.load(path)
    assert stop == 0 or are_equal(loaded, shown)
    for decision in range(stop, stop + 12):
        asked = requests(scenario, decision)
        assert are_equal(backend.advance(asked, 7), other.advance(asked, 7))
    assert other.vehicle_updates() == backend.vehicle_updates()
    assert are_equal(other.trips(), backend.trips())
    assert np.nanmax(backend.trips().duration) > 20.0
    other.close()
