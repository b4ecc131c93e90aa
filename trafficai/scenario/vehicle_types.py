"""Reads SUMO's vType and vTypeDistribution, every default resolved as sumo 1.28 resolves it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from trafficai.scenario.draws import choose
from trafficai.scenario.model import VehicleType
from trafficai.scenario.notes import Notes
from trafficai.scenario.vehicle_classes import default_type, parse_class
from trafficai.scenario.words import words
from trafficai.scenario.xml import Element, to_number

DEFAULT_TYPES: Final = {
    "DEFAULT_VEHTYPE": "passenger",
    "DEFAULT_BIKETYPE": "bicycle",
    "DEFAULT_TAXITYPE": "taxi",
}
SPEED_FACTOR_RANGE: Final = (0.2, 2.0)  # SUMO's bounds where a file gives none

POSITIVE: Final = {
    "length": "length",
    "accel": "accel",
    "decel": "decel",
    "tau": "tau",
    "maxSpeed": "max_speed",
    "width": "width",
}
IDM_ONLY: Final = {"delta": "idm_delta", "stepping": "idm_stepping"}
CAR_FOLLOWING: Final = frozenset(("Krauss", "IDM"))  # the models that the core has
EMISSION_MODELS: Final = words("HBEFA2 HBEFA3 HBEFA4 PHEMlight PHEMlight5 Energy MMPEVEM Zero")
NOT_NEGATIVE: Final = {"minGap": "min_gap", "sigma": "sigma"}
# Attributes that the core does not read but that would change a run in SUMO, so SUMO gets them back.
PASSED_ON_PREFIXES: Final = ("lc", "jm")
PASSED_ON: Final = frozenset(("apparentDecel", "impatience", "startupDelay", "collisionMinGapFactor"))
# Attributes that change nothing that is simulated here: looks, people and freight.
SILENT: Final = words(
    "id vClass emissionClass speedFactor speedDev carFollowModel probability color guiShape imgFile osgFile height mass"
    " personCapacity containerCapacity boardingDuration loadingDuration boardingFactor parkingBadges refId name"
    " maneuverAngleTimes minGapLat maxSpeedLat latAlignment emergencyDecel laneChangeModel"
)


@dataclass(slots=True)
class TypeBook:
    """The vehicle types and their distributions read so far, by id."""

    notes: Notes
    types: dict[str, VehicleType] = field(default_factory=dict)
    distributions: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)  # vType probability, used in distributions

    def add_type(self, element: Element) -> str:
        """Read a vType and return its id.

        Raises:
            InputError: it is malformed, or its id is taken.
        """
        name = self._new_id(element)
        self.types[name] = read_type(element, self.notes)
        self.weights[name] = _weight(element)
        return name

    def add_distribution(self, element: Element) -> None:
        """Read a vTypeDistribution: types by name, types inside it, or both.

        Raises:
            InputError: it is malformed, empty, or names an unknown type.
        """
        name = self._new_id(element)
        names = element.get("vTypes").replace(",", " ").split()
        for known in names:
            if known not in self.types:
                raise element.error(f"unknown vType '{known}'; define it before the distribution")
        weights = read_weights(element, [self.weights[known] for known in names])
        inside = [self.add_type(child) for child in element.children if child.tag == "vType"]
        options = (*names, *inside)
        self.distributions[name] = (options, check_weights(element, (*weights, *(self.weights[i] for i in inside))))

    def _new_id(self, element: Element) -> str:
        name = element.identifier()
        if name in self.types or name in self.distributions:
            raise element.error("is there twice; give every vType and distribution its own id")
        return name

    def resolve(self, name: str, vehicle: str, element: Element) -> str:
        """Return the id of the type that a vehicle gets, drawn by the vehicle's id if ``name`` is a distribution.

        Raises:
            InputError: there is no such type.
        """
        if name in self.distributions:
            return choose("vType", vehicle, *self.distributions[name])
        if name not in self.types:
            if name not in DEFAULT_TYPES:
                raise element.error(f"unknown vType '{name}'; define it or correct the name")
            self.types[name] = replace(default_type(DEFAULT_TYPES[name]), id=name)
        return name


def read_weights(element: Element, defaults: list[float]) -> tuple[float, ...]:
    """Return the ``probabilities`` of a distribution, or the defaults where it has none.

    Raises:
        InputError: they are not as many as the options.
    """
    if "probabilities" not in element.attributes:
        return tuple(defaults)
    given = [to_number(part) for part in element.get("probabilities").replace(",", " ").split()]
    weights = tuple(weight for weight in given if weight is not None and weight >= 0.0)
    if len(weights) != len(given) or len(given) != len(defaults):
        raise element.error(f"needs {len(defaults)} probabilities of at least 0; correct them")
    return weights


def check_weights(element: Element, weights: tuple[float, ...]) -> tuple[float, ...]:
    """Return the weights if something can be drawn with them.

    Raises:
        InputError: there are none, or all are 0.
    """
    if sum(weights) <= 0.0:
        raise element.error("has nothing to draw from; add members with a probability above 0")
    return weights


def _weight(element: Element) -> float:
    weight = element.number("probability", 1.0)
    if weight < 0.0:
        raise element.error("probability is negative; correct it")
    return weight


def read_type(element: Element, notes: Notes) -> VehicleType:
    """Return the type that a vType element describes.

    Raises:
        InputError: an attribute is malformed or out of range.
    """
    element = _with_car_following(element)
    base = default_type(parse_class(element.get("vClass", "passenger"), element))
    values: dict[str, float] = {}
    for name, key in POSITIVE.items():
        values[key] = element.number(name, getattr(base, key), above=0.0)
    for name, key in NOT_NEGATIVE.items():
        values[key] = _at_least_zero(element, name, getattr(base, key))
    emergency = element.number("emergencyDecel", max(base.emergency_decel, values["decel"]), above=0.0)
    model = element.get("carFollowModel", "Krauss")
    if model == "IDM":
        for name, key in IDM_ONLY.items():
            values[key] = element.number(name, getattr(base, key), above=0.0)
    kind = VehicleType(
        id=element.text("id"),
        vehicle_class=parse_class(element.get("vClass", "passenger"), element),
        speed_factor=_speed_factor(element, base),
        emission_class=_emission_class(element, base, notes),
        emergency_decel=max(emergency, values["decel"]),
        car_follow_model=model if model in CAR_FOLLOWING else "Krauss",
        extra=_passed_on(element),
        **values,
    )
    if kind.sigma > 1.0:
        raise element.error(f"sigma='{element.get('sigma')}' is above 1; correct it")
    _note_unread(element, notes)
    return kind


def _with_car_following(element: Element) -> Element:
    """Return the vType with the attributes of an old nested carFollowing-MODEL element as its own."""
    models = [child for child in element.children if child.tag.startswith("carFollowing-")]
    if not models:
        return element
    attributes = dict(element.attributes)
    for model in models:
        attributes |= {"carFollowModel": model.tag.removeprefix("carFollowing-"), **model.attributes}
    return Element(element.tag, attributes, element.file, element.line, element.children)


def _emission_class(element: Element, base: VehicleType, notes: Notes) -> str:
    """Return the emission class, the vehicle class's own where the file names one that SUMO 1.28 does not know."""
    name = element.get("emissionClass", base.emission_class)
    if name.partition("/")[0] in EMISSION_MODELS:
        return name
    notes.count(f"vType(s) with the unknown emission class '{name}' taken as '{base.emission_class}'")
    return base.emission_class


