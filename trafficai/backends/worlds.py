"""Worlds of the core side by side: one compiled call per decision for all of them, on any number of threads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

import numba
import numpy as np
from numpy.typing import NDArray

from trafficai.backends.area_book import CROWDED
from trafficai.backends.compile import Compiled, compile_scenario
from trafficai.backends.detector_book import CoreDetectors
from trafficai.backends.drawn_demand import has_room, with_own_tables, write_draw
from trafficai.backends.layouts import cell_table, layout_of, transit_types
from trafficai.backends.sighting import Sighting
from trafficai.backends.simulation import Simulation
from trafficai.core._struct import bundle, reference, references
from trafficai.core.batch import ERRAND, Batch, Desk, Emissions, carry_worlds, reset_worlds, show_world
from trafficai.core.features import STARTS, Places, Sheet
from trafficai.core.formulas import NOWHERE, Formulas, Outputs, no_formulas
from trafficai.datatypes import RunError
from trafficai.datatypes.features import Layout
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw


class Kind(NamedTuple):
    """What the worlds of one scenario share."""

    scenario: Scenario
    compiled: Compiled
    layout: Layout
    cells: NDArray[np.int64]  # (num_normal_lanes, 2) first cell and number of cells
    transit: NDArray[np.int64]  # (num_vehicle_types,) 1 for buses and trams that are told apart
    formulas: Formulas
    detectors: CoreDetectors  # as they are before the first second
    opinions: bool = False  # whether further models reckon the CO2, too

    @property
    def width(self) -> int:
        """Numbers in the row of a world: its features now and at the decision before, and its formulas' values."""
        return 2 * self.layout.size + len(self.formulas.rows)

    @property
    def num_outputs(self) -> int:
        """Number of formulas that are shown to agents."""
        return int(self.formulas.rows.output.max(initial=NOWHERE)) + 1


def make_kind(
    scenario: Scenario,
    formulas: Formulas | None = None,
    *,
    cells: bool = False,
    detectors: bool = False,
    opinions: bool = False,
    transit: bool = False,
) -> Kind:
    """Lay a scenario out for the core; raises InputError where it can't be simulated.

    ``formulas`` are computed at every decision; they are written for the layout with or without ``cells``,
    ``detectors`` and ``transit``. With ``opinions`` further models reckon the CO2, too.
    """
    layout = layout_of(scenario, cells=cells, detectors=detectors, transit=transit)
    own = no_formulas(2 * layout.size) if formulas is None else formulas
    kept, table = CoreDetectors(scenario, detectors), cell_table(scenario, cells=cells)
    types = transit_types(scenario, transit=transit)
    return Kind(scenario, compile_scenario(scenario), layout, table, types, own, kept, opinions)


def _places(kind: Kind) -> Places:
    starts = np.array([tuple(kind.layout.starts.values())], dtype=STARTS).view(np.recarray)
    return Places(starts, np.array([kind.layout.size], dtype=np.int64), kind.cells, kind.transit)


