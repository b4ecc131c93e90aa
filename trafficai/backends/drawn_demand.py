"""The demand of an episode in the core: written into tables of one world's own, without laying the scenario out again.

A draw repeats, leaves out and delays vehicles that the scenario has, on routes that it has; so every row of its tables
is put together from rows that are there already. Rows beyond the last vehicle depart never.
"""

from __future__ import annotations

import numpy as np

from trafficai.backends.compile import Compiled, count_slots
from trafficai.backends.compile_demand import ranks_of
from trafficai.core.records import DEMAND, Network
from trafficai.scenario.model import Scenario
from trafficai.scenario.randomise import Draw, names_of

SPARE = 8
"""A table that turns out too small is made larger by one in so many than is needed now, so that few are made."""

_OF_THE_WAY = ("route", "depart_lane", "depart_lane_mode", "arrival_pos")
"""Fields of DEMAND that a vehicle takes over from the one whose way it takes."""


def has_room(own: Compiled, shared: Compiled, draw: Draw) -> bool:
    """Return whether a world has tables of its own, and large enough ones."""
    return own is not shared and len(own.network.demand) >= len(draw.source)


def with_own_tables(shared: Compiled, scenario: Scenario, draw: Draw) -> Compiled:
    """Return the layout of a scenario with tables for demand and types that belong to one world alone, yet empty."""
    num_vehicles = len(draw.source) + len(draw.source) // SPARE
    demand = np.zeros(num_vehicles, dtype=DEMAND).view(np.recarray)
    network = shared.network._replace(demand=demand, types=shared.network.types.copy())
    return shared._replace(network=network, num_slots=count_slots(scenario, num_vehicles))


def write_draw(own: Network, shared: Network, scenario: Scenario, draw: Draw) -> None:
    """Fill a world's own tables with the demand of a draw."""
    num_vehicles = len(draw.source)
    own.demand[:num_vehicles] = shared.demand[draw.source]
    for name in _OF_THE_WAY:
        own.demand[name][:num_vehicles] = shared.demand[name][draw.way]
    own.demand.rank[:num_vehicles] = ranks_of(names_of(scenario, draw.source))
    own.demand.depart[:num_vehicles] = draw.depart
    own.demand.depart[num_vehicles:] = np.inf
    own.types.speed_factor_deviation[:] = shared.types.speed_factor_deviation * draw.speed_spread
