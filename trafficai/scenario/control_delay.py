"""Control delay at a signal by the formula of the Highway Capacity Manual."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = TypeVar("Numbers", float, NDArray[np.float64])


def hcm_delay_s(green: Numbers, cycle: Numbers, saturation: Numbers, capacity: Numbers, hours: float) -> Any:
    """Return the mean control delay [s]: uniform and incremental delay of the HCM 2000, equations 16-9 to 16-12.

    Greens of fixed length (k = 0.5), by itself (I = 1), arrivals that take no notice of the signal, no queue at the
    beginning.

    Args:
        green: share of green, g/C.
        cycle: [s].
        saturation: degree of saturation.
        capacity: [veh/h].
        hours: length of the period [h].
    """
    uniform = 0.5 * cycle * (1.0 - green) ** 2 / (1.0 - np.minimum(1.0, saturation) * green)
    excess = saturation - 1.0
    return uniform + 900.0 * hours * (excess + np.sqrt(excess**2 + 4.0 * saturation / (capacity * hours)))
