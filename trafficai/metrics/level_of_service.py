"""Grades of traffic quality at signals: the American level of service, the German Qualitätsstufe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

GRADES: Final = "ABCDEF"

HCM_LIMITS: Final = (10.0, 20.0, 35.0, 55.0, 80.0)
"""Highest control delay of A to E at signals [s] (HCM 2000, exhibit 16-2; the same in HCM 6)."""

HBS_LIMITS: Final = (20.0, 35.0, 50.0, 70.0)
"""Highest mean waiting time of motor vehicles of A to D at signals [s] (HBS 2015, part S, chapter S4)."""


def hcm_los(control_delay: float, saturation: float | None = None) -> str:
    """Return the level of service by control delay [s]; F where demand exceeds capacity (HCM 2010 and later)."""
    return _grade(control_delay, HCM_LIMITS, saturation)


def hbs_qsv(waiting: float, saturation: float | None = None) -> str:
    """Return the Qualitätsstufe des Verkehrsablaufs by the mean waiting time [s]; F where demand exceeds capacity.

    E has no upper limit of its own: it ends where the degree of saturation passes 1.
    """
    return _grade(waiting, HBS_LIMITS, saturation)


def worst(grades: Iterable[str]) -> str | None:
    """Return the worst grade, which is that of a junction in the HBS; None of none."""
    return max(grades, default=None)


def _grade(seconds: float, limits: tuple[float, ...], saturation: float | None) -> str:
    if saturation is not None and saturation > 1.0:
        return GRADES[-1]
    return GRADES[sum(seconds > limit for limit in limits)]
