"""Reads ``scenario.toml``: what a scenario folder of ours is called, holds, and comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from trafficai.scenario.config import NO_TELEPORT, Config
from trafficai.scenario.records import read_record

FILE_NAME: Final = "scenario.toml"


class Manifest(BaseModel):
    """The content of a ``scenario.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    description: str
    network: str
    routes: tuple[str, ...] = Field(min_length=1)
    additional: tuple[str, ...] = ()
    begin: int = Field(default=0, ge=0)  # [s]
    end: int = Field(gt=0)  # [s]
    time_to_teleport: float = NO_TELEPORT  # [s], -1 is never
    on_unreachable: Literal["error", "drop"] = "error"
    intergreen: str | None = None  # CSV file of the intergreen matrices
    max_red: float = Field(default=0.0, ge=0.0, le=3600.0)  # [s], 0 is no limit
    source: str
    licence: str


def read_manifest(path: Path) -> Manifest:
    """Read a ``scenario.toml``.

    Raises:
        InputError: it is missing, too large, no TOML, or its keys are not those of :class:`Manifest`.
    """
    return read_record(path, Manifest)


def manifest_config(path: Path, manifest: Manifest) -> Config:
    """Return what the manifest at ``path`` says about files and period."""
    folder = path.parent
    return Config(
        source=path,
        network=folder / manifest.network,
        additional=tuple(folder / name for name in manifest.additional),
        routes=tuple(folder / name for name in manifest.routes),
        begin=manifest.begin,
        end=manifest.end,
        time_to_teleport=manifest.time_to_teleport,
        ignores_route_errors=manifest.on_unreachable == "drop",
        intergreen=None if manifest.intergreen is None else folder / manifest.intergreen,
        max_red=manifest.max_red,
    )
