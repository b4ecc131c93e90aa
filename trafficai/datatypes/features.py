"""A Snapshot as one flat row of numbers, its features: what kernels fill."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes.snapshot import Snapshot

_WHOLE = tuple("int32" in str(annotation) for annotation in Snapshot.__annotations__.values())
"""Which fields of a Snapshot are whole numbers; as features they are float64 too, which holds them exactly."""

_OWN_SHAPE: dict[str, tuple[int, ...]] = {"signal_fault": (5,)}
"""Shapes of fields that are not of what their name begins with."""


@dataclass(frozen=True)
class Layout:
    """Where each field of a Snapshot lies in a row of features: one field after the other, in their order."""

    lane: int  # number of normal lanes
    signal: int  # number of signals
    edge: int  # number of edges
    phase: int  # number of green phases of all signals
    cell: int = 0  # number of cells
    transit: int = 0  # number of normal lanes on which buses and trams are told apart
    loop: int = 0  # number of induction loops that are kept
    area: int = 0  # number of lane areas that are kept

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each field in a Snapshot of one world; the word its name begins with says what it is of."""
        by_word = {item.name: (getattr(self, item.name),) for item in fields(self)}
        return tuple(_OWN_SHAPE.get(name, by_word.get(name.partition("_")[0], ())) for name in Snapshot._fields)

    @cached_property
    def starts(self) -> dict[str, int]:
        """The position of the first feature of each field."""
        sizes = [math.prod(shape) for shape in self.shapes]
        return {name: sum(sizes[:i]) for i, name in enumerate(Snapshot._fields)}

    @cached_property
    def size(self) -> int:
        """Number of features."""
        return sum(math.prod(shape) for shape in self.shapes)

    def features(self, snapshot: Snapshot) -> NDArray[np.float64]:
        """Return the features of a snapshot, (..., size)."""
        parts: zip[tuple[Any, tuple[int, ...]]] = zip(snapshot, self.shapes, strict=True)
        columns = [part[..., : shape[0]] if shape else np.asarray(part)[..., None] for part, shape in parts]
        return np.concatenate(columns, axis=-1, dtype=np.float64)

    def snapshot(self, features: NDArray[np.float64]) -> Snapshot:
        """Return the snapshot with these features, (..., size); it shares no memory with them."""
        columns: list[Any] = []
        start = 0
        for shape, is_whole in zip(self.shapes, _WHOLE, strict=True):
            end = start + math.prod(shape)
            field = features[..., start:end] if shape else features[..., start]
            columns.append(np.array(field, dtype=np.int32 if is_whole else np.float64))
            start = end
        return Snapshot(*columns)
