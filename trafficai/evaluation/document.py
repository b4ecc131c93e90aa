"""The JSON contract, schema 1: what is written, and reading it back with every field checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from trafficai.backends.assumptions import notes_of
from trafficai.controllers.fallback import FALLBACKS
from trafficai.datatypes import InputError, SignalFault, SignalWatch
from trafficai.evaluation.comparison import FAMILY, PRECISION_METRIC, Cell, Comparison, Difference
from trafficai.evaluation.emission_basis import CO2_METRICS, Basis, emission_basis
from trafficai.evaluation.episode import EpisodeResult, SignalReport
from trafficai.evaluation.statistics import CONFIDENCE
from trafficai.evaluation.unserved import gridlocked
from trafficai.evaluation.versions import Versions, installed_versions
from trafficai.evaluation.warm_up import NO_WARM_UP, WarmUp
from trafficai.metrics import METRICS, Metrics
from trafficai.scenario.model import Scenario

SCHEMA = 1
MAX_BYTES = 64 * 2**20
"""A comparison of 20 agents, 2 engines and 1,000 seeds takes 20 MB; what is larger is not one of ours."""

MAX_NUMBER = 1e15
"""Larger than any count, second or gram of a run; keeps sums of a stranger's numbers finite."""

OPTIONAL_METRICS = frozenset(name for name in Metrics._fields if name in Metrics._field_defaults) | {
    "nox_kg",
    "pmx_g",
    "electricity_kwh",
}
"""What a run need not have: what it did not ask for, and what older versions did not write."""

SINGLE_SEED_NOTE = "one seed only: there is no interval, and no difference can be told from chance"

T = TypeVar("T")


def document_head(versions: Versions) -> dict[str, Any]:
    """Return what every document begins with."""
    return {"schema": SCHEMA, "trafficai": versions.trafficai, "sumo": versions.sumo}


