"""What leads SUMO to where a run was: the seed, and what was asked for since.

SUMO's own state files do not: in SUMO 1.28.0 on cologne1, saved after 400 s with the random numbers' state and 17
digits, one speed of 49 differed at once, and every vehicle 500 s later. The same seed and the same requests give the
same run, so a state is saved as these, and loaded by simulating them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.state_file import Arrays, hash_arrays, read_state, require_same, write_state
from trafficai.backends.sumo_accounts import Accounts
from trafficai.datatypes import InputError, RunError
from trafficai.scenario.model import Scenario

MAX_BYTES: Final = 1 << 30
"""Most that a history may hold [byte]; a year of decisions for a hundred signals."""

_SHOWN = ("status", "speed", "time_loss", "seen")
"""Fields of the tracks that are SUMO's own figures."""


@dataclass
class History:
    """The requests of one run, in order."""

    seed: int
    requests: list[NDArray[np.int32]] = field(default_factory=list)  # each (1 or seconds, num_signals)
    seconds: list[int] = field(default_factory=list)  # [s], for how long

    def note(self, requested: NDArray[np.int32], seconds: int) -> None:
        """Add a request."""
        self.requests.append(np.array(requested, ndmin=2))
        self.seconds.append(seconds)


def _outcome(accounts: Accounts) -> str:
    """Return a hash over what SUMO has shown last of every vehicle."""
    return hash_arrays({name: accounts.tracks[name] for name in _SHOWN})


def write_history(path: Path | str, history: History, scenario: Scenario, accounts: Accounts, time: int) -> Path:
    """Write a history and a hash of the state it led to; ``time`` [s] is for the reader's eye.

    Raises:
        RunError: the place can't be written.
    """
    description = {
        "engine": "sumo",
        "sumo": version("eclipse-sumo"),
        "scenario": scenario.name,
        "scenario_sha256": scenario.sha256,
        "seed": history.seed,
        "time_s": time,
        "outcome_sha256": _outcome(accounts),
    }
    empty = np.zeros((0, len(scenario.signals)), dtype=np.int32)
    arrays = {
        "requests": np.concatenate([empty, *history.requests]),
        "rows": np.array([len(rows) for rows in history.requests], dtype=np.int64),
        "seconds": np.array(history.seconds, dtype=np.int64),
    }
    return write_state(path, description, arrays)


def read_history(path: Path | str, scenario: Scenario) -> tuple[History, Callable[[Accounts], None]]:
    """Read a history, and return it with a check for when it has been simulated: RunError where it led elsewhere.

    Raises:
        InputError: the file can't be read, or was saved by another engine, scenario or SUMO.
    """
    saved = read_state(path, MAX_BYTES)
    description = saved.description
    name, sumo = description.get("scenario"), description.get("sumo")
    require_same(
        saved,
        path,
        engine=("sumo", "was saved by another engine; load it into a backend of the same name"),
        sumo=(version("eclipse-sumo"), f"was saved with SUMO {sumo}, which may drive otherwise; install that version"),
        scenario_sha256=(
            scenario.sha256,
            f"was saved in another scenario, {name!r} with other files or another period; load it there",
        ),
    )
    requests, seconds = _parts(saved.arrays, len(scenario.signals), path)

    def require_repeated(accounts: Accounts) -> None:
        if _outcome(accounts) != description.get("outcome_sha256"):
            raise RunError(f"{path}: SUMO, simulated anew, did not come to the saved state; save it on this machine")

    return History(int(description["seed"]), requests, seconds), require_repeated


def _parts(arrays: Arrays, num_signals: int, path: Path | str) -> tuple[list[NDArray[np.int32]], list[int]]:
    """Return the requests of each decision and the seconds they were for; InputError where they don't fit together."""
    empty = np.zeros(0, dtype=np.int64)
    requests, rows, seconds = (arrays.get(name, empty) for name in ("requests", "rows", "seconds"))
    fits = ((rows == 1) | (rows == seconds)).all() if rows.shape == seconds.shape else False
    if not fits or requests.shape != (rows.sum(), num_signals):
        raise InputError("does not hold the requests of a run", file=path)
    return np.split(requests.astype(np.int32), np.cumsum(rows)[:-1])[: len(rows)], seconds.tolist()