def _at_least_zero(element: Element, name: str, default: float) -> float:
    value = element.number(name, default)
    if value < 0.0:
        raise element.error(f"attribute {name}='{element.get(name)}' is negative; correct it")
    return value


def _speed_factor(element: Element, base: VehicleType) -> tuple[float, float, float, float]:
    """Return mean, deviation and bounds from ``speedFactor`` (a number, norm(..) or normc(..)) and ``speedDev``."""
    text = element.get("speedFactor", "1").replace(" ", "")
    mean, deviation = 1.0, base.speed_factor[1]
    low, high = SPEED_FACTOR_RANGE
    if text.startswith(("norm(", "normc(")) and text.endswith(")"):
        numbers = [to_number(part) for part in text[text.index("(") + 1 : -1].split(",")]
        parameters = [number for number in numbers if number is not None]
        if len(parameters) != len(numbers) or len(parameters) not in (2, 3, 4):
            raise element.error(f"speedFactor='{text}' is not norm(mean,deviation) or normc(mean,deviation,low,high)")
        mean, deviation, low, high = (*parameters, *(low, high)[len(parameters) - 2 :])
    else:
        mean = element.number("speedFactor", 1.0, above=0.0)
    deviation = _at_least_zero(element, "speedDev", deviation)
    if mean <= 0.0 or deviation < 0.0 or low > high:
        raise element.error(f"speedFactor='{text}' has a mean of 0, a negative deviation or crossed bounds; correct it")
    return mean, deviation, min(max(low, 0.0), mean), max(high, mean)


def _passed_on(element: Element) -> tuple[tuple[str, str], ...]:
    """Return the attributes that only SUMO reads, checked to be plain numbers."""
    names = [name for name in element.attributes if name.startswith(PASSED_ON_PREFIXES) or name in PASSED_ON]
    for name in names:
        element.number(name)
    return tuple((name, element.attributes[name]) for name in sorted(names))


def _note_unread(element: Element, notes: Notes) -> None:
    model = element.get("carFollowModel", "Krauss")
    known = {*POSITIVE, *(IDM_ONLY if model == "IDM" else ()), *NOT_NEGATIVE, *SILENT, *PASSED_ON}
    for name in element.attributes:
        if name not in known and not name.startswith(PASSED_ON_PREFIXES):
            notes.count(f"vType(s) with '{name}', which is ignored: not modelled")
    if model not in CAR_FOLLOWING:
        notes.count(f"vType(s) with the car-following model '{model}' taken as Krauss")
    if element.get("laneChangeModel", "LC2013") not in ("LC2013", "default"):
        notes.count(f"vType(s) with the lane-change model '{element.get('laneChangeModel')}' taken as LC2013")
