"""The scenarios that have a name: the eight RESCO maps of the installed sumo-rl, and our own."""

from __future__ import annotations

import difflib
import importlib.util
from pathlib import Path
from typing import Final, NamedTuple

from trafficai import assets
from trafficai.datatypes.errors import InputError
from trafficai.scenario.manifest import FILE_NAME, read_manifest

RESCO: Final = {
    "arterial4x4": "RESCO: synthetic 4x4 grid, one-lane arterials crossing avenues, heavily loaded, 1 h",
    "cologne1": "RESCO: one signal in Cologne, 7-8 am",
    "cologne3": "RESCO: corridor of three signals in Cologne, 7-8 am",
    "cologne8": "RESCO: district of eight signals in Cologne, 7-8 am",
    "grid4x4": "RESCO: synthetic 4x4 grid of equal junctions, 1 h",
    "ingolstadt1": "RESCO: one signal in Ingolstadt, 4-5 pm",
    "ingolstadt7": "RESCO: corridor of seven signals in Ingolstadt, 4-5 pm",
    "ingolstadt21": "RESCO: district of 21 signals in Ingolstadt, 4-5 pm",
}


class Entry(NamedTuple):
    """One line of the catalogue."""

    name: str
    source: str  # 'sumo-rl' or 'trafficai'
    description: str
    path: Path | None  # the file to load, None where sumo-rl is not installed


def package_folder(package: str) -> Path | None:
    """Return the folder of an installed package without importing it, None if it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def list_scenarios() -> tuple[Entry, ...]:
    """Return every named scenario: our own, then RESCO's.

    Raises:
        InputError: a ``scenario.toml`` of ours is broken.
    """
    own = [_own_entry(path) for path in sorted(assets.folder("scenarios").glob(f"*/{FILE_NAME}"))]
    package = package_folder("sumo_rl")
    maps = package / "nets" / "RESCO" if package is not None else None
    resco = [
        Entry(name, "sumo-rl", description, maps / name / f"{name}.sumocfg" if maps is not None else None)
        for name, description in RESCO.items()
    ]
    return (*own, *resco)


def _own_entry(path: Path) -> Entry:
    manifest = read_manifest(path)
    return Entry(manifest.name, "trafficai", manifest.description, path)


def find_named(name: str) -> Path:
    """Return the file to load for a name of the catalogue.

    Raises:
        InputError: there is no such name, or its files are not installed.
    """
    entries = {entry.name: entry for entry in list_scenarios()}
    if name not in entries:
        close = difflib.get_close_matches(name, entries, n=3)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        raise InputError(
            f"unknown scenario; {hint}give a folder, a .sumocfg or one of {', '.join(entries)}", element=f"'{name}'"
        )
    path = entries[name].path
    if path is None or not path.is_file():
        raise InputError("needs the package sumo-rl; run: pip install 'trafficai[sumo]'", element=f"scenario '{name}'")
    return path
