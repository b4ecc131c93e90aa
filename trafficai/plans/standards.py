"""What plans are checked against: the times of two schools of signal timing, each with its source.

The printed norms were not at hand; the figures are those that the sources named here repeat. Who signs a plan checks
them against the norm in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from trafficai.scenario.kinds import BICYCLES, PEDESTRIANS, TRANSIT, VEHICLES

School = Literal["rilsa", "mutcd"]


class Limit(NamedTuple):
    """A number that a plan is held to, and who says so."""

    value: float
    source: str


@dataclass(frozen=True)
class Standard:
    """The limits of one school."""

    name: str
    least_green: Mapping[str, Limit]  # [s], by kind of group
    usual_green: Mapping[str, Limit]  # [s], by kind of group: less is a matter of advice
    longest_red_amber: Limit | None  # [s]; None where red-amber is not used
    longest_yellow: Limit | None  # [s]
    longest_cycle: Limit  # [s]
    usual_cycle: tuple[Limit, Limit] | None  # [s], from and to
    yellow_source: str
    intergreen_source: str
    pedestrian_share: Limit | None  # of the crossing, to be walked during green at pedestrian_speed
    pedestrian_speed: float  # [m/s]


RILSA_GREEN: Final = "RiLSA 2015, least greens (info-lsa.de, Signalprogramm)"
RILSA_CYCLE: Final = "RiLSA 2015, cycle times"
STVO: Final = "VwV-StVO on § 37"

RILSA: Final = Standard(
    name="rilsa",
    least_green={kind: Limit(5.0, RILSA_GREEN) for kind in (VEHICLES, TRANSIT, BICYCLES, PEDESTRIANS)},
    usual_green={VEHICLES: Limit(10.0, RILSA_GREEN)},
    longest_red_amber=Limit(2.0, STVO),
    longest_yellow=None,
    longest_cycle=Limit(120.0, RILSA_CYCLE),
    usual_cycle=(Limit(30.0, RILSA_CYCLE), Limit(90.0, RILSA_CYCLE)),
    yellow_source=f"{STVO}: 3, 4, 5 s at 50, 60, 70 km/h; 3 s for turning signals",
    intergreen_source="RiLSA 2015, Zwischenzeit = crossing + clearing - entering time",
    pedestrian_share=Limit(2.0 / 3.0, RILSA_GREEN),
    pedestrian_speed=1.2,
)

MUTCD_YELLOW: Final = "MUTCD 2009, 4D.26: yellow of 3 to 6 s"
MUTCD_WALK: Final = "MUTCD 2009, 4E.06: walk of 7 s, 4 s at least"
STM: Final = "FHWA Signal Timing Manual (2008), chapter 5"

MUTCD: Final = Standard(
    name="mutcd",
    least_green={
        VEHICLES: Limit(5.0, STM),
        TRANSIT: Limit(5.0, STM),
        BICYCLES: Limit(5.0, STM),
        PEDESTRIANS: Limit(4.0, MUTCD_WALK),
    },
    usual_green={PEDESTRIANS: Limit(7.0, MUTCD_WALK)},
    longest_red_amber=None,
    longest_yellow=Limit(6.0, MUTCD_YELLOW),
    longest_cycle=Limit(150.0, STM),
    usual_cycle=(Limit(60.0, STM), Limit(120.0, STM)),
    yellow_source="ITE: 1 s + v/(2 · 3.05 m/s²), MUTCD 2009, 4D.26: 3 s at least",
    intergreen_source="ITE: yellow + (W + L)/v; MUTCD 2009, 4E.06: crossing at 3.5 ft/s",
    pedestrian_share=None,
    pedestrian_speed=1.07,
)

STANDARDS: Final[Mapping[str, Standard]] = {"rilsa": RILSA, "mutcd": MUTCD}

ITE_REACTION: Final = 1.0
"""[s]"""

ITE_DECELERATION: Final = 3.05
"""10 ft/s² [m/s²]"""

ITE_LENGTH: Final = 6.1
"""20 ft [m]"""

MUTCD_SHORTEST_YELLOW: Final = 3.0
"""[s]"""


def ite_yellow(speed: float) -> float:
    """Return the yellow for an approach speed [m/s] on the level, rounded up to a tenth [s]."""
    seconds = ITE_REACTION + speed / (2.0 * ITE_DECELERATION)
    return max(MUTCD_SHORTEST_YELLOW, -(-round(seconds * 1000.0) // 100) / 10.0)
