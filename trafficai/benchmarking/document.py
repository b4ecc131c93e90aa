"""The JSON of a benchmark, schema 1: every sample, the machine and the versions; and reading ratios back."""

from __future__ import annotations

import json
import math
import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from trafficai.benchmarking.measure import Results
from trafficai.benchmarking.model import Row
from trafficai.datatypes import InputError
from trafficai.evaluation import SCHEMA, document_head, installed_versions


def bench_document(results: Results, command: str | None = None) -> dict[str, Any]:
    """Return the document of ``bench``."""
    versions = installed_versions()
    return {
        **document_head(versions),
        "versions": versions.libraries | {"sumo_rl": _version("sumo-rl")},
        "machine": describe_machine(),
        "command": command,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": [_row_document(row) for row in results.rows],
        "skipped": [{"name": name, "why": why} for name, why in results.skipped.items()],
    }


def _row_document(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "ratio": row.ratio,
        "ours": list(row.ours),
        "theirs": list(row.theirs),
        "unit": row.unit.text,
        "more_is_better": row.unit.more_is_better,
        "against": row.against,
    }


def describe_machine() -> dict[str, Any]:
    """Return what kind of machine this is, and how busy it was in the last minute; not which one."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.machine()}",
        "load_average": os.getloadavg()[0],
    }


def _processor() -> str:
    """Return the processor's model as Linux names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown")


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def read_ratios(path: Path) -> dict[str, float]:
    """Return the ratio of each row of a file that ``bench --json`` wrote.

    Raises:
        InputError: the file is missing, or is no such file.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON: {error}", file=path) from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"is no result of `trafficai bench --json` of schema {SCHEMA}", file=path)
    rows = document.get("rows")
    if not isinstance(rows, list) or not rows:
        raise InputError("has no rows", file=path)
    return dict(_ratio(row, path) for row in rows)


def _ratio(row: Any, path: Path) -> tuple[str, float]:
    """Return name and ratio of one row."""
    match row:
        case {"name": str(name), "ratio": int() | float() as ratio} if _is_ratio(ratio):
            return name, float(ratio)
    raise InputError(f"a row needs a name and a positive ratio, not {row!r:.80}", file=path)


def _is_ratio(value: float) -> bool:
    return not isinstance(value, bool) and value > 0.0 and math.isfinite(value)
