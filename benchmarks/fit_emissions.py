"""Regenerates trafficai/backends/hbefa.json from what the installed SUMO's emissionsMap prints.

    python benchmarks/fit_emissions.py

SUMO's HBEFA3 and HBEFA4 are polynomials of speed and acceleration whose coefficients have four digits, per class and
substance. The tool prints six digits of the polynomial's value; a least-squares fit over its grid, weighed by the
value, therefore gives the coefficients back. Terms that are not needed to meet every printed value are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends._sumo_process import sumo_home
from trafficai.core.emissions import COASTING_BASE, COASTING_FROM, COASTING_KNEE, COASTING_SLOPE

ROOT = Path(__file__).parents[1]
OUT = ROOT / "trafficai" / "backends" / "hbefa.json"
MODELS = ("HBEFA3", "HBEFA4")
SUBSTANCES = {  # of which polynomials are kept, and under which name
    "CO2": "co2",
    "NOx": "nox",
    "PMx": "pmx",
    "electricity": "electricity",
}
TERMS = ("1", "v", "a", "v^2", "v^3", "a v", "a v^2", "a^2 v")
GRID = "--v-min 0 --v-max 60 --v-step 2.5 --a-min -2 --a-max 3 --a-step 0.25 --s-min 0 --s-max 0 --s-step 1"
PRINTED = 6.5e-6
"""Half a unit of the last of six digits, as a share of the value, and a little more for the fit."""

NOTHING = 1e-12
"""What is less is zero [mg/s or Wh/s]; so is what is cut or clamped, which does not lie on the polynomial."""

HEAD = "SUMO {sumo}: bin/emissionsMap --iterate {grid} --precision 9, then benchmarks/fit_emissions.py"


class Fit(NamedTuple):
    """A polynomial."""

    coefficients: NDArray[np.float64]  # (8,) of TERMS
    error: float  # largest, as a share of the printed value


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        maps = _run_tool(Path(folder))
        classes = {name: _class(name, _read(file)) for name, file in maps.items()}
    out.write_text(_document(classes), encoding="utf-8")


def _run_tool(folder: Path) -> dict[str, Path]:
    """Return the map of every class of the two models."""
    for model in (*MODELS, "Zero", "HBEFA2", "PHEMlight", "PHEMlight5", "Energy", "MMPEVEM"):
        (folder / model).mkdir()
    command = [str(sumo_home() / "bin" / "emissionsMap"), "--iterate", "--output", f"{folder}/", *GRID.split()]
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    subprocess.run([*command, "--precision", "9"], check=True, env=environment, stdout=subprocess.DEVNULL)
    return {f"{model}/{file.stem}": file for model in MODELS for file in sorted((folder / model).glob("*.csv"))}


def _read(file: Path) -> dict[str, NDArray[np.float64]]:
    """Return rows of speed [m/s], acceleration [m/s^2] and value [mg/s or Wh/s] of every substance, (num, 3)."""
    rows: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        speed, acceleration, _, substance, value = line.split(";")
        if substance in (*SUBSTANCES, "fuel"):
            rows[substance].append((float(speed), float(acceleration), float(value)))
    return {substance: np.array(values) for substance, values in rows.items()}


def _class(name: str, maps: dict[str, NDArray[np.float64]]) -> dict[str, object]:
    """Return the polynomials of a class and its fuel per CO2; a substance it does not emit is left out."""
    fits = {}
    for substance, table in maps.items():
        values = table[np.abs(table[:, 2]) > NOTHING]
        if len(values):
            fits[substance] = _fit(values, is_hbefa3=name.startswith("HBEFA3"))
    found: dict[str, object] = {}
    for substance, key in SUBSTANCES.items():
        if substance in fits:
            scale = 3600.0 if key == "electricity" else 3.6
            found[key] = [_digits(scale * value, 6) for value in fits[substance].coefficients]
    if "CO2" in fits:
        found["fuel_per_co2"] = _digits(_driven_sum(fits["fuel"]) / _driven_sum(fits["CO2"]), 6)
    return {**found, "error": _digits(max((fits[name].error for name in SUBSTANCES if name in fits), default=0.0), 2)}


def _driven_sum(fit: Fit) -> float:
    """Return the sum of the rate over speeds of 0 to 40 m/s and accelerations of -4 to 3 m/s^2, as it is emitted."""
    speed, acceleration = np.meshgrid(np.linspace(0.0, 40.0, 81), np.linspace(-4.0, 3.0, 141))
    rate = np.maximum(_terms(speed.ravel(), acceleration.ravel()) @ fit.coefficients, 0.0)
    slow = speed / COASTING_KNEE * (COASTING_BASE + COASTING_SLOPE * COASTING_KNEE)
    coasting = np.where(speed < COASTING_KNEE, slow, COASTING_BASE + COASTING_SLOPE * speed)
    is_cut = (speed > COASTING_FROM) & (acceleration < -coasting)
    return float(rate[~is_cut.ravel()].sum())


def _terms(speed: NDArray[np.float64], acceleration: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the value of each of TERMS, (num, 8)."""
    powers = (speed**0, speed, acceleration, speed**2, speed**3, acceleration * speed, acceleration * speed**2)
    return np.stack([*powers, acceleration**2 * speed], axis=1)


