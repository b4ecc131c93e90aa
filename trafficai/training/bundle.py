"""A policy on disk: ``policy.safetensors`` (numbers) and ``manifest.json`` (what they mean); no code, no pickle."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from trafficai.controllers.phases import green_movements
from trafficai.datatypes import InputError
from trafficai.datatypes.files import write_atomically
from trafficai.evaluation.versions import installed_versions
from trafficai.scenario.model import Scenario, Signal
from trafficai.training.extras import require
from trafficai.training.files import read_bounded
from trafficai.training.recipes import Frozen, Recipe, first_error

WEIGHTS_FILE = "policy.safetensors"
MANIFEST_FILE = "manifest.json"
CHECKPOINT_FILE = "checkpoint.safetensors"
MAX_WEIGHTS_BYTES = 256 * 2**20
MAX_MANIFEST_BYTES = 8 * 2**20

Weights = dict[str, NDArray[np.float32]]
"""Layer i of the policy network has ``<i>.weight`` (num_outputs, num_inputs) and ``<i>.bias`` (num_outputs,)."""


class SignalShape(Frozen):
    """A controlled signal as the policy knows it."""

    id: str
    phases: tuple[tuple[tuple[str, str], ...], ...]  # the green movements of each phase: (from lane, to lane)


class Manifest(Frozen):
    """What the weights mean, what they were trained on, and by what."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    kind: Literal["policy"] = "policy"
    inputs: tuple[str, ...]  # name of each number of the observation
    signals: tuple[SignalShape, ...]  # controlled, in order of the action
    scenario: str
    scenario_sha256: str
    recipe: Recipe
    seed: int
    decisions: int  # trained on
    versions: dict[str, str | None]
    weights_sha256: str

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Inputs, hidden units and outputs of the policy network."""
        return (len(self.inputs), *self.recipe.settings.hidden, sum(len(signal.phases) for signal in self.signals))


def signal_shape(signal: Signal) -> SignalShape:
    """Return what a policy has to know of a signal."""
    return SignalShape(id=signal.id, phases=tuple(green_movements(signal, phase) for phase in range(signal.num_phases)))


def signal_shapes(scenario: Scenario, signal_index: NDArray[np.intp]) -> tuple[SignalShape, ...]:
    """Return what a policy has to know of the signals it controls."""
    return tuple(signal_shape(scenario.signals[i]) for i in signal_index)


def library_versions() -> dict[str, str | None]:
    """Return the versions of what a training depends on."""
    return installed_versions()._asdict() | {
        name: version(name) for name in ("torch", "stable-baselines3", "gymnasium")
    }


def write_bundle(folder: Path, weights: Weights, manifest: Manifest) -> None:
    """Write a policy; the manifest goes last, so that a cut leaves no manifest that fits.

    Raises:
        RunError: where the folder cannot be written.
    """
    require("safetensors")
    from safetensors.numpy import save

    content = save(weights)
    described = manifest.model_copy(update={"weights_sha256": hashlib.sha256(content).hexdigest()})
    write_atomically(folder / WEIGHTS_FILE, content)
    write_atomically(folder / MANIFEST_FILE, described.model_dump_json(by_alias=True, indent=1).encode())


def read_bundle(folder: Path) -> tuple[Weights, Manifest]:
    """Read a policy and check that its parts belong together.

    Raises:
        InputError: where a file is missing, was changed, or does not hold a policy.
    """
    manifest = read_manifest(folder)
    weights = _read_weights(folder / WEIGHTS_FILE, manifest)
    return weights, manifest


def _read_weights(path: Path, manifest: Manifest) -> Weights:
    require("safetensors")
    from safetensors import SafetensorError
    from safetensors.numpy import load

    content = read_bounded(path, MAX_WEIGHTS_BYTES)
    if hashlib.sha256(content).hexdigest() != manifest.weights_sha256:
        raise InputError(
            f"is not the file that {MANIFEST_FILE} describes (sha256 differs); copy the folder anew", file=path
        )
    try:
        weights = load(content)
    except SafetensorError as error:
        raise InputError(f"is not a safetensors file ({error})", file=path) from error
    _check_weights(weights, manifest, path)
    return weights


def read_manifest(folder: Path) -> Manifest:
    """Read what the weights of a policy mean.

    Raises:
        InputError: where it is missing, or not the manifest of a policy.
    """
    path = folder / MANIFEST_FILE
    try:
        return Manifest.model_validate_json(read_bounded(path, MAX_MANIFEST_BYTES))
    except ValidationError as error:
        raise InputError(f"is not the manifest of a policy; {first_error(error)}", file=path) from error


def _check_weights(weights: Weights, manifest: Manifest, path: Path) -> None:
    sizes = manifest.layer_sizes
    expected: dict[str, tuple[int, ...]] = {f"{i}.weight": (sizes[i + 1], sizes[i]) for i in range(len(sizes) - 1)}
    expected |= {f"{i}.bias": (sizes[i + 1],) for i in range(len(sizes) - 1)}
    found = {name: tensor.shape for name, tensor in weights.items() if tensor.dtype == np.float32}
    if found != expected or len(weights) != len(expected):
        raise InputError(f"does not hold the network of sizes {sizes} that {MANIFEST_FILE} describes", file=path)
    if not all(np.isfinite(tensor).all() for tensor in weights.values()):
        raise InputError("holds numbers that are not finite; train the agent again", file=path)
