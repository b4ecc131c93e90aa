"""Coefficients of SUMO's HBEFA3 and HBEFA4 classes, and which HBEFA3 class stands beside one of HBEFA4.

``hbefa.json`` says where it comes from; ``benchmarks/fit_emissions.py`` makes it anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.core import emissions
from trafficai.core.emissions import NUM_TERMS

DEFAULT_EMISSION_CLASS: Final = "HBEFA4/PC_petrol_Euro-4"
"""SUMO's class of a passenger car; stands in for a class we have no coefficients of."""

PHEMLIGHT: Final = {
    "PHEMlight": ("PHEMlight/PC_G_EU4", "PHEMlight/PC_D_EU4"),
    "PHEMlight5": ("PHEMlight5/PC_EU4_G", "PHEMlight5/PC_EU4_D_MW"),
}
"""Models that only SUMO has, and their petrol and Diesel car; the wheel has no data of others."""

FILE: Final = Path(__file__).parent / "hbefa.json"

FIRST_COLUMNS: Final = {
    "co2": emissions.CO2,
    "nox": emissions.NOX,
    "pmx": emissions.PMX,
    "electricity": emissions.ELECTRICITY,
}
"""Where the polynomial of each substance begins in a row of coefficients."""

_WITHOUT_EXHAUST = ("zero", "energy", "mmpevem")  # SUMO's models that know no exhaust; their electricity is not ours
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6}
_NORM = re.compile(r"(?:Euro|EU)-?([IV]+|\d)")
_PETROL, _DIESEL = "GD"


@cache
def emission_classes() -> Mapping[str, Mapping[str, Any]]:
    """Return what the file has of every class, by SUMO's name."""
    classes: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["classes"]
    return classes


@cache
def _names() -> Mapping[str, str]:
    return {name.lower(): name for name in emission_classes()}


def known_class(name: str) -> str | None:
    """Return the emission class as SUMO spells it, None where we have no coefficients of it."""
    return _names().get(name.lower())


def has_no_exhaust(name: str) -> bool:
    """Return whether the class belongs to a model that knows no exhaust, such as ``Zero/default``."""
    return name.lower().startswith(_WITHOUT_EXHAUST)


def counted_class(name: str) -> str:
    """Return the class by which a vehicle of an emission class is counted."""
    return name if has_no_exhaust(name) else known_class(name) or DEFAULT_EMISSION_CLASS


def emission_coefficients(name: str) -> tuple[NDArray[np.float64], bool]:
    """Return the coefficients of an emission class, (44,), and whether the class is known.

    Names are those of SUMO, in any case. Classes without exhaust give zeros; an unknown class gives those of
    ``DEFAULT_EMISSION_CLASS`` and False.
    """
    row = np.zeros(emissions.NUM_COLUMNS)
    if has_no_exhaust(name):
        return row, True
    counted = counted_class(name)
    for substance, first in FIRST_COLUMNS.items():
        _write(row, first, counted, substance)
    row[emissions.FUEL_RATIO] = emission_classes()[counted].get("fuel_per_co2", 0.0)
    row[emissions.IS_ELECTRIC] = "electricity" in emission_classes()[counted]
    row[emissions.NEVER_COASTS] = "BEV" in counted
    _write(row, emissions.HBEFA3_CO2, hbefa3_counterpart(counted), "co2")
    row[emissions.IS_LIGHT_DUTY] = is_light_duty(counted)
    return row, known_class(name) is not None


def _write(row: NDArray[np.float64], first: int, name: str, substance: str) -> None:
    """Write a polynomial into a row; one that the class has not stays zero."""
    row[first : first + NUM_TERMS] = emission_classes()[name].get(substance, 0.0)


def is_light_duty(name: str) -> bool:
    """Return whether the class is one of cars or vans with a combustion engine."""
    return name.partition("/")[2].startswith(("PC", "LCV", "LDV")) and "co2" in emission_classes()[name]


def class_in_sumo(name: str, model: str | None) -> str:
    """Return the class that SUMO is given where its own device is to follow ``model``; what is no car keeps its own.

    PHEMlight and PHEMlight5 come with one petrol and one Diesel car each, both of Euro 4.
    """
    counted = counted_class(name)
    if model is None or has_no_exhaust(name) or not (is_light_duty(counted) and "/PC" in counted):
        return name
    return PHEMLIGHT[model][0 if f"_{_DIESEL}_" not in hbefa3_counterpart(counted) else 1]


def hbefa3_counterpart(name: str) -> str:
    """Return the HBEFA3 class of the same kind of vehicle, fuel and Euro norm; the class itself where there is none.

    HBEFA3 ends at Euro 6; what is older than Euro 1 counts as Euro 0, a gas or flexible-fuel engine as petrol in cars
    and vans and as Diesel in trucks. Buses and coaches have one class each, motorcycles and electric vehicles none.
    """
    kind = name.partition("/")[2]
    if name.startswith("HBEFA3") or "co2" not in emission_classes()[name]:
        return name
    if kind.startswith(("UBus", "Coach")):
        return "HBEFA3/Bus" if kind.startswith("UBus") else "HBEFA3/Coach"
    if kind.startswith(("MC", "Moped")):
        return name
    is_truck = not kind.startswith(("PC", "LCV"))
    if is_truck and "petrol" in kind:
        return "HBEFA3/HDV_G"
    family = "HDV" if is_truck else "PC" if kind.startswith("PC") else "LDV"
    fuel = _DIESEL if is_truck or "diesel" in kind else _PETROL
    return f"HBEFA3/{family}_{fuel}_EU{_norm(kind)}"


def _norm(kind: str) -> int:
    """Return the number of the Euro norm in the name of a class, at most 6; 0 where it names none."""
    found = _NORM.search(kind)
    if found is None:
        return 0
    return min(6, _ROMAN.get(found[1]) or int(found[1]))
