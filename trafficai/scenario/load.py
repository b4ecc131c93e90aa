"""Loads a scenario: a name of the catalogue, a folder, or a ``.sumocfg``."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from trafficai.datatypes.errors import InputError
from trafficai.scenario.catalogue import RESCO, find_named, list_scenarios
from trafficai.scenario.config import Config, read_config
from trafficai.scenario.demand import read_demand
from trafficai.scenario.detectors import read_detectors
from trafficai.scenario.foes import find_foes
from trafficai.scenario.freeze import Freezer, OnUnreachable, freeze_demand
from trafficai.scenario.intergreens import read_intergreens, require_both_ways
from trafficai.scenario.manifest import FILE_NAME, manifest_config, read_manifest
from trafficai.scenario.model import Network, Scenario, Signal
from trafficai.scenario.network import read_network
from trafficai.scenario.notes import Notes
from trafficai.scenario.programs import build_signals
from trafficai.scenario.wheel_routes import with_made_routes
from trafficai.scenario.xml import is_file

SUFFIXES = (".sumocfg", ".sumo.cfg")


def load_scenario(
    name_or_path: str | Path,
    begin: int | None = None,
    end: int | None = None,
    on_unreachable: OnUnreachable | None = None,
) -> Scenario:
    """Return a scenario with its demand frozen: the same vehicles, types and routes for every run and both engines.

    Args:
        name_or_path: a name of the catalogue, a folder with a ``scenario.toml`` or one ``.sumocfg``, or a ``.sumocfg``.
        begin: start of the period [s], instead of the scenario's own.
        end: end of the period [s], instead of the scenario's own.
        on_unreachable: what happens to vehicles that have no way to their destination: ``"error"``, or ``"drop"``,
            which counts them in the notes. None is the scenario's own rule, which for RESCO's maps is ``"drop"``.

    Raises:
        InputError: something is missing, malformed, contradictory or empty; the message says what and where.
    """
    path, name = _locate(name_or_path)
    notes = Notes()
    config = _read(path, notes)
    period = {key: value for key, value in (("begin", begin), ("end", end)) if value is not None}
    config = replace(config, **period)  # type: ignore[arg-type]
    _check_period(config)
    if on_unreachable is None:
        on_unreachable = "drop" if config.ignores_route_errors or _is_resco(name_or_path) else "error"
    with with_made_routes(config, notes) as ready:
        return _assemble(name, ready, on_unreachable, notes)


def _assemble(name: str, config: Config, on_unreachable: OnUnreachable, notes: Notes) -> Scenario:
    read = read_network(config.network, notes)
    demand = read_demand((*config.additional, *config.routes), read.programs, notes)
    signals = build_signals(read.network, read.programs, config.network, notes)
    detectors = read_detectors(demand.detectors, read.network, notes)
    controllable = _timed(signals.controllable, read.network, config)
    frozen = freeze_demand(Freezer(read.network, demand, on_unreachable, config.source), config.begin, config.end)
    return Scenario(
        name=name,
        network=read.network,
        signals=controllable,
        other_programs=signals.others,
        detectors=detectors,
        vehicle_types=frozen.types,
        vehicles=frozen.vehicles,
        stopping_places=frozen.places,
        begin=config.begin,
        end=frozen.end,
        network_file=config.network,
        sha256=_fingerprint(config, frozen.end, on_unreachable),
        time_to_teleport=config.time_to_teleport,
        notes=notes.lines(),
    )


def _timed(signals: tuple[Signal, ...], network: Network, config: Config) -> tuple[Signal, ...]:
    """Return the signals with the intergreens and the longest red that the scenario gives them."""
    if config.intergreen is not None:
        signals = read_intergreens(config.intergreen, signals)
        require_both_ways(signals, find_foes(network), config.intergreen)
    return tuple(replace(signal, max_red=config.max_red) for signal in signals) if config.max_red else signals


def _is_resco(name_or_path: str | Path) -> bool:
    return str(name_or_path) in RESCO


def _locate(name_or_path: str | Path) -> tuple[Path, str]:
    """Return the configuration or manifest to read, and the scenario's name."""
    path = Path(name_or_path)
    text = str(name_or_path)
    if any(entry.name == text for entry in list_scenarios()):
        return find_named(text), text
    if _is_folder(path):
        return _in_folder(path), path.resolve().name
    if is_file(path) or text.endswith(SUFFIXES) or len(path.parts) > 1 or "/" in text:
        return path, _stem(path)
    return find_named(text), text


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _stem(path: Path) -> str:
    """Return a name for a configuration: its own, or its folder's if it is called ``run`` or the like."""
    stem = path.name.split(".")[0]
    return path.resolve().parent.name if stem in ("run", "scenario", "sumo", "test", "") else stem


def _in_folder(folder: Path) -> Path:
    """Return the manifest or the only configuration in a folder.

    Raises:
        InputError: there is none, or more than one.
    """
    manifest = folder / FILE_NAME
    if is_file(manifest):
        return manifest
    try:
        found = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIXES))
    except OSError as error:
        raise InputError(f"cannot be read ({error}); check its permissions", file=folder) from error
    if len(found) != 1:
        what = "neither a scenario.toml nor a .sumocfg" if not found else f"{len(found)} .sumocfg files; name the one"
        raise InputError(f"the folder has {what}", file=folder)
    return found[0]


def _read(path: Path, notes: Notes) -> Config:
    if path.name == FILE_NAME:
        return manifest_config(path, read_manifest(path))
    return read_config(path, notes)


def _check_period(config: Config) -> None:
    if config.begin < 0 or (config.end is not None and config.end <= config.begin):
        span = f"begin {config.begin} s, end {config.end} s"
        raise InputError(f"the period is empty ({span}); the end must lie after the begin", file=config.source)


def _fingerprint(config: Config, end: int, on_unreachable: OnUnreachable) -> str:
    """Return the SHA-256 over the content of every input file, the period and what else decides about the run."""
    settings = f"{config.begin} {end} {config.time_to_teleport:g} {on_unreachable}"
    digest = hashlib.sha256(f"{settings} {config.max_red:g}".encode() if config.max_red else settings.encode())
    for path in config.files:
        content = path.read_bytes()
        digest.update(f" {len(content)} ".encode() + content)
    return digest.hexdigest()
