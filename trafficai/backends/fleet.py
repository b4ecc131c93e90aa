"""Fleet mixes: which emission classes a scenario's passenger cars are of.

Each car's class is drawn from its id alone, so that it is the same for every seed, agent and engine, and a car that is
electric at one share of electric cars still is at a higher one. Nothing else about a car changes: not how it drives.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from trafficai.backends.emission_classes import counted_class, known_class
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario, VehicleType
from trafficai.scenario.records import read_record

FOLDER: Final = Path(__file__).parent / "fleets"
CARS: Final = frozenset({"passenger", "private", "hov", "taxi", "vip"})
"""Vehicle classes of which a vehicle is a car, unless its emission class says otherwise."""

ELECTRIC_CAR: Final = "HBEFA4/PC_BEV"

Share = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class Fleet(BaseModel):
    """The content of a fleet file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    date: str  # what the figures are of
    source: str
    licence: str
    assumptions: tuple[str, ...] = ()  # what the source does not say
    shares: dict[str, Share] = Field(min_length=1)  # weight of each emission class among the cars


def fleet_names() -> tuple[str, ...]:
    """Return the names of the fleets that are part of trafficai."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read_fleet(name_or_path: str | Path) -> Fleet:
    """Return a fleet by name, or from a TOML file like those in ``trafficai/backends/fleets``.

    Raises:
        InputError: there is no such fleet, or the file is malformed or names an emission class that is not known.
    """
    own = FOLDER / f"{name_or_path}.toml"
    path = own if str(name_or_path) in fleet_names() else Path(name_or_path)
    try:
        fleet = read_record(path, Fleet)
    except InputError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        names = " ".join(fleet_names())
        raise InputError(f"no such fleet; name a TOML file or one of: {names}", element=f"fleet '{path}'") from error
    _check_shares(fleet, path)
    return fleet


def _check_shares(fleet: Fleet, path: Path) -> None:
    """Refuse classes that nobody knows, and shares that come to nothing."""
    for name in fleet.shares:
        if known_class(name) is None:
            raise InputError("is no class of HBEFA3 or HBEFA4; correct it", file=path, element=f"share of '{name}'")
    if sum(fleet.shares.values()) <= 0.0:
        raise InputError("the shares come to 0; give some class more", file=path)


def with_fleet(scenario: Scenario, fleet: Fleet | None = None, ev_share: float | None = None) -> Scenario:
    """Return the scenario with other emission classes of its passenger cars.

    Args:
        scenario: whose cars are meant.
        fleet: their classes and shares; None leaves those that are not electric as they are.
        ev_share: share of electric cars (0 to 1), instead of the fleet's own.

    Raises:
        InputError: the share is none, or a fleet of electric cars alone is to have others.
    """
    if ev_share is not None and not 0.0 <= ev_share <= 1.0:
        raise InputError(f"the share of electric cars is {ev_share:g}; give one from 0 to 1")
    draw = _Draw(fleet, ev_share)
    types, taken = list(scenario.vehicle_types), {kind.id for kind in scenario.vehicle_types}
    index = {(kind.id, kind.emission_class): i for i, kind in enumerate(types)}
    vehicles = []
    for vehicle in scenario.vehicles:
        kind = scenario.vehicle_types[vehicle.type]
        drawn = draw.emission_class(vehicle.id) if _is_car(kind) else None
        key = (kind.id, drawn or kind.emission_class)
        if key not in index:
            index[key] = len(types)
            types.append(replace(kind, id=_free_id(kind.id, key[1], taken), emission_class=key[1]))
        vehicles.append(replace(vehicle, type=index[key]))
    return replace(
        scenario,
        vehicle_types=tuple(types),
        vehicles=tuple(vehicles),
        sha256=hashlib.sha256(f"{scenario.sha256} {draw.fingerprint}".encode()).hexdigest(),
        notes=(*scenario.notes, *draw.notes()),
    )


class _Draw:
    """Draws the emission class of a car from its id."""

    def __init__(self, fleet: Fleet | None, ev_share: float | None) -> None:
        self._fleet, self._given_share = fleet, ev_share
        shares = {} if fleet is None else {str(known_class(name)): share for name, share in fleet.shares.items()}
        others = {name: share for name, share in shares.items() if name != ELECTRIC_CAR}
        total = sum(shares.values())
        self._ev_share = (total - sum(others.values())) / total if ev_share is None and total else ev_share or 0.0
        self._names, self._bounds = tuple(others), tuple(accumulate(others.values()))
        if fleet is not None and self._ev_share < 1.0 and not (self._bounds and self._bounds[-1] > 0.0):
            raise InputError(f"fleet {fleet.name} has electric cars only, so none can be of another kind")

    def emission_class(self, vehicle: str) -> str | None:
        """Return the class of a car, None where it keeps its own."""
        if _uniform(f"electric {vehicle}") < self._ev_share:
            return ELECTRIC_CAR
        if not self._names:
            return None
        place = bisect_right(self._bounds, _uniform(vehicle) * self._bounds[-1])
        return self._names[min(place, len(self._names) - 1)]

    @property
    def fingerprint(self) -> str:
        """What decides about the draw."""
        shares = "" if self._fleet is None else " ".join(f"{name} {w!r}" for name, w in self._fleet.shares.items())
        return f"fleet {shares} electric {self._given_share!r}"

    def notes(self) -> Iterator[str]:
        """Yield where the classes come from and what of it is assumed."""
        if self._fleet is not None:
            yield f"fleet {self._fleet.name}: emission classes of passenger cars drawn by share; {self._fleet.source}"
            yield from (f"fleet {self._fleet.name}, assumed: {text}" for text in self._fleet.assumptions)
        if self._given_share is not None:
            yield f"share of electric cars assumed: {100.0 * self._given_share:g} %"


def _is_car(kind: VehicleType) -> bool:
    """Return whether vehicles of the type are passenger cars with a class of HBEFA, or one that stands in for it."""
    return kind.vehicle_class in CARS and counted_class(kind.emission_class).partition("/")[2].startswith("PC")


def _free_id(base: str, emission_class: str, taken: set[str]) -> str:
    """Return an id for a type that nobody has, and take it."""
    name = f"{base}@{emission_class.partition('/')[2]}"
    while name in taken:
        name += "@"
    taken.add(name)
    return name


def _uniform(text: str) -> float:
    """Return a number from 0 to 1 that follows from the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2.0**64