def _fit(table: NDArray[np.float64], *, is_hbefa3: bool) -> Fit:
    """Return the polynomial with the fewest terms that gives what is printed; four digits where they do."""
    speed, acceleration, value = table.T
    terms, target = _terms(speed, acceleration) / np.abs(value)[:, np.newaxis], np.sign(value)
    used = [i for i in range(len(TERMS)) if is_hbefa3 or i < 7]
    best = _solve(terms, target, used)
    while len(used) > 1:
        contributions = np.abs(terms * best.coefficients).max(axis=0)
        fewer = [i for i in used if i != min(used, key=contributions.__getitem__)]
        smaller = _solve(terms, target, fewer)
        if smaller.error > PRINTED:
            break
        best, used = smaller, fewer
    unit = 3.6 if is_hbefa3 else 1.0  # HBEFA3's four digits are those of g/h, HBEFA4's those of mg/s
    rounded = np.array([_digits(unit * value, 4) / unit for value in best.coefficients])
    error = float(np.abs(terms @ rounded - target).max())
    return Fit(rounded, error) if error <= PRINTED else best


def _solve(terms: NDArray[np.float64], target: NDArray[np.float64], used: list[int]) -> Fit:
    """Return the least-squares fit with some of the terms."""
    chosen = terms[:, used]
    scale = np.abs(chosen).max(axis=0)
    solution = np.linalg.lstsq(chosen / scale, target, rcond=None)[0] / scale
    coefficients = np.zeros(len(TERMS))
    coefficients[used] = solution
    return Fit(coefficients, float(np.abs(terms @ coefficients - target).max()))


def _digits(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _document(classes: dict[str, dict[str, object]]) -> str:
    """Return the file: a head of provenance, then a line per class."""
    sumo = version("eclipse-sumo")
    worst = max(classes, key=lambda name: float(str(classes[name]["error"])))
    head = {
        "source": HEAD.format(sumo=sumo, grid=GRID),
        "licence": "fitted to the output of Eclipse SUMO (EPL-2.0 OR GPL-2.0-or-later); HBEFA: https://www.hbefa.net",
        "sumo": sumo,
        "created": datetime.now(UTC).date().isoformat(),
        "terms": list(TERMS),
        "units": "g/h, electricity W, of v in m/s and a in m/s^2; fuel_per_co2 in g/g; error as a share of the value",
        "largest_error": [worst, classes[worst]["error"]],
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    rows = [f"  {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in classes.items()]
    return "{\n" + "\n".join(lines) + '\n "classes": {\n' + ",\n".join(rows) + "\n }\n}\n"


if __name__ == "__main__":
    main()
