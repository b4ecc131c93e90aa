"""The JSON contract of ``validate``, schema 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from trafficai.datatypes.files import write_text_atomically
from trafficai.evaluation.document import SINGLE_SEED_NOTE, document_head
from trafficai.evaluation.statistics import CONFIDENCE
from trafficai.evaluation.validation import CORE, SUMO, EdgeComparison, Row, Validation

NUM_WORST: Final = 10
"""Edges that are named as those which differ most."""


def write_validation(validation: Validation, path: Path | str) -> Path:
    """Write the document atomically; raises RunError where that fails."""
    document = validation_document(validation)
    return write_text_atomically(path, json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def validation_document(validation: Validation) -> dict[str, Any]:
    """Return the document of ``validate``."""
    versions, speed, edges = validation.versions, validation.speed, validation.edges
    return {
        **document_head(versions),
        "versions": versions.libraries,
        "scenario": validation.scenario,
        "scenario_sha256": validation.scenario_sha256,
        "begin_s": validation.begin,
        "end_s": validation.end,
        "agent": validation.agent,
        "seeds": list(validation.seeds),
        "complete": validation.complete,
        "confidence": CONFIDENCE,
        "note": SINGLE_SEED_NOTE if len(validation.seeds) == 1 else None,
        "notes": list(validation.notes),
        "command": validation.command,
        "created": validation.created,
        "rows": [_row_document(row) for row in validation.rows],
        "geh_below_5": edges.geh_below_5,
        "gridlocked": {engine: validation.gridlocked(engine) for engine in (CORE, SUMO)},
        "speed_ratio": speed.ratio,
        "updates_per_cpu_s": {CORE: speed.core, SUMO: speed.sumo},
        "edges": _edges_document(edges),
        "runs": [
            {"engine": engine, "seed": run.seed, "metrics": dict(run.metrics)}
            for engine, runs in validation.runs.items()
            for run in runs
        ],
        "over_time": _series_document(validation),
    }


def _row_document(row: Row) -> dict[str, Any]:
    return {
        "metric": row.metric,
        "core": row.core,
        "core_sd": row.core_sd,
        "sumo": row.sumo,
        "sumo_sd": row.sumo_sd,
        "relative_error": row.relative_error,
        "inside_interval": row.inside_interval,
        "sumo_low": row.sumo_run.low,
        "sumo_high": row.sumo_run.high,
        "inside_mean_interval": row.inside_mean_interval,
    }


def _edges_document(edges: EdgeComparison) -> dict[str, Any]:
    return {
        "used": len(edges.ids),
        "hours": len(edges.core_flow),
        "vehicle_seconds_correlation": edges.seconds_correlation,
        "speed_error_m_s": edges.speed_error,
        "worst": [_edge_document(edges, i) for i in edges.worst(NUM_WORST)],
    }


def _edge_document(edges: EdgeComparison, i: int) -> dict[str, Any]:
    return {
        "edge": edges.ids[i],
        "core_vehicle_seconds": float(edges.core_seconds[i]),
        "sumo_vehicle_seconds": float(edges.sumo_seconds[i]),
        "core_speed_m_s": float(edges.core_speed[i]),
        "sumo_speed_m_s": float(edges.sumo_speed[i]),
        "geh": float(edges.geh[:, i].max()),
    }


def _series_document(validation: Validation) -> dict[str, Any]:
    series = {engine: validation.series(engine) for engine in (CORE, SUMO)}
    return {
        "time_s": series[CORE].time.tolist(),
        "running": {engine: each.running.tolist() for engine, each in series.items()},
        "speed_m_s": {engine: each.speed.tolist() for engine, each in series.items()},
    }
