"""Training with a progress bar, for ``train`` and ``demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trafficai.cli import console

if TYPE_CHECKING:
    from trafficai.scenario.model import Scenario
    from trafficai.training import PolicyController


def train_with_bar(
    recipe: str, scenario: Scenario, out: Path | None, seed: int, steps: int | None, resume: bool = False
) -> PolicyController:
    """Return the trained policy, having shown how it went.

    Raises:
        InputError: the recipe, the scenario or the folder cannot be used.
        RunError: the training broke.
    """
    from trafficai.controllers.phases import require_signals
    from trafficai.training import check_training, train

    checked, folder = check_training(recipe, scenario, seed, out, resume)  # refuses before anything is shown
    require_signals(scenario, checked.name)
    with console.progress(f"training {checked.name} on {scenario.name}") as bar:

        def advance(done: int, total: int, delay: float | None) -> None:
            bar.advance_to(min(1.0, done / total), "" if delay is None else f"delay {delay:.1f} s")

        return train(checked, scenario, seed, folder, steps=steps, resume=resume, progress=advance)
