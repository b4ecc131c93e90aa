"""What a state file says of a simulation in the core, and how its arrays get out of memory and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.compile import Compiled
from trafficai.backends.state_file import Arrays, hash_arrays, read_state, require_same, write_state
from trafficai.core._compile import source_hash
from trafficai.core.records import MAX_ITEMS
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario

_ROOM_FOR_HEADERS = 1 << 20
"""What a file may hold besides the numbers themselves [byte]."""

GROWS = "world.items"
"""The one array whose length follows from the run, not from the scenario."""


def named_arrays(**structs: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of NamedTuples by dotted names, such as ``world.clock``; they are not copied."""
    return {f"{name}.{field}": array for name, struct in structs.items() for field, array in struct._asdict().items()}


def tables_hash(compiled: Compiled) -> str:
    """Return a hash over everything the core computes from but never changes: network, demand, signals, emissions."""
    others = {"emissions": compiled.emissions, "link_states": compiled.link_states}
    return hash_arrays({**named_arrays(network=compiled.network, signals=compiled.signals), **others})


def save_core(path: Path | str, compiled: Compiled, scenario: Scenario, arrays: Arrays, seed: int, time: int) -> Path:
    """Write the arrays of a world with what they belong to; ``time`` [s] is for the reader's eye.

    Raises:
        RunError: the place can't be written.
    """
    description = {
        "engine": "numba",
        "scenario": scenario.name,
        "scenario_sha256": scenario.sha256,
        "tables_sha256": tables_hash(compiled),
        "core_sha256": source_hash(),
        "seed": seed,
        "time_s": time,
    }
    return write_state(path, description, arrays)


def load_core(path: Path | str, compiled: Compiled, scenario: Scenario, arrays: Arrays) -> NDArray[Any]:
    """Fill the arrays of a world from a file, all but the one that ``GROWS``; that one is returned.

    Where that fails the arrays are left as they were.

    Raises:
        InputError: the file can't be read, or was saved by another engine, scenario or version of the core.
    """
    most_items = 2 * compiled.num_slots * MAX_ITEMS * arrays[GROWS].itemsize
    room = _ROOM_FOR_HEADERS + 2 * most_items + sum(array.nbytes for array in arrays.values())
    saved = read_state(path, room)
    name = saved.description.get("scenario")
    other = f"was saved in another scenario, {name!r} with other files or another period; load it there"
    require_same(
        saved,
        path,
        engine=("numba", "was saved by another engine; load it into a backend of the same name"),
        scenario_sha256=(scenario.sha256, other),
        core_sha256=(source_hash(), "was saved by another version of the core; simulate anew, or load it with that"),
        tables_sha256=(tables_hash(compiled), other),
    )
    if _layout(saved.arrays) != _layout(arrays):
        also = "was one of the two made with edge_data or detectors?"
        raise InputError(f"holds other arrays than this simulation; {also}", file=path)
    for key, array in arrays.items():
        if key != GROWS:
            np.copyto(array, saved.arrays[key], casting="no")
    return saved.arrays[GROWS]


def _layout(arrays: Arrays) -> dict[str, tuple[Any, ...]]:
    """Return the type and the shape of every array, without the length of the one that grows."""
    return {key: (array.dtype, array.ndim if key == GROWS else array.shape) for key, array in arrays.items()}
