"""How alike two engines use the edges of a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GEH_LIMIT = 5.0
"""Two hourly flows with less are taken to agree (UK Design Manual for Roads and Bridges, volume 12)."""


def geh(flow: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Geoffrey E. Havers' statistic of each pair of flows [veh/h]; 0 where both are 0."""
    total = flow + other
    squared = np.divide(2.0 * (flow - other) ** 2, total, out=np.zeros_like(total), where=total > 0.0)
    return np.sqrt(squared)


def correlation(values: NDArray[np.float64], others: NDArray[np.float64]) -> float | None:
    """Return Pearson's correlation, None where one side does not vary."""
    deviations, other_deviations = values - values.mean(), others - others.mean()
    scale = float(np.sqrt((deviations**2).sum() * (other_deviations**2).sum()))
    return float((deviations * other_deviations).sum()) / scale if scale > 0.0 else None
