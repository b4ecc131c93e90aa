"""What vehicles of the core emit and use, added up over their trips."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import kernel
from trafficai.core.emissions import FUEL_RATIO, IS_ELECTRIC, electricity_rate, exhaust
from trafficai.core.records import Network, World
from trafficai.core.second_opinions import second_opinions


@kernel
def account_emissions(net: Network, world: World, v: int, emissions: NDArray[np.float64]) -> float:
    """Add this second's exhaust and electricity to the trip; return its CO2 [mg]."""
    vehicle, trip = world.vehicles[v], world.trips[v]
    row = net.types[vehicle.type].emission
    co2, nox, pmx = exhaust(vehicle.speed, vehicle.accel, emissions, row)
    trip.co2 += co2
    trip.fuel += co2 * emissions[row, FUEL_RATIO]
    trip.nox += nox
    trip.pmx += pmx
    if emissions[row, IS_ELECTRIC] != 0.0:
        trip.electricity += electricity_rate(vehicle.speed, vehicle.accel, emissions, row)
    if len(world.opinions) > 0:
        hbefa3, vt_micro = second_opinions(vehicle.speed, vehicle.accel, emissions, row, co2)
        world.opinions[v, 0] += hbefa3
        world.opinions[v, 1] += vt_micro
    return co2
