"""A running simulation in a file: named arrays and a description of them, as NumPy's ``.npz``; no code, no pickle.

``description`` is JSON text as bytes; every other entry is one array. ``docs/saving.md`` says what stands in it. The
description carries a hash over the arrays, so that a damaged file is noticed; a forged one is not, for whoever forges
can hash.
"""

from __future__ import annotations

import hashlib
import io
import json
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError
from trafficai.datatypes.files import write_atomically

FORMAT: Final = "trafficai simulation state"
FORMAT_VERSION: Final = 1
DESCRIPTION: Final = "description"

Description = dict[str, Any]
"""Plain values by name."""

Arrays = Mapping[str, NDArray[Any]]
"""Arrays by name; records are structured arrays."""

_UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, MemoryError, NotImplementedError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, SyntaxError, tokenize.TokenError),
)
"""What zipfile and NumPy raise over bytes that are no arrays."""


class SavedState(NamedTuple):
    """What stands in a file."""

    description: Description
    arrays: dict[str, NDArray[Any]]


def hash_arrays(arrays: Arrays) -> str:
    """Return a hash over names, types, shapes and values; what pads records to their alignment does not count."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.shape} ".encode())
        for field in array.dtype.names or (None,):
            values = array if field is None else array[field]
            digest.update(f"{field} {values.dtype.str} ".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def write_state(path: Path | str, description: Description, arrays: Arrays) -> Path:
    """Write a state in one go: a reader sees the old file or the new one, never half of it.

    Raises:
        RunError: the disk is full, or the place can't be written.
    """
    full = {"format": FORMAT, "format_version": FORMAT_VERSION, **description, "arrays_sha256": hash_arrays(arrays)}
    text = np.frombuffer(json.dumps(full, indent=1).encode(), dtype=np.uint8)
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **{DESCRIPTION: text, **arrays})
    return write_atomically(path, content.getvalue())


def read_state(path: Path | str, max_bytes: int) -> SavedState:
    """Read a state of at most ``max_bytes`` unpacked.

    Raises:
        InputError: the file is missing, too large, damaged, of another format version, or no saved state.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > max_bytes:
                raise InputError("is larger than a state of this scenario can be", file=path)
            description = _read_description(archive, path)
            arrays = _read_arrays(archive)
    except FileNotFoundError as error:
        raise InputError("does not exist", file=path) from error
    except _UNREADABLE as error:
        raise InputError("is no saved simulation, or was damaged; save it anew", file=path) from error
    if hash_arrays(arrays) != description.get("arrays_sha256"):
        raise InputError("was damaged or changed since it was saved (its hash differs); save it anew", file=path)
    return SavedState(description, arrays)


def _read_description(archive: zipfile.ZipFile, path: Path) -> Description:
    """Read the description first, for a file of another version may hold anything else."""
    description = json.loads(_read_array(archive, DESCRIPTION).tobytes())
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise InputError("is no saved simulation", file=path)
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"has format version {version!r}; this trafficai reads {FORMAT_VERSION}: load it with the version that"
            " saved it",
            file=path,
        )
    return description


def _read_arrays(archive: zipfile.ZipFile) -> dict[str, NDArray[Any]]:
    names = (name.removesuffix(".npy") for name in archive.namelist())
    return {name: _read_array(archive, name) for name in names if name != DESCRIPTION}


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    content = archive.read(f"{name}.npy")  # whole, for that checks its CRC before anything is made of it
    return np.asarray(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))


def require_same(saved: SavedState, path: Path | str, **expected: tuple[Any, str]) -> None:
    """Check values of the description: each expected value comes with what to say where another one was saved.

    Raises:
        InputError: the first that differs.
    """
    for name, (value, complaint) in expected.items():
        if saved.description.get(name) != value:
            raise InputError(complaint, file=path)
