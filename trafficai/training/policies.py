"""Trained policies as controllers: loaded from a folder, run in NumPy, without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError, Snapshot
from trafficai.envs.actions import to_requests
from trafficai.envs.observations import needs_cells, needs_detectors
from trafficai.envs.task import Task
from trafficai.scenario.model import Scenario
from trafficai.scenario.place_detectors import with_standard_detectors
from trafficai.training.bundle import MANIFEST_FILE, Manifest, Weights, read_bundle, signal_shapes


def forward(weights: Weights, activation: str, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the outputs of the policy network, (..., num_outputs), for inputs (..., num_inputs)."""
    last = len(weights) // 2 - 1
    values = inputs
    for layer in range(last + 1):
        values = values @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
        if layer < last:
            values = np.tanh(values) if activation == "tanh" else np.maximum(values, np.float32(0.0))
    return values


class PolicyController:
    """Asks for the phases a trained policy finds best: for each controlled signal the one with the largest output.

    Args:
        weights: the layers of the policy network.
        manifest: what they mean.
        folder: where the policy lies.
    """

    def __init__(self, weights: Weights, manifest: Manifest, folder: Path) -> None:
        self.name = manifest.recipe.name
        self.decision_interval = manifest.recipe.task.decision_interval
        self.manifest = manifest
        self.folder = folder
        self._weights = weights
        self._ends = np.cumsum([len(signal.phases) for signal in manifest.signals])[:-1]
        self._task: Task | None = None

    @property
    def engine_options(self) -> dict[str, bool]:
        """What engines must show the policy besides the usual."""
        observation = self.manifest.recipe.task.observation
        return {"cells": needs_cells(observation), "detectors": needs_detectors(observation)}

    def design(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the detectors that the policy looks at."""
        return with_standard_detectors(scenario) if self.engine_options["detectors"] else scenario

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario; the seed does not matter, the policy draws nothing.

        Raises:
            InputError: where the policy was trained for other signals, phases or lanes.
        """
        del seed
        difference = _difference(self.manifest, scenario)
        if difference is not None:
            raise InputError(
                f"this policy was trained for scenario {self.manifest.scenario!r} and cannot serve {scenario.name!r}: "
                f"{difference}; train one for {scenario.name!r}",
                file=self.folder,
            )
        self._task = _task(self.manifest, scenario)

    def decide(self, snapshot: Snapshot) -> NDArray[Any]:
        """Return the requested green phase of each signal, (..., num_signals); NaN where the network gives no number.

        NaN is no request: whoever asked falls back to the fixed plan, and counts it.
        """
        assert self._task is not None, "reset() comes first"
        outputs = self._outputs(self._task.observe(snapshot))
        if not np.isfinite(outputs).all():
            return np.full(self._task.controlled.num_signals, np.nan)
        actions = self._best(outputs)
        return to_requests(actions[..., 0] if actions.shape[-1] == 1 else actions, self._task.controlled)

    def act(self, observation: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the best phase of each controlled signal, (..., num_controlled), for an observation (..., n)."""
        return self._best(self._outputs(observation))

    def _outputs(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return forward(self._weights, self.manifest.recipe.settings.activation, observation)

    def _best(self, outputs: NDArray[np.float32]) -> NDArray[np.int64]:
        parts = np.split(outputs, self._ends, axis=-1)
        return np.stack([part.argmax(axis=-1) for part in parts], axis=-1)


def load_policy(folder: str | Path) -> PolicyController:
    """Return the policy that lies in a folder.

    Raises:
        InputError: where a file is missing, was changed, or does not hold a policy.
    """
    path = Path(folder)
    if not (path / MANIFEST_FILE).is_file():
        raise InputError(f"holds no trained policy ({MANIFEST_FILE} is missing); train one or name another", file=path)
    weights, manifest = read_bundle(path)
    return PolicyController(weights, manifest, path)


def _task(manifest: Manifest, scenario: Scenario) -> Task:
    recipe = manifest.recipe.task
    return Task(scenario, **recipe.model_dump())


def _difference(manifest: Manifest, scenario: Scenario) -> str | None:
    """Return the first thing in which the scenario differs from what the policy knows, None where nothing does."""
    known = {signal.id: i for i, signal in enumerate(scenario.signals)}
    missing = [signal.id for signal in manifest.signals if signal.id not in known]
    if missing:
        return f"it has no signal {missing[0]!r}"
    task = _task(manifest, scenario)
    for ours, theirs in zip(manifest.signals, signal_shapes(scenario, task.controlled.signal_index), strict=False):
        if ours != theirs:
            return f"signal {ours.id!r} has other phases"
    if len(manifest.signals) != len(task.controlled.signal_index):
        return f"it has {len(task.controlled.signal_index)} signals to control, not {len(manifest.signals)}"
    if manifest.inputs != task.observation_names:
        return "its lanes differ"
    return None
