"""The whole state of a training in one file, safetensors and JSON: a training that was cut goes on from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from stable_baselines3 import PPO

from trafficai.datatypes import InputError, RunError
from trafficai.datatypes.files import write_atomically
from trafficai.training.files import read_bounded

MAX_CHECKPOINT_BYTES = 2**30
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what Adam keeps of each parameter


def save_checkpoint(path: Path, model: PPO, identity: dict[str, Any]) -> None:
    """Write networks, optimiser, generators and counters.

    Args:
        path: the file.
        model: the learner, between two rollouts.
        identity: what the training is, to be found again by load_checkpoint.

    Raises:
        RunError: where a parameter is not finite, or the file cannot be written; an older file still stands.
    """
    if not all(bool(torch.isfinite(parameter).all()) for parameter in model.policy.parameters()):
        raise RunError(
            f"the networks hold numbers that are not finite; the training was stopped, {path} is the last good"
        )
    shuffling: Any = np.random.get_state(legacy=True)  # noqa: NPY002  what SB3 shuffles with
    _, keys, position, has_gauss, cached = shuffling
    tensors = {f"policy.{name}": tensor for name, tensor in model.policy.state_dict().items()}
    for number, moments in model.policy.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{number}.{name}": moments[name] for name in _MOMENTS}
    tensors |= {"generator.torch": torch.get_rng_state(), "generator.numpy": torch.from_numpy(keys.astype(np.int64))}
    state = {
        "identity": identity,
        "num_timesteps": model.num_timesteps,
        "num_updates": model._n_updates,
        "numpy": [int(position), int(has_gauss), float(cached)],
    }
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(contiguous, metadata={"state": json.dumps(state)}))


def load_checkpoint(path: Path, model: PPO, identity: dict[str, Any]) -> int:
    """Put a learner into the state of a checkpoint and return how many decisions it has been trained on.

    Raises:
        InputError: where the file is missing, damaged, or of another training.
    """
    read_bounded(path, MAX_CHECKPOINT_BYTES)
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
        _check_identity(state["identity"], identity, path)
        _restore(model, tensors, state)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"is damaged ({type(error).__name__}: {error}); start the training anew", file=path) from error
    return model.num_timesteps


def _check_identity(found: dict[str, Any], wanted: dict[str, Any], path: Path) -> None:
    for key, value in wanted.items():
        if found.get(key) != value:
            message = f"belongs to another training ({key} differs); resume with the same or choose another folder"
            raise InputError(message, file=path)


def _restore(model: PPO, tensors: dict[str, torch.Tensor], state: dict[str, Any]) -> None:
    prefix = "policy."
    model.policy.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
    optimizer = model.policy.optimizer
    numbers = range(len(optimizer.param_groups[0]["params"]))
    moments = {
        i: {name: tensors[f"adam.{i}.{name}"] for name in _MOMENTS} for i in numbers if f"adam.{i}.step" in tensors
    }
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    model.num_timesteps, model._n_updates = int(state["num_timesteps"]), int(state["num_updates"])
    position, has_gauss, cached = state["numpy"]
    torch.set_rng_state(tensors["generator.torch"])
    keys = tensors["generator.numpy"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, position, has_gauss, cached))  # noqa: NPY002
