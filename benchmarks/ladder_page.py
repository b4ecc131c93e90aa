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

PUBLISHED = {
    "cologne1": {"fixed-time": (56.6, 56.9), "max-wave": (27.8, 27.9), "max-pressure": (65.9, 31.1)},
    "cologne3": {"fixed-time": (46.4, 39.0), "max-wave": (90.7, 22.0), "max-pressure": (162.3, 28.1)},
    "cologne8": {"fixed-time": (63.8, 64.2), "max-wave": (21.9, 21.9), "max-pressure": (47.7, 29.7)},
    "ingolstadt1": {"fixed-time": (39.4, 39.5), "max-wave": (28.3, 28.0), "max-pressure": (23.6, 23.6)},
    "ingolstadt7": {"fixed-time": (91.3, 91.5), "max-wave": (80.6, 80.3), "max-pressure": (46.8, 46.4)},
    "grid4x4": {"max-wave": (34.3, 34.5), "max-pressure": (52.6, 52.5)},
    "ingolstadt21": {"fixed-time": (133.1, 130.4), "max-wave": (76.3, 69.6), "max-pressure": (136.7, 115.6)},
    "arterial4x4": {"max-wave": (820.8, 710.9), "max-pressure": (952.8, 968.0)},
}
"""Mean and median delay in RESCO's runs with SUMO 1.9 [s]: its utils/avg_timeLoss.py (Ault and Sharon 2021)."""

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
    sections = (section(results, engine) for engine in TITLES)
    return "\n\n".join([head, *sections, *beside_resco(results), *left_out(results)])


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


def beside_resco(results: Results) -> list[str]:
    """Return our delays in SUMO beside those that RESCO has published for rules of the same name."""
    agents = ("fixed-time", "max-wave", "max-pressure")
    rows = []
    for name, published in PUBLISHED.items():
        if comparison := results.comparisons.get(("sumo", name)):
            pairs = ((level(comparison, agent, "delay_s").strip("*"), published.get(agent)) for agent in agents)
            rows.append((name, *(cell for ours, theirs in pairs for cell in (ours, _mean_median(theirs)))))
    if not rows:
        return []
    header = ("map", *(title for agent in agents for title in (f"`{agent}`", "RESCO")))
    head = "### Beside RESCO\n\nDelay in SUMO [s]: ours, and what RESCO has published for SUMO 1.9, mean (median)."
    return [head, "\n".join(line(row) for row in (header, tuple("---" for _ in header), *rows))]


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


def _mean_median(delays: tuple[float, float] | None) -> str:
    return NONE if delays is None else f"{delays[0]:.1f} ({delays[1]:.1f})"


def line(cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
