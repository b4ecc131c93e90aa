"""The Python face: one call per task, scenarios by name, path or as a Scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from trafficai.controllers.base import Controller
from trafficai.evaluation import Comparison
from trafficai.evaluation import compare as compare_controllers
from trafficai.reports import write_report
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario
from trafficai.training import load_policy, make_agents, train

__all__ = ["ReportableComparison", "compare", "load_policy", "train", "write_report"]


class ReportableComparison(Comparison):
    """A comparison that can write its own report."""

    def write_report(self, folder: str | Path, lang: str = "en") -> Path:
        """Write the single-file HTML report into the folder and return it; lang is 'en' or 'de'."""
        return write_report(self, folder, lang)


def compare(
    scenario: Scenario | str | Path,
    agents: Sequence[Controller | str | Path] | Mapping[str, Controller | str | Path],
    seeds: Sequence[int] = range(1, 6),
    backend: str | Sequence[str] = "numba",
    jobs: int | None = None,
    warm_up: int = 0,
) -> ReportableComparison:
    """Run agents on a scenario with the same seeds and return the paired comparison.

    Args:
        scenario: a name, a path, or a Scenario.
        agents: controllers, names of rules, or folders of trained agents, on their own or in a mapping that gives each
            a name. Without one, names and folders are called as they are given, and controllers by their own name.
            The baseline is fixed-time where it is there, else the first.
        seeds: each is used by every agent, so that differences are paired.
        backend: "numba", "sumo", "both", or a sequence of engines.
        jobs: runs at the same time, by default one per processor.
        warm_up: vehicles scheduled in the first so many seconds are simulated, but in no metric [s].

    Raises:
        InputError: a scenario or agent that can't be read, or an agent that can't serve the scenario.
        RunError: a run failed twice.
    """
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    done = compare_controllers(loaded, make_agents(agents), list(seeds), backend, jobs, warm_up=warm_up)
    return ReportableComparison(**{item.name: getattr(done, item.name) for item in fields(done)})