class Worlds:
    """Simulations that advance together; threads carry whole worlds, so results do not depend on their number.

    Args:
        kinds: what each world is of; worlds of one scenario share theirs.
        threads: threads that carry worlds, the calling one included; with the JIT off it alone does.
        num_outputs: outputs that there is room for at least.

    Attributes:
        simulations: the worlds.
        values: (num_worlds, widest row), what each world shows: features now in the order of its layout, those at the
            decision before, and what its formulas give.
        outputs: (num_worlds, most outputs), what agents are shown of it.
        carrying_s: time spent so far in compiled calls that carry worlds [s].
    """

    def __init__(self, kinds: Sequence[Kind], threads: int = 1, num_outputs: int = 0) -> None:
        self.simulations = [
            Simulation(kind.compiled, kind.scenario, kind.detectors.twin(), opinions=kind.opinions) for kind in kinds
        ]
        self.values = np.zeros((len(kinds), max(kind.width for kind in kinds)))
        most_outputs = max(num_outputs, *(kind.num_outputs for kind in kinds))
        self.outputs = np.zeros((len(kinds), most_outputs), dtype=np.float32)
        self.carrying_s = 0.0
        errands = np.zeros(len(kinds), dtype=ERRAND)
        self._errands = errands.view(np.recarray)
        self._left, self._done, self._goes_on, self._crowded = (
            errands[name] for name in ("left", "done", "goes_on", "crowded")
        )
        self._next = np.zeros(1, dtype=np.int64)
        self._begin, self._end = np.array([(k.scenario.begin, k.scenario.end) for k in kinds], dtype=np.int64).T
        self._errands.end[:] = self._end
        self._now = self._begin.copy()
        self._most_signals = max(kind.layout.signal for kind in kinds)
        self._networks = references([kind.compiled.network for kind in kinds], constant=True)
        self._worlds = references([simulation.world for simulation in self.simulations])
        self._batch = self._describe(kinds)
        self._watched = 1 if any(kind.detectors.are_kept for kind in kinds) else None
        helpers = 0 if cast(Any, numba.config).DISABLE_JIT else threads - 1
        self._pool = ThreadPoolExecutor(helpers) if helpers else None
        self._helpers = helpers

    def _describe(self, kinds: Sequence[Kind]) -> Batch:
        """Return what kernels are given."""
        kept = [simulation.detectors for simulation in self.simulations]
        parts = Batch(
            networks=self._networks,
            worlds=self._worlds,
            tables=references([kind.compiled.signals for kind in kinds], constant=True),
            signals=references([simulation.signals for simulation in self.simulations]),
            emissions=references([Emissions(kind.compiled.emissions) for kind in kinds], constant=True),
            places=references([_places(kind) for kind in kinds], constant=True),
            trails=references([each.trails.state for each in kept]),
            moves=references([each.moves for each in kept]),
            loops=references([each.book.loops.state for each in kept]),
            areas=references([each.book.areas.state for each in kept]),
            zones=references([each.book.zones.state for each in kept]),
            desk=reference(Desk(self._next, self._errands)),
            formulas=references([kind.formulas for kind in kinds], constant=True),
            sheet=reference(Sheet(self.values)),
            outputs=reference(Outputs(self.outputs)),
        )
        return bundle(parts)

    def reset(
        self,
        seeds: Sequence[int],
        rows: NDArray[np.int64] | None = None,
        draws: Sequence[Draw | None] | None = None,
    ) -> None:
        """Start worlds anew, ``rows[i]`` with ``seeds[i]``; all of them unless rows are named.

        Where ``draws[i]`` is a drawn demand, it takes the place of that of the scenario.
        """
        chosen = np.arange(len(self.simulations)) if rows is None else rows
        if len(seeds) != len(chosen):
            raise ValueError(f"{len(seeds)} seeds for {len(chosen)} worlds")
        for w, draw in zip(chosen.tolist(), draws or [None] * len(chosen), strict=True):
            self._set_demand(w, draw)
        self._errands.seed[chosen] = np.array(seeds, dtype=np.uint64)
        self._errands.begin[chosen] = self._now[chosen] = self._begin[chosen]
        self._crowded[chosen] = 0
        for w in chosen:
            self.simulations[w].begin()
        reset_worlds(self._batch, chosen)

    def _set_demand(self, w: int, draw: Draw | None) -> None:
        """Give a world the demand of a draw, or that of its scenario; a world that keeps its own is left alone."""
        simulation = self.simulations[w]
        compiled, shared = simulation.compiled, simulation.shared
        if draw is None:
            compiled = shared
        elif not has_room(compiled, shared, draw):
            compiled = with_own_tables(shared, simulation.scenario, draw)
        if compiled is not simulation.compiled:
            simulation.adopt(compiled)
            self._networks[w], self._worlds[w] = compiled.network, simulation.world
        if draw is not None:
            write_draw(compiled.network, shared.network, simulation.scenario, draw)

    def advance(self, requested: NDArray[np.int32], seconds: int, *, goes_on: bool = False) -> None:
        """Simulate ``seconds`` in every world, none beyond its end.

        Requests are (num_worlds, most signals) for the whole time, or (num_worlds, seconds, most signals). With
        ``goes_on`` this is still the decision before: what is summed over its interval is added to.

        Raises:
            RunError: a lane area detector has no room for all vehicles on it.
        """
        requests = np.ascontiguousarray(requested, dtype=np.int32)
        expected = (len(self.simulations), self._most_signals)
        if requests.shape not in (expected, (expected[0], seconds, expected[1])):
            raise ValueError(f"requests must be {expected}, not {requests.shape}")
        requests = requests.reshape(expected[0], -1, expected[1]) if expected[1] else requests[:, None]
        np.minimum(self._end - self._now, seconds, out=self._left)
        self._now += self._left
        self._done[:], self._goes_on[:] = 0, goes_on
        self._carry(requests)
        while self._left.any():
            for w in np.flatnonzero(self._left).tolist():
                self.simulations[w].make_room()
                self._worlds[w] = self.simulations[w].world
            self._carry(requests)
        if self._crowded.any():
            raise RunError(CROWDED)

    def _carry(self, requests: NDArray[np.int32]) -> None:
        """Let all threads carry worlds until each has its seconds, or no more room."""
        begin = time.perf_counter()
        self._next[0] = 0
        errand = (self._batch, requests, self._watched)
        helping = [self._pool.submit(carry_worlds, *errand) for _ in range(self._helpers) if self._pool]
        carry_worlds(*errand)
        for helper in helping:
            helper.result()
        self.carrying_s += time.perf_counter() - begin

    def sighting(self, w: int) -> Sighting:
        """Return who is where on the road in one world; nobody arrives in it."""
        return self.simulations[w].sighting(np.zeros(0, dtype=np.intp))

    def take_over(self, w: int) -> None:
        """Show the state that was put into the memory of a world from elsewhere."""
        self._worlds[w] = self.simulations[w].world
        self._now[w] = self.simulations[w].world.clock[0].time
        show_world(self._batch, w)

    def vehicle_updates(self) -> int:
        """Return how many vehicle-seconds were simulated in all worlds since the reset."""
        return sum(int(simulation.world.clock[0].updates) for simulation in self.simulations)

    def close(self) -> None:
        """Stop the threads; a second call does nothing."""
        if self._pool:
            self._pool.shutdown()
