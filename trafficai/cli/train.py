"""``trafficai train``: a recipe and a scenario make a policy."""

from __future__ import annotations

from pathlib import Path

from trafficai.cli.options import Flag, Positive, Seed


def train(
    recipe: str,
    scenario: str,
    /,
    *,
    seed: Seed = 7,
    out: Path | None = None,
    steps: Positive | None = None,
    resume: Flag = False,
) -> None:
    """Train an agent on a scenario in the core; the policy, a checkpoint and the logs go to a folder.

    Args:
        recipe: a recipe of `trafficai list agents`, or a folder with an agent.toml.
        scenario: a name, a folder or a .sumocfg.
        seed: of everything that is drawn.
        out: folder of the policy, by default runs/RECIPE-SCENARIO-seedN; it may be named wherever an agent is.
        steps: decisions to train for, instead of the recipe's own number.
        resume: go on from the last checkpoint in the folder.
    """
    from trafficai.cli.console import say
    from trafficai.cli.options import open_scenario
    from trafficai.cli.training import train_with_bar

    policy = train_with_bar(recipe, open_scenario(scenario), out, seed, steps, resume)
    say(f"trained {policy.name} on {scenario}: {policy.folder}")
    say(f"compare it:  trafficai compare {scenario} fixed-time max-wave {policy.folder} --seeds 5 --backend sumo")
