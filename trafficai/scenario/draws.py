"""Random draws made while a scenario is read: the same on every machine, in every order, for every period."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np

SEED: Final = 42  # of everything drawn at loading; a run's own seed comes later and changes no demand


def generator(purpose: str, name: str) -> np.random.Generator:
    """Return the generator for one purpose of one element, e.g. ``("flow", "f_0")``."""
    digest = hashlib.sha256(f"{SEED}/{purpose}/{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def choose(purpose: str, name: str, options: tuple[str, ...], weights: tuple[float, ...]) -> str:
    """Return one of the options, drawn with probabilities in proportion to the weights."""
    threshold = generator(purpose, name).random() * sum(weights)
    for option, weight in zip(options, weights, strict=True):
        threshold -= weight
        if threshold < 0.0:
            return option
    return options[-1]
