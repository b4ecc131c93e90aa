"""Reading files that may be anybody's."""

from __future__ import annotations

from pathlib import Path

from trafficai.datatypes import InputError


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
