"""Reads tables that people write: CSV files with a fixed first line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from trafficai.datatypes.errors import InputError

MAX_BYTES: Final = 2**22


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows below the header, blanks around cells taken off.

    Raises:
        InputError: the file can't be read, or its first line names other columns.
    """
    try:
        require_small(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != tuple(columns):
                raise InputError(f"the first line should be {','.join(columns)}; correct it", file=path)
            return [{name: (row.get(name) or "").strip() for name in columns} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read ({error}); correct it", file=path) from error


def require_small(path: Path) -> None:
    """Raise InputError for a file that is larger than any table of ours, OSError where there is none."""
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES} bytes; refused", file=path)


def positions_of(text: str, size: int, path: Path, where: str) -> tuple[int, ...]:
    """Return the positions of a state string of ``size`` letters that a cell names, with blanks between.

    Raises:
        InputError: it names none, or one that is not there; ``path`` and ``where`` say in what table.
    """
    parts = text.split()
    if not parts or not all(
        part.isascii() and part.isdecimal() and len(part) < 5 and int(part) < size for part in parts
    ):
        message = f"{text!r} does not name positions of the state, 0 to {size - 1}, with blanks between; correct it"
        raise InputError(message, file=path, element=where)
    return tuple(map(int, parts))
