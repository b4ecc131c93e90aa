"""The memory of one simulated world: made, grown, saved and loaded, and read when the run is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.books import Books
from trafficai.backends.compile import Compiled
from trafficai.backends.core_state import load_core, named_arrays, save_core
from trafficai.backends.detector_book import CoreDetectors
from trafficai.backends.sighting import Sighting
from trafficai.core.monitor_records import new_memory
from trafficai.core.prospects import widest_way
from trafficai.core.records import (
    CHANGE,
    CLOCK,
    EDGE_STATE,
    HALT,
    ITEM,
    LANE_STATE,
    LANE_SUMS,
    LINK_STATE,
    MAX_ADVICES,
    PLACE_STATE,
    SCAN,
    TRANSFER,
    TRIP,
    VEHICLE,
    RecordArray,
    World,
)
from trafficai.core.second_opinions import NUM_OPINIONS
from trafficai.core.sights import new_sights
from trafficai.core.signals import SignalState, new_signal_state
from trafficai.datatypes import RunError, Trips
from trafficai.scenario.model import Scenario

FIRST_ROOM = 512
"""Drive items of a step that a new world has room for; some 100 vehicles need them."""


def _records(size: int, dtype: np.dtype[np.void]) -> RecordArray:
    return np.zeros(size, dtype=dtype).view(np.recarray)


def new_world(compiled: Compiled, time_to_teleport: float = -1.0, *, opinions: bool = False) -> World:
    """Return the memory of one world, where vehicles teleport after that wait [s]; ``reset_world`` must fill it.

    With ``opinions`` further models reckon the CO2, too.
    """
    net = compiled.network
    num_vehicles, slots = len(net.demand), compiled.num_slots
    world = World(
        clock=_records(1, CLOCK),
        vehicles=_records(num_vehicles, VEHICLE),
        trips=_records(num_vehicles, TRIP),
        items=_records(2 * FIRST_ROOM, ITEM),
        advices=np.zeros((slots, MAX_ADVICES)),
        slots=np.zeros(slots, dtype=np.int32),
        running=np.zeros(slots, dtype=np.int32),
        waiting=np.zeros(num_vehicles, dtype=np.int32),
        lanes=_records(len(net.lanes), LANE_STATE),
        newcomers=np.zeros(len(net.lanes), dtype=np.int32),
        brutto_lengths=np.zeros(len(net.lanes)),
        brutto_before=np.zeros(len(net.lanes)),
        taken_behind=np.zeros((slots, widest_way(net))),
        links=_records(len(net.links), LINK_STATE),
        edges=_records(len(net.edges), EDGE_STATE),
        scan=_records(1, SCAN),
        change=_records(1, CHANGE),
        lane_sums=np.zeros((int((net.lanes.normal >= 0).sum()), LANE_SUMS)),
        halts=_records(num_vehicles if len(net.stops) else 0, HALT),
        places=_records(len(net.places), PLACE_STATE),
        transfers=_records(slots if len(net.stops) or time_to_teleport > 0.0 else 0, TRANSFER),
        sights=new_sights(num_vehicles, compiled.num_shares),
        opinions=np.zeros((num_vehicles if opinions else 0, NUM_OPINIONS)),
        watch_seen=np.zeros(len(net.watch_links), dtype=np.int32),
        **new_memory(net)._asdict(),
    )
    world.clock.time_to_teleport[:] = time_to_teleport
    world.links.state[:] = compiled.link_states
    return world


class Simulation:
    """One world and its signals."""

    def __init__(
        self, compiled: Compiled, scenario: Scenario, detectors: CoreDetectors, *, opinions: bool = False
    ) -> None:
        self.compiled = self.shared = compiled  # the second one is that of every world of the scenario
        self.scenario, self.detectors, self._opinions = scenario, detectors, opinions
        self.world = new_world(compiled, scenario.time_to_teleport, opinions=opinions)
        self.signals: SignalState = new_signal_state(compiled.signals)
        self.has_begun = False

    def adopt(self, compiled: Compiled) -> None:
        """Go over to tables that differ in demand and types only, with new memory; a reset must follow."""
        self.compiled = compiled
        self.world = new_world(compiled, self.scenario.time_to_teleport, opinions=self._opinions)

    def begin(self) -> None:
        """Get ready for a run, which kernels must start."""
        self.detectors.clear()
        self.has_begun = True

    def save(self, path: Path | str, books: Books | None = None) -> Path:
        """Write the whole state into a file, so that a run goes on from it bit for bit.

        Raises:
            RunError: there is no run, it has the demand of a draw, or the place can't be written.
        """
        if not self.has_begun:
            raise RunError("there is no run to save; call reset first")
        if self.compiled is not self.shared:
            raise RunError("a run with a drawn demand can't be saved; simulate apply(scenario, draw)")
        clock = self.world.clock[0]
        return save_core(path, self.compiled, self.scenario, self._arrays(books), int(clock.seed), int(clock.time))

    def load(self, path: Path | str, books: Books | None = None) -> None:
        """Put the state of a file in the place of the present one, which stays where that fails.

        Raises:
            InputError: the file can't be read, or was saved by another engine, scenario or version of the core.
        """
        items = load_core(path, self.compiled, self.scenario, self._arrays(books))
        self.world = self.world._replace(items=items.view(np.recarray))
        self.has_begun = True

    def _arrays(self, books: Books | None) -> dict[str, NDArray[Any]]:
        """Return everything that changes during a run, by name."""
        others = self.detectors.states() | (books.states() if books else {})
        return named_arrays(world=self.world, signals=self.signals, **others)

    def make_room(self) -> None:
        """Double the room for drive items; the rows of those registered in the odd half move up."""
        items = self.world.items
        more = len(items) // 2
        self.world = self.world._replace(items=_records(2 * len(items), ITEM))
        odd = int(self.world.clock[0].parity)
        self.world.items[odd * 2 * more :][:more] = items[odd * more :][:more]
        if odd:
            for rows in (self.world.items.next, self.world.links.first_item):
                rows[rows >= 0] += more
            self.world.vehicles.first_item_odd += more

    def sighting(self, arrived: NDArray[np.intp]) -> Sighting:
        """Return who is where on the road now."""
        vehicles = self.world.vehicles
        running = self.world.running[: self.world.clock[0].num_running]
        return Sighting(
            vehicles=running.copy(),
            lanes=vehicles["lane"][running],
            positions=vehicles["pos"][running],
            speeds=vehicles["speed"][running],
            factors=vehicles["speed_factor"][running],
            arrived=arrived,
            colours=self.signals.colours.copy(),
        )

    def trips(self) -> Trips:
        """Return what became of every scheduled vehicle so far."""
        now = float(self.world.clock[0].time)
        depart = self.compiled.network.demand.depart
        scheduled = np.array(depart[np.isfinite(depart)])
        trips = self.world.trips[: len(scheduled)].view(np.recarray)
        vehicles = self.world.vehicles[: len(scheduled)].view(np.recarray)
        inserted, arrived = np.array(trips.inserted), np.array(trips.arrived)
        got_in, running = ~np.isnan(inserted), ~np.isnan(inserted) & np.isnan(arrived)
        delay = np.where(got_in, inserted - scheduled, np.maximum(0.0, now - scheduled))
        unknown = np.full(len(scheduled), np.nan)
        opinions = self.world.opinions[: len(scheduled)] / 1000.0 if self._opinions else unknown[:, np.newaxis]
        duration = np.where(got_in, np.where(running, now, arrived) - np.where(got_in, inserted, 0.0), 0.0)
        return Trips(
            scheduled=scheduled,
            inserted=inserted,
            arrived=arrived,
            duration=duration,
            depart_delay=delay,
            time_loss=np.array(trips.time_loss),
            waiting_time=np.array(trips.waiting_time),
            stops=np.array(trips.stops, dtype=np.int32),
            route_length=np.where(running, vehicles.odometer, trips.route_length),
            co2=trips.co2 / 1000.0,
            fuel=trips.fuel / 1000.0,
            engine_co2=unknown,
            nox=trips.nox / 1000.0,
            engine_fuel=unknown.copy(),
            engine_nox=unknown.copy(),
            pmx=trips.pmx / 1000.0,
            electricity=trips.electricity / 1000.0,
            engine_pmx=unknown.copy(),
            engine_electricity=unknown.copy(),
            co2_hbefa3=opinions[:, 0].copy(),
            co2_vt_micro=opinions[:, -1].copy(),
            teleports=int(self.world.clock[0].num_teleports),
        )
