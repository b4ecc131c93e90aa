"""Tables and XML files, each complete before it has its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError, RunError
from trafficai.datatypes.files import replaced_when_done

Columns = Mapping[str, NDArray[Any]]
"""Columns of a table by name, all of one length."""


def require_parquet() -> None:
    """Check that Parquet can be written.

    Raises:
        InputError: it cannot; the message says how to install what is missing.
    """
    if find_spec("duckdb") is None:
        raise InputError("Parquet needs DuckDB; run: pip install 'trafficai[analysis]'")


def write_parquet(path: Path, columns: Columns) -> None:
    """Write a table as Parquet.

    Raises:
        RunError: the place can't be written.
    """
    import duckdb

    table = dict(columns)
    with replaced_when_done(path) as temporary, duckdb.connect() as connection:
        connection.register("columns_of_table", table)
        target = str(temporary).replace("'", "''")
        try:
            connection.execute(f"COPY columns_of_table TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.Error as error:
            raise RunError(f"{path}: cannot be written: {error}") from error


def write_csv(path: Path, columns: Columns) -> None:
    """Write a table as CSV with a header; RunError where the place can't be written."""
    with replaced_when_done(path) as temporary, temporary.open("w", encoding="utf-8") as out:
        out.write(",".join(columns) + "\n")
        for row in zip(*(column.tolist() for column in columns.values()), strict=True):
            out.write(",".join(_cell(value) for value in row) + "\n")


def write_xml(path: Path, root: str, lines: Iterable[str]) -> None:
    """Write an XML file of a root element and the lines inside it; RunError where the place can't be written."""
    with replaced_when_done(path) as temporary, temporary.open("w", encoding="utf-8") as out:
        out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n')
        out.writelines(lines)
        out.write(f"</{root}>\n")


def element(tag: str, pairs: Mapping[str, Any], end: str = "/>") -> str:
    """Return an element with its attributes; numbers as SUMO writes them."""
    return f"<{tag}{''.join(f' {name}={quoteattr(_text(value))}' for name, value in pairs.items())}{end}"


def concatenate(tables: Sequence[NDArray[Any]], ids: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return record tables of equal fields as one table of columns, with the ``id`` of each in front."""
    whole = np.concatenate(tables)
    names = np.array([name for name, table in zip(ids, tables, strict=True) for _ in range(len(table))], dtype=object)
    return {"id": names, **{name: np.array(whole[name]) for name in whole.dtype.names or ()}}


def _text(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _cell(value: Any) -> str:
    """Return a value of a CSV file; floats so that they read back as the same number."""
    text = repr(value) if isinstance(value, float) else str(value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in ',"\n') else text
