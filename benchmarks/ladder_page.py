"""The measured part of docs/ladder.md, made from the results of ``make ladder``."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks.validate import ROOT, processor
from trafficai.evaluation import Comparison, read_comparison
from trafficai.evaluation.unserved import arrived_share, gridlocked

PAGE = ROOT / "docs" / "ladder.md"
TITLES = {"numba": "In the core", "sumo": "In SUMO"}
BASELINE = "fixed-time"
NONE = "–"

Key = tuple[str, str]
"""Engine and scenario."""

Write = Callable[[Comparison, str], str]
"""Writes what a table says of an agent."""


class Results(NamedTuple):
    """What was measured: a comparison per engine and scenario, and why agents are left out."""

    comparisons: dict[Key, Comparison]
    left_out: dict[str, dict[str, str]]  # by scenario, the reason of each agent


class Costs(NamedTuple):
    """What the results cost, and what they were made of."""

    cpu_seconds: dict[str, float]
    revision: str


def read_results(
    folder: Path, engines: Sequence[str], maps: Sequence[str], agents: Sequence[str], seeds: int
) -> Results:
    """Return the complete results of a folder, with agents in their order; a map without its baseline is left out."""
    found = Results({}, {})
    for engine in engines:
        for name in maps:
            files = (folder / engine / name / f"{agent}.json" for agent in agents)
            parts = [part for file in files if file.exists() and is_whole(part := read_comparison(file), seeds)]
            if any(part.agents == (BASELINE,) for part in parts):
                found.comparisons[engine, name] = joined(parts)
            reasons = folder / engine / name / "left_out.json"
            if reasons.exists():
                found.left_out[name] = json.loads(reasons.read_text(encoding="utf-8"))
    return found


def is_whole(part: Comparison, seeds: int) -> bool:
    """Return whether every seed was run."""
    return part.complete and len(part.seeds) == seeds


def joined(parts: Sequence[Comparison]) -> Comparison:
    """Return the comparison of agents that were run one by one, with the same seeds on the same scenario."""
    first = parts[0]
    if len({(part.scenario_sha256, part.seeds) for part in parts}) > 1:
        raise ValueError(f"results of {first.scenario} are of different scenarios or seeds; remove the older ones")
    agents = tuple(agent for part in parts for agent in part.agents)
    return replace(first, agents=agents, baseline=BASELINE, cells=tuple(cell for part in parts for cell in part.cells))


def page(results: Results, costs: Costs) -> str:
    """Return everything that was measured."""
    if not results.comparisons:
        return "Nothing has been measured yet."
    first = next(iter(results.comparisons.values()))
    versions = ", ".join(f"{name} {getattr(first.versions, name.lower())}" for name in ("Python", "NumPy", "Numba"))
    machine = f"{processor()}, {os.cpu_count()} processors, shared with other work"
    minutes = sum(costs.cpu_seconds.values()) / 60.0
    head = (
        f"Made at commit {costs.revision} with SUMO {first.versions.sumo}, {versions} on {machine}, in {minutes:.0f}"
        f" CPU minutes. Seeds {first.seeds[0]} to {first.seeds[-1]}."
    )
    return "\n\n".join([head, *(section(results, engine) for engine in TITLES), *left_out(results)])


def section(results: Results, engine: str) -> str:
    """Return the tables of one engine."""
    found = {name: comparison for (where, name), comparison in results.comparisons.items() if where == engine}
    if not found:
        return f"### {TITLES[engine]}\n\nNot measured yet."
    tables = {
        "Delay [s], mean ± half the 95 % interval.": lambda c, agent: level(c, agent, "delay_s"),
        "Change of delay against `fixed-time` [%].": lambda c, agent: change(c, agent, "delay_s"),
        "Stops per vehicle.": lambda c, agent: level(c, agent, "stops"),
        "Change of CO2 against `fixed-time` [%].": lambda c, agent: change(c, agent, "co2_kg"),
        "Scheduled vehicles that arrived [%]; in brackets, runs that gridlocked.": service,
    }
    parts = [f"{title}\n\n{table(found, write)}" for title, write in tables.items()]
    return "\n\n".join([f"### {TITLES[engine]}", *parts])


def table(found: dict[str, Comparison], write: Write) -> str:
    """Return a row per agent, a column per scenario."""
    agents = list(dict.fromkeys(agent for comparison in found.values() for agent in comparison.agents))
    rows = [("agent", *found), tuple("---" for _ in ("agent", *found))]
    rows += [(f"`{agent}`", *(write(comparison, agent) for comparison in found.values())) for agent in agents]
    return "\n".join(line(row) for row in rows)


def level(comparison: Comparison, agent: str, metric: str) -> str:
    """Return ``18.5 ± 0.7``; in bold where no agent has less."""
    (engine,) = comparison.backends
    mean = comparison.mean(agent, engine, metric)
    if mean is None or mean.half_width is None:
        return NONE
    digits = 1 if metric == "delay_s" else 2
    others = (comparison.mean(other, engine, metric) for other in comparison.agents)
    text = f"{mean.mean:.{digits}f} ± {mean.half_width:.{digits}f}"
    return f"**{text}**" if mean.mean <= min(other.mean for other in others if other is not None) else text


def change(comparison: Comparison, agent: str, metric: str) -> str:
    """Return ``-43 ± 2 *``, with the star where the difference is beyond chance."""
    (engine,) = comparison.backends
    difference = comparison.difference(agent, engine, metric)
    if agent == BASELINE or difference is None or difference.percent is None or difference.percent.half_width is None:
        return NONE
    star = " *" if difference.is_beyond_chance else ""
    return f"{difference.percent.mean:+.0f} ± {difference.percent.half_width:.0f}{star}"


def service(comparison: Comparison, agent: str) -> str:
    """Return the share of vehicles that arrived, and how many runs gridlocked."""
    (engine,) = comparison.backends
    share = arrived_share(comparison, agent, engine)
    locked = sum(cell.agent == agent for cell in gridlocked(comparison))
    return NONE if share is None else f"{100.0 * share:.1f}{f' ({locked})' if locked else ''}"


def left_out(results: Results) -> list[str]:
    """Return which agents could not serve which scenario, and why."""
    lines = [
        f"- {name}: `{agent}` ({why})" for name, reasons in results.left_out.items() for agent, why in reasons.items()
    ]
    return ["\n".join(["Left out:", "", *lines])] if lines else []


def line(cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
