"""Which plans nobody beats in delay and CO2 at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def undominated(values: NDArray[np.float64]) -> list[int]:
    """Return the rows of ``values`` (n, 2) that no other row is below or equal to in both and below in one.

    In order of the first column; of equal rows the first.
    """
    order = np.lexsort((values[:, 1], values[:, 0]))
    found: list[int] = []
    least = np.inf
    for row in order.tolist():
        if values[row, 1] < least:
            found.append(row)
            least = float(values[row, 1])
    return found
