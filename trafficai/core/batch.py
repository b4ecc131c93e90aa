"""Worlds side by side: one call from Python carries all of them through a decision and writes down what they show.

Any number of threads may make the same call at the same time. Each takes the next world that nobody has taken, carries
it through the whole decision and writes down what it shows; so results do not depend on how many threads there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core._struct import take_next
from trafficai.core.area_records import Areas
from trafficai.core.detectors import Watch, fill_detectors, watch_second
from trafficai.core.features import Places, Sheet, fill_features, remember_features
from trafficai.core.formulas import Formulas, Outputs, compute_formulas
from trafficai.core.loops import Loops, forget_shown
from trafficai.core.records import Network, RecordArray, World
from trafficai.core.signals import SignalState, SignalTables
from trafficai.core.step import reset, start_interval, step
from trafficai.core.trails import Moves, Trails
from trafficai.core.zones import Zones

ERRAND = np.dtype(
    [
        ("left", np.int64),  # [s] of this decision that are left
        ("done", np.int64),  # [s] of it that are done
        ("goes_on", np.int64),  # 1 where the sums of the interval go on from where they are
        ("crowded", np.int64),  # 1 where a lane area had no room for all vehicles on it
        ("seed", np.uint64),  # of the run
        ("begin", np.int64),  # [s], of the run
        ("end", np.int64),  # [s], of the run
    ],
    align=True,
)
"""One row per world: what is to be done with it."""


class Emissions(NamedTuple):
    """What vehicles emit."""

    coefficients: NDArray[np.float64]  # (num_classes, 44)


class Desk(NamedTuple):
    """What the threads share."""

    next: NDArray[np.int64]  # (1,) first world nobody has taken
    errands: RecordArray  # (num_worlds,) ERRAND


class Batch(NamedTuple):
    """Worlds of one scenario or of several; each list holds one entry per world."""

    networks: Sequence[Network]
    worlds: Sequence[World]
    tables: Sequence[SignalTables]
    signals: Sequence[SignalState]
    emissions: Sequence[Emissions]
    places: Sequence[Places]
    trails: Sequence[Trails]
    moves: Sequence[Moves]
    loops: Sequence[Loops]
    areas: Sequence[Areas]
    zones: Sequence[Zones]
    desk: Desk
    formulas: Sequence[Formulas]
    sheet: Sheet
    outputs: Outputs


@kernel
def show(batch: Batch, w: int) -> None:
    """Write down what a world shows now."""
    tables, signals = batch.tables[w], batch.signals[w]
    fill_features(batch.networks[w], batch.worlds[w], tables, signals, batch.places[w], batch.sheet, w)
    fill_detectors(batch.loops[w], batch.areas[w], batch.places[w], batch.sheet, w)
    compute_formulas(batch.formulas[w], batch.sheet, batch.outputs, w)


@kernel
def begin_interval(batch: Batch, w: int) -> None:
    """Forget the sums of the interval before; what was shown of it is remembered."""
    start_interval(batch.worlds[w])
    forget_shown(batch.loops[w])
    remember_features(batch.places[w], batch.sheet, w)


@kernel
def watch(batch: Batch, w: int) -> None:
    """Keep the detectors of a world, where it has any that were asked for."""
    trails = batch.trails[w]
    if len(trails.tracks) > 0:
        kept = Watch(trails, batch.moves[w], batch.loops[w], batch.areas[w], batch.zones[w])
        if not watch_second(batch.worlds[w], kept, batch.desk.errands[w].end):
            batch.desk.errands[w].crowded = 1


@kernel
def carry(batch: Batch, w: int, requested: NDArray[np.int32], watched: int | None) -> None:
    """Carry a world through the seconds it has left, or until it needs more room for drive items."""
    net, world, tables, signals = batch.networks[w], batch.worlds[w], batch.tables[w], batch.signals[w]
    errand, emissions = batch.desk.errands[w], batch.emissions[w].coefficients
    if errand.goes_on == 0 and errand.done == 0 and world.clock[0].items_full == 0:
        begin_interval(batch, w)
    last = len(requested) - 1
    while errand.left > 0 and step(net, world, tables, signals, requested[min(errand.done, last)], emissions):
        errand.left -= 1
        errand.done += 1
        if watched is not None:
            watch(batch, w)
    if errand.left == 0:
        show(batch, w)


@entry
def carry_worlds(batch: Batch, requested: NDArray[np.int32], watched: int | None) -> None:
    """Carry worlds until none is untaken, with requested green phases (num_worlds, seconds or 1, most signals).

    Unless some world keeps detectors ``watched`` is None: Numba then leaves out what stands behind that question, and
    detectors' kernels are not compiled.
    """
    w = take_next(batch.desk.next)
    while w < len(batch.worlds):
        if batch.desk.errands[w].left > 0:
            carry(batch, w, requested[w], watched)
        w = take_next(batch.desk.next)


@entry
def reset_worlds(batch: Batch, rows: NDArray[np.int64]) -> None:
    """Start some worlds anew; link states of unsignalled links must be set already."""
    for w in rows:
        errand = batch.desk.errands[w]
        reset(batch.networks[w], batch.worlds[w], batch.tables[w], batch.signals[w], errand.seed, errand.begin)
        show(batch, w)
        remember_features(batch.places[w], batch.sheet, w)
        compute_formulas(batch.formulas[w], batch.sheet, batch.outputs, w)


@entry
def show_world(batch: Batch, w: int) -> None:
    """Write down what a world shows whose state was put there by somebody else."""
    show(batch, w)
