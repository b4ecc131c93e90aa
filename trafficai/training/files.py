"""Files that are whole or absent, whenever the power goes."""

from __future__ import annotations

import os
from pathlib import Path

from trafficai.datatypes import InputError, RunError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part; missing folders are made.

    Raises:
        RunError: where it cannot be written; what stood there before still stands.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunError(f"{path}: cannot be written ({error.strerror})") from error


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file of at most ``max_bytes``.

    Raises:
        InputError: where it is missing, unreadable or larger.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise InputError(f"is larger than {max_bytes} bytes; this is not a file of ours", file=path)
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror}); train the agent again or copy it anew", file=path
        ) from error