def run_document(
    scenario: Scenario, agent: str, backend: str, seed: int, result: EpisodeResult, emission_model: str | None = None
) -> dict[str, Any]:
    """Return the document of ``simulate``."""
    versions = installed_versions()
    return {
        **document_head(versions),
        "scenario": scenario.name,
        "scenario_sha256": scenario.sha256,
        "backend": backend,
        "agent": agent,
        "seed": seed,
        "begin_s": scenario.begin,
        "end_s": scenario.end,
        **_warm_up_document(result.warm_up),
        "metrics": result.metrics.as_dict(),
        "performance": result.performance._asdict(),
        **signal_document(result.signals),
        **({} if result.service is None else {"service": result.service.as_dict()}),
        "emission_classes": emission_basis(scenario, emission_model),
        "notes": list(notes_of(scenario)),
    }


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return the document of ``compare``."""
    versions = comparison.versions
    backends = comparison.backends
    return {
        **document_head(versions),
        "versions": versions.libraries,
        "scenario": comparison.scenario,
        "scenario_sha256": comparison.scenario_sha256,
        "begin_s": comparison.begin,
        "end_s": comparison.end,
        "backend": backends[0] if len(backends) == 1 else "both",
        "backends": list(backends),
        **_warm_up_document(comparison.warm_up),
        "agents": list(comparison.agents),
        "seeds": list(comparison.seeds),
        "baseline": comparison.baseline,
        "complete": comparison.complete,
        "confidence": CONFIDENCE,
        "correction": {"method": "holm", "metrics": list(FAMILY), "tests": comparison.num_tests},
        "note": SINGLE_SEED_NOTE if len(comparison.seeds) == 1 else None,
        "emission_classes": comparison.emission_classes,
        "notes": list(comparison.notes),
        "command": comparison.command,
        "created": comparison.created,
        "cells": [_cell_document(cell) for cell in comparison.cells],
        "gridlocked": [{"agent": c.agent, "seed": c.seed, "backend": c.backend} for c in gridlocked(comparison)],
        "precision": _precision_document(comparison),
        "differences": [_difference_document(difference) for difference in comparison.differences],
    }


def read_comparison(path: Path | str) -> Comparison:
    """Return the comparison of a file that ``compare --json`` wrote; what follows from the cells is computed anew.

    Raises:
        InputError: the file is missing, is no JSON, or is no comparison.
    """
    path = Path(path)
    document = _read_json(path)
    try:
        return _parse_comparison(document)
    except InputError as error:
        raise InputError(str(error), file=path) from error


def signal_document(signals: SignalReport) -> dict[str, Any]:
    """Return what was seen of the signals of one run."""
    watch = signals.watch
    monitor = {
        "signal_seconds": watch.signal_seconds,
        "faults": watch.faults,
        "first_fault": None if watch.first is None else watch.first._asdict(),
    }
    return {"valid": signals.is_valid, "signal_monitor": monitor, "fallbacks": dict(signals.fallbacks)}


def _warm_up_document(warm_up: WarmUp) -> dict[str, int]:
    return {"warm_up_s": warm_up.seconds, "warm_up_vehicles": warm_up.vehicles}


def _precision_document(comparison: Comparison) -> dict[str, Any] | None:
    """Return how many seeds each agent would need for the precision that was asked for, if any was."""
    if comparison.precision is None:
        return None
    needed = [
        {"agent": agent, "backend": backend, "seeds": comparison.seeds_needed(agent, backend)}
        for backend in comparison.backends
        for agent in comparison.challengers
    ]
    return {"percent": comparison.precision, "metric": PRECISION_METRIC, "needed": needed}


def _cell_document(cell: Cell) -> dict[str, Any]:
    signals = {} if cell.signals is None else signal_document(cell.signals)
    return {"agent": cell.agent, "seed": cell.seed, "backend": cell.backend, "metrics": dict(cell.metrics), **signals}


def _difference_document(difference: Difference) -> dict[str, Any]:
    interval, percent = difference.interval, difference.percent
    return {
        "agent": difference.agent,
        "against": difference.against,
        "backend": difference.backend,
        "metric": difference.metric,
        "mean": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "n": interval.n,
        "percent": None if percent is None else percent.mean,
        "percent_low": None if percent is None else percent.low,
        "percent_high": None if percent is None else percent.high,
        "p": difference.p,
        "p_adjusted": difference.p_adjusted,
    }


def _read_json(path: Path) -> Any:
    """Return what the file holds, refusing what is too large, too deep, or not JSON."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"is larger than {MAX_BYTES // 2**20} MB, so it is no comparison", file=path)
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON: {error}", file=path) from error


def _parse_comparison(document: Any) -> Comparison:
    fields = _mapping(document, "the document")
    if fields.get("schema") != SCHEMA:
        raise InputError(f"schema is {fields.get('schema')!r}; this version reads {SCHEMA}")
    if "cells" not in fields:
        raise InputError("has no cells; it is not a result of `trafficai compare --json`")
    cells = _list_of(fields, "cells", _cell)
    comparison = Comparison(
        scenario=_text(fields, "scenario"),
        scenario_sha256=_text(fields, "scenario_sha256"),
        begin=_integer(fields, "begin_s"),
        end=_integer(fields, "end_s"),
        agents=_list_of(fields, "agents", _as_text),
        backends=_list_of(fields, "backends", _as_text),
        seeds=_list_of(fields, "seeds", _as_integer),
        baseline=_text(fields, "baseline"),
        cells=cells,
        notes=_list_of(fields, "notes", _as_text) if "notes" in fields else (),
        emission_classes=_basis(fields),
        complete=fields.get("complete") is True,
        versions=_versions(fields),
        command=_optional_text(fields, "command"),
        created=_optional_text(fields, "created"),
        warm_up=_warm_up(fields),
        precision=_precision(fields),
    )
    _check_plan(comparison)
    return comparison


def _check_plan(comparison: Comparison) -> None:
    """Refuse cells that are not of the plan, or there twice."""
    if comparison.baseline not in comparison.agents:
        raise InputError(f"baseline {comparison.baseline!r} is not among the agents")
    seen: set[tuple[str, str, int]] = set()
    for cell in comparison.cells:
        key = (cell.agent, cell.backend, cell.seed)
        planned = cell.agent in comparison.agents and cell.backend in comparison.backends
        if not planned or cell.seed not in comparison.seeds:
            raise InputError(f"cell {key} is not among the agents, backends and seeds")
        if key in seen:
            raise InputError(f"cell {key} is there twice")
        seen.add(key)


def _cell(value: Any) -> Cell:
    fields = _mapping(value, "a cell")
    agent, seed, backend = _text(fields, "agent"), _integer(fields, "seed"), _text(fields, "backend")
    given = _mapping(fields.get("metrics"), f"metrics of cell ({agent}, {seed}, {backend})")
    metrics: dict[str, int | float] = {}
    for info in METRICS:
        if info.name in given:
            metrics[info.name] = _number(given, info.name)
        elif info.name not in OPTIONAL_METRICS:
            raise InputError(f"cell ({agent}, {seed}, {backend}) has no {info.name}")
    return Cell(agent, seed, backend, metrics, _signals(fields) if "signal_monitor" in fields else None)


def _signals(fields: Mapping[str, Any]) -> SignalReport:
    """Return what a cell says of its signals."""
    monitor = _mapping(fields["signal_monitor"], "signal_monitor")
    counted = _mapping(fields.get("fallbacks", {}), "fallbacks")
    fault = None if monitor.get("first_fault") is None else _fault(_mapping(monitor["first_fault"], "first_fault"))
    watch = SignalWatch(_integer(monitor, "signal_seconds"), _integer(monitor, "faults"), fault)
    return SignalReport(watch, {kind: _integer(counted, kind) for kind in FALLBACKS if kind in counted})


def _fault(fields: Mapping[str, Any]) -> SignalFault:
    positions = _list_of(fields, "positions", _as_integer)
    return SignalFault(_text(fields, "rule"), float(_number(fields, "time")), _text(fields, "signal"), positions)


def _warm_up(fields: Mapping[str, Any]) -> WarmUp:
    """Return the warm-up; older files have none."""
    if "warm_up_s" not in fields:
        return NO_WARM_UP
    return WarmUp(_integer(fields, "warm_up_s"), _integer(fields, "warm_up_vehicles"))


def _precision(fields: Mapping[str, Any]) -> float | None:
    """Return the precision that was asked for, if any was."""
    if fields.get("precision") is None:
        return None
    percent = float(_number(_mapping(fields["precision"], "precision"), "percent"))
    if percent <= 0.0:
        raise InputError(f"precision should be more than 0 %, not {percent}")
    return percent


def _basis(fields: Mapping[str, Any]) -> Basis:
    """Return the emission classes behind each metric of CO2."""
    given = _mapping(fields.get("emission_classes", {}), "emission_classes")
    found = {name: _mapping(given[name], f"emission_classes of {name}") for name in CO2_METRICS if name in given}
    return {name: {kind: float(_number(shares, kind)) for kind in shares} for name, shares in found.items()}


def _versions(fields: Mapping[str, Any]) -> Versions:
    inner = _mapping(fields.get("versions", {}), "versions")
    return Versions(
        trafficai=_optional_text(fields, "trafficai"),
        sumo=_optional_text(fields, "sumo"),
        python=_optional_text(inner, "python"),
        numpy=_optional_text(inner, "numpy"),
        numba=_optional_text(inner, "numba"),
    )


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{what} should be an object")
    return value


def _list_of(fields: Mapping[str, Any], name: str, parse: Callable[[Any], T]) -> tuple[T, ...]:
    value = fields.get(name)
    if not isinstance(value, list):
        raise InputError(f"{name} should be a list")
    return tuple(parse(item) for item in value)


def _as_text(value: Any) -> str:
    return _text({"an entry": value}, "an entry")


def _as_integer(value: Any) -> int:
    return _integer({"an entry": value}, "an entry")


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name} should be text, not {value!r:.80}")
    return value


def _optional_text(fields: Mapping[str, Any], name: str) -> str | None:
    return None if fields.get(name) is None else _text(fields, name)


def _integer(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_NUMBER:
        raise InputError(f"{name} should be a whole number, not {value!r:.80}")
    return value


def _number(fields: Mapping[str, Any], name: str) -> int | float:
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_NUMBER:
        raise InputError(f"{name} should be a number, not {value!r:.80}")
    return value
