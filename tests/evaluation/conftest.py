"""The fake engine in the place of both real ones."""

from __future__ import annotations

import pytest

from tests.evaluation.fakes import FakeBackend
from trafficai.scenario.model import Scenario


@pytest.fixture
def fake_engines(monkeypatch: pytest.MonkeyPatch) -> list[FakeBackend]:
    """Let make_backend return fakes; yields those that were made."""
    made: list[FakeBackend] = []

    def make_backend(scenario: Scenario, name: str, **asked: object) -> FakeBackend:
        made.append(FakeBackend(scenario, name, **asked))
        return made[-1]

    monkeypatch.setattr("trafficai.backends.make_backend", make_backend, raising=False)
    monkeypatch.setattr(FakeBackend, "crashes", [])
    return made
