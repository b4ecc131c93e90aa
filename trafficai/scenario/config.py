"""Reads SUMO's configuration files (``.sumocfg``, ``.sumo.cfg``): which files belong together, and the period."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trafficai.datatypes.errors import InputError
from trafficai.scenario.notes import Notes
from trafficai.scenario.words import words
from trafficai.scenario.xml import Element, is_file, read_elements

SYNONYMS: Final = {
    "net": "net-file", "n": "net-file",
    "routes": "route-files", "r": "route-files",
    "additional": "additional-files", "a": "additional-files",
    "b": "begin", "e": "end",
}  # fmt: skip
NO_TELEPORT: Final = -1.0  # [s]
# Options that say what is written, shown or checked, and nothing about what is simulated.
SILENT: Final = words(
    "log l error-log message-log verbose v no-step-log no-warnings W no-duration-log print-options precision"
    " xml-validation xml-validation.net xml-validation.routes gui-settings-file g start S quit-on-end Q seed"
    " random threads language summary tripinfo fcd-output device.tripinfo.probability device.fcd.probability"
    " device.emissions.probability"
    " duration-log.statistics duration-log.disable step-log.period human-readable-time output-prefix delay"
    " remote-port num-clients route-steps s statistics write-license configuration-file c"
)
SILENT_PARTS: Final = ("-output", "output.", ".output", "gui", "tripinfo-", "vehroute-", "aggregate-warnings")


@dataclass(frozen=True, slots=True)
class Config:
    """What a scenario consists of."""

    source: Path  # the configuration or manifest it was read from
    network: Path
    additional: tuple[Path, ...]
    routes: tuple[Path, ...]
    begin: int = 0  # [s]
    end: int | None = None  # [s], None: until the net is empty
    time_to_teleport: float = NO_TELEPORT  # [s]
    ignores_route_errors: bool = False
    intergreen: Path | None = None
    max_red: float = 0.0  # [s], 0 is no limit

    @property
    def files(self) -> tuple[Path, ...]:
        """Every input file, network first."""
        extra = () if self.intergreen is None else (self.intergreen,)
        return (self.network, *self.additional, *self.routes, *extra)


def read_config(path: Path, notes: Notes) -> Config:
    """Read a SUMO configuration.

    Args:
        path: the ``.sumocfg``; the files it names lie relative to its folder.
        notes: gets the options that would change the simulation and are not honoured.

    Raises:
        InputError: it is missing, malformed, or names no network or no routes.
    """
    options = {name: element for element in _options(path) if (name := SYNONYMS.get(element.tag, element.tag))}
    network = _files(options, "net-file", path)
    routes = _files(options, "route-files", path)
    if len(network) != 1:
        raise InputError("needs one net-file; add it", file=path, element="net-file")
    additional = _files(options, "additional-files", path)
    if not routes and not additional:
        raise InputError(
            "needs route-files or additional-files with vehicles; add them", file=path, element="route-files"
        )
    _note_options(options, notes)
    begin, end = _period(options)
    return Config(
        source=path,
        network=network[0],
        additional=additional,
        routes=routes,
        begin=begin,
        end=end,
        time_to_teleport=_seconds(options, "time-to-teleport", NO_TELEPORT),
        ignores_route_errors="ignore-route-errors" in options
        and options["ignore-route-errors"].flag("value", default=True),
    )


def _options(path: Path) -> Iterator[Element]:
    """Yield every element with a value; options may stand in sections or not."""
    elements = read_elements(path)
    next(elements)
    for element in elements:
        yield from _leaves(element)


def _leaves(element: Element) -> Iterator[Element]:
    if any(name in element.attributes for name in ("value", "v")):
        element.attributes.setdefault("value", element.get("v"))
        yield element
    for child in element.children:
        yield from _leaves(child)


def _files(options: dict[str, Element], name: str, path: Path) -> tuple[Path, ...]:
    """Return the files of an option, which SUMO separates by comma, semicolon or blank."""
    if name not in options:
        return ()
    text = options[name].get("value")
    names = [part.strip() for part in text.replace(";", ",").split(",")]
    if len(names) == 1 and not is_file(path.parent / text):
        names = text.split()
    return tuple(path.parent / part for part in names if part)


def _seconds(options: dict[str, Element], name: str, default: float) -> float:
    return options[name].time("value") if name in options else default


def _period(options: dict[str, Element]) -> tuple[int, int | None]:
    """Return begin and end in whole seconds; SUMO's -1 is no end."""
    begin, end = math.floor(_seconds(options, "begin", 0.0)), math.ceil(_seconds(options, "end", -1.0))
    if begin < 0:
        raise options["begin"].error("is negative; correct it")
    return begin, end if end >= 0 else None


def _note_options(options: dict[str, Element], notes: Notes) -> None:
    """Note what would change the simulation but is not honoured."""
    honoured = {*SYNONYMS.values(), "time-to-teleport", "ignore-route-errors"}
    unread = [name for name in options if name not in honoured and not _is_silent(name)]
    if unread:
        notes.say(f"{len(unread)} option(s) of the configuration not honoured: {', '.join(unread)}")


def _is_silent(name: str) -> bool:
    return name in SILENT or any(part in name for part in SILENT_PARTS)
