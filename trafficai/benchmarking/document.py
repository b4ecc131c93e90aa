"""The JSON of a benchmark, schema 1: every sample, the machine and the versions."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from trafficai.benchmarking.measure import Results
from trafficai.benchmarking.model import Row
from trafficai.evaluation import document_head, installed_versions


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
