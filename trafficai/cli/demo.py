"""``trafficai demo``: the whole of it on a real junction in Cologne."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from trafficai.cli.options import NumSeeds, Positive, Seed

if TYPE_CHECKING:
    from trafficai.evaluation import Comparison, Difference

SCENARIO = "cologne1"
RECIPE = "ppo"
RULES = ("fixed-time", "max-pressure", "max-wave")
BACKENDS = ("numba", "sumo")
VERDICT_METRICS = ("delay_s", "co2_kg")
FOLDER = Path("runs/demo")


def demo(*, out: Path | None = None, seeds: NumSeeds = 5, steps: Positive | None = None, seed: Seed = 7) -> None:
    """Train PPO on a real junction, and compare it with three rules in both engines.

    Args:
        out: folder for policy, JSON and report; runs/demo, or the next free number behind it, unless given.
        seeds: how many each agent is compared with; the seeds are 1 to N.
        steps: decisions to train for, instead of the recipe's own number.
        seed: of the training.
    """
    from trafficai.cli.comparing import Order, print_comparison, require_served, run_comparison
    from trafficai.cli.console import say
    from trafficai.cli.options import open_scenario, require_outputs, seeds_of
    from trafficai.cli.training import train_with_bar
    from trafficai.datatypes import InputError
    from trafficai.reports import write_report
    from trafficai.training import holds_training, make_agents

    folder = out or next(path for path in _candidates() if not path.exists())
    results = folder / "results.json"
    require_outputs(results, folder)
    if holds_training(folder / RECIPE):
        raise InputError("already holds a training; choose another folder with --out", file=folder / RECIPE)
    scenario = open_scenario(SCENARIO)
    policy = train_with_bar(RECIPE, scenario, folder / RECIPE, seed, steps)
    agents, _ = require_served(scenario, {**make_agents(RULES), RECIPE: policy})
    comparison = run_comparison(scenario, agents, Order(seeds_of(seeds), BACKENDS, json=results))
    print_comparison(comparison)
    say(f"policy   {folder / RECIPE}")
    say(f"results  {results}")
    say(f"report   {write_report(comparison, folder)}")
    say(verdict(comparison))


def verdict(comparison: Comparison) -> str:
    """Return in one line whether the trained agent beats fixed time in every engine, beyond chance."""
    failures = list(_failures(comparison))
    if not failures:
        return f"{RECIPE} beats fixed-time in delay and CO2 in both engines; every 95 % interval excludes zero."
    return f"{RECIPE} does NOT beat fixed-time everywhere: {'; '.join(failures)}."


def _failures(comparison: Comparison) -> Iterator[str]:
    """Yield where the agent is not better, or not beyond chance."""
    for backend in comparison.backends:
        for metric in VERDICT_METRICS:
            difference = comparison.difference(RECIPE, backend, metric)
            if difference is None:
                yield f"{metric} in {backend} was not compared"
            elif difference.interval.mean >= 0.0 or not difference.interval.excludes_zero:
                yield _in_words(difference)


def _in_words(difference: Difference) -> str:
    """Return ``delay in sumo +1.2 s (-0.3 to +2.7)``."""
    from trafficai.metrics import metric_info

    info, interval = metric_info(difference.metric), difference.interval
    text = f"{info.label} in {difference.backend} {interval.mean:+.{info.digits}f} {info.unit}"
    if interval.low is None or interval.high is None:
        return f"{text} (one seed)"
    return f"{text} ({interval.low:+.{info.digits}f} to {interval.high:+.{info.digits}f})"


def _candidates() -> Iterator[Path]:
    """Yield runs/demo, runs/demo-2, runs/demo-3 ..."""
    yield FOLDER
    for number in count(2):
        yield FOLDER.with_name(f"{FOLDER.name}-{number}")
