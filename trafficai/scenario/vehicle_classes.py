"""SUMO's vehicle classes: which there are, what they stand for by default, and who may use a lane."""

from __future__ import annotations

from typing import Final

from trafficai.scenario.model import VehicleType
from trafficai.scenario.words import words
from trafficai.scenario.xml import Element

ROAD_CLASSES: Final = words(
    "private emergency authority army vip passenger hov taxi bus coach delivery truck trailer motorcycle moped bicycle"
    " evehicle scooter custom1 custom2 ignoring"
)
RAIL_CLASSES: Final = words("tram rail_urban rail rail_electric rail_fast subway cable_car")
OTHER_CLASSES: Final = words("pedestrian ship container aircraft wheelchair drone")
TRANSIT_CLASSES: Final = words("bus tram")
"""Public transport that may be given priority at signals."""
ALL_CLASSES: Final = ROAD_CLASSES | RAIL_CLASSES | OTHER_CLASSES

OLD_NAMES: Final = {  # names of old network files, and the classes they became
    "public_transport": "bus",
    "public_emergency": "emergency",
    "public_authority": "authority",
    "public_army": "army",
    "transport": "truck",
    "lightrail": "tram",
    "cityrail": "rail_urban",
    "rail_slow": "rail",
}

_CAR: Final = VehicleType("passenger")
_VAN: Final = "HBEFA4/LCV_diesel_N1-III_Euro-6ab"


def _type(name: str, deviation: float, **values: float | str) -> VehicleType:
    """Return a class's default type; what is not given is as for a passenger car."""
    fields = {"length": 5.0, "min_gap": 2.5, "accel": 2.6, "decel": 4.5, "emergency_decel": 9.0, **values}
    return VehicleType(name, vehicle_class=name, speed_factor=(1.0, deviation, 0.2, 2.0), **fields)  # type: ignore[arg-type]


# Read from sumo 1.28.0 with libsumo's vehicletype getters, one vType per class with no other attribute.
DEFAULTS: Final = {
    **{name: _type(name, 0.1) for name in ("private", "vip", "passenger", "hov", "custom1", "custom2")},
    **{name: _type(name, 0.0) for name in ("authority", "army", "ignoring")},
    "taxi": _type("taxi", 0.05),
    "evehicle": _type("evehicle", 0.1, emission_class="Zero/default"),
    "emergency": _type("emergency", 0.0, length=6.5, width=2.16, emission_class=_VAN),
    "delivery": _type("delivery", 0.05, length=6.5, width=2.16, emission_class=_VAN),
    "bus": _type(
        "bus", 0.0, length=12.0, width=2.5, accel=1.2, decel=4.0, emergency_decel=7.0, max_speed=100 / 3.6,
        emission_class="HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C",
    ),
    "coach": _type(
        "coach", 0.05, length=14.0, width=2.6, accel=2.0, decel=4.0, emergency_decel=7.0, max_speed=100 / 3.6,
        emission_class="HBEFA4/Coach_3-Axes_gt18t_Euro-VI_A-C",
    ),
    "truck": _type(
        "truck", 0.05, length=7.1, width=2.4, accel=1.3, decel=4.0, emergency_decel=7.0, max_speed=130 / 3.6,
        emission_class="HBEFA4/RT_le7.5t_Euro-VI_A-C",
    ),
    "trailer": _type(
        "trailer", 0.05, length=16.5, width=2.55, accel=1.1, decel=4.0, emergency_decel=7.0, max_speed=130 / 3.6,
        emission_class="HBEFA4/TT_AT_gt34-40t_Euro-VI_A-C",
    ),
    "motorcycle": _type(
        "motorcycle", 0.1, length=2.2, width=0.9, accel=6.0, decel=10.0, emergency_decel=10.0,
        emission_class="HBEFA4/MC_4S_gt250cc_preEuro",
    ),
    "moped": _type(
        "moped", 0.1, length=2.1, width=0.78, accel=1.1, decel=7.0, emergency_decel=10.0, max_speed=60 / 3.6,
        emission_class="HBEFA4/Moped_le50cc_Euro-2",
    ),
    "bicycle": _type(
        "bicycle", 0.1, length=1.6, width=0.65, min_gap=0.5, accel=1.2, decel=3.0, emergency_decel=7.0,
        max_speed=50 / 3.6, emission_class="Zero/default",
    ),
    "scooter": _type(
        "scooter", 0.1, length=1.2, width=0.5, min_gap=0.5, accel=1.2, decel=3.0, emergency_decel=7.0,
        max_speed=25 / 3.6, emission_class="Zero/default",
    ),
}  # fmt: skip


def default_type(vehicle_class: str) -> VehicleType:
    """Return what SUMO 1.28 takes a vehicle of the class for; classes that are not of the road count as passenger."""
    return DEFAULTS.get(vehicle_class, _CAR)


def parse_class(name: str, element: Element) -> str:
    """Return the vehicle class that a file calls ``name``, old names translated.

    Raises:
        InputError: SUMO knows no such class.
    """
    name = OLD_NAMES.get(name, name)
    if name not in ALL_CLASSES:
        raise element.error(f"unknown vehicle class '{name}'; use one of SUMO's, e.g. passenger, truck, bus")
    return name


def parse_permissions(element: Element) -> frozenset[str] | None:
    """Return the classes that the ``allow`` and ``disallow`` attributes let in, None for all.

    ``allow`` wins where both are given, as in SUMO. The class 'ignoring' is let in everywhere.

    Raises:
        InputError: a class is unknown.
    """
    if allow := element.get("allow"):
        return None if allow == "all" else _parse_list(allow, element) | {"ignoring"}
    disallow = element.get("disallow")
    if not disallow:
        return None
    banned = ALL_CLASSES if disallow == "all" else _parse_list(disallow, element)
    return (ALL_CLASSES - banned) | {"ignoring"}


def _parse_list(names: str, element: Element) -> frozenset[str]:
    return frozenset(parse_class(name, element) for name in names.replace(",", " ").split() if name != "non_public")
