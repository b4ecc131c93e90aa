"""The drive items that a vehicle registered last: what it announced to the links ahead."""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.records import World


@kernel
def first_item(world: World, v: int) -> int:
    """Return the row of the vehicle's first registered drive item."""
    return world.vehicles[v].first_item_odd if world.clock[0].parity == 1 else world.vehicles[v].first_item_even


@kernel
def num_items(world: World, v: int) -> int:
    """Return how many drive items the vehicle registered."""
    return world.vehicles[v].num_items_odd if world.clock[0].parity == 1 else world.vehicles[v].num_items_even
