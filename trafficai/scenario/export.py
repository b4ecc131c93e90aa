"""Writes a scenario as the files that SUMO is given, holding only what our reader has accepted.

The network is the original one, filtered element by element and attribute by attribute through a list of what matters;
signal programs, types, routes and departures are written anew from the Scenario, every attribute explicit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TextIO
from xml.sax.saxutils import quoteattr

from trafficai.scenario.model import Program, Scenario, Stop, StoppingPlace, Vehicle, VehicleType
from trafficai.scenario.words import words
from trafficai.scenario.xml import Element, read_elements, to_number

# What passes from a network file to SUMO: element -> attributes.
PASSED: Final = {
    "net": words("version junctionCornerDetail lefthand limitTurnSpeed walkingareas checkLaneFoesAll"
                 " checkLaneFoesRoundabout tlsIgnoreInternalJunctionJam spreadType avoidOverlap junctionHigherSpeed"
                 " internalJunctionsVehicleWidth junctionsMinimalShape junctionsEndpointShape rectangularLaneCut"),
    "location": words("netOffset convBoundary origBoundary"),
    "type": words("id priority numLanes speed allow disallow oneway width"),
    "restriction": words("vClass speed"),
    "edge": words("id function from to priority type bidi spreadType distance crossingEdges shape"),
    "lane": words("id index allow disallow prefer speed friction length endOffset width acceleration shape customShape"
                  " changeRight changeLeft"),
    "neigh": words("lane"),
    "stopOffset": words("value vClasses exceptions"),
    "junction": words("id type x y z incLanes intLanes shape customShape rightOfWay fringe radius roundabout"),
    "request": words("index response foes cont"),
    "connection": words("from to fromLane toLane pass keepClear contPos visibility allow disallow speed length shape"
                        " uncontrolled via tl linkIndex linkIndex2 changeRight changeLeft indirect dir state"),
    "conflict": words("from to fromLane toLane startPos endPos"),
    "roundabout": words("nodes edges"),
}  # fmt: skip
NUMBERS: Final = words(
    "x y z speed length width friction endOffset distance priority contPos visibility radius limitTurnSpeed startPos"
    " endPos fromLane toLane linkIndex linkIndex2 index value numLanes junctionCornerDetail"
    " internalJunctionsVehicleWidth"
)
BEFORE_PROGRAMS: Final = words("location type edge")  # a network file names them before its signals


class SumoFiles(NamedTuple):
    """The files of one scenario as SUMO takes them."""

    net: Path
    routes: Path


def write_sumo_inputs(scenario: Scenario, folder: Path) -> SumoFiles:
    """Write network and demand for SUMO.

    Args:
        scenario: what to write; its network file is read again.
        folder: an existing folder; ``net.net.xml`` and ``demand.rou.xml`` are written there.

    Raises:
        InputError: the network file is gone, or holds a number that is none.
    """
    files = SumoFiles(folder / "net.net.xml", folder / "demand.rou.xml")
    with files.net.open("w", encoding="utf-8") as out:
        _write_network(scenario, out)
    write_sumo_demand(scenario, files)
    return files


def write_sumo_demand(scenario: Scenario, files: SumoFiles) -> None:
    """Write the demand anew beside a network that is written."""
    with files.routes.open("w", encoding="utf-8") as out:
        _write_demand(scenario, out)


def _write_network(scenario: Scenario, out: TextIO) -> None:
    programs = [*(signal.program for signal in scenario.signals), *scenario.other_programs]
    elements = read_elements(scenario.network_file)
    out.write(f"<net{_attributes(_filtered(next(elements)))}>\n")
    is_waiting = True
    for element in elements:
        if is_waiting and element.tag not in BEFORE_PROGRAMS:
            out.writelines(map(program_element, programs))
            is_waiting = False
        _write_element(element, out)
    out.writelines(map(_stopping_place, scenario.stopping_places))
    out.write("</net>\n")


def _write_element(element: Element, out: TextIO) -> None:
    """Write what passes of an element, and of the elements inside it."""
    if element.tag not in PASSED:
        return
    attributes = _attributes(_filtered(element))
    if not element.children:
        out.write(f"<{element.tag}{attributes}/>\n")
        return
    out.write(f"<{element.tag}{attributes}>\n")
    for child in element.children:
        _write_element(child, out)
    out.write(f"</{element.tag}>\n")


def _filtered(element: Element) -> dict[str, str]:
    """Return the attributes that pass.

    Raises:
        InputError: one that must be a number is none.
    """
    passed = {name: value for name, value in element.attributes.items() if name in PASSED[element.tag]}
    for name, value in passed.items():
        if name in NUMBERS and to_number(value) is None:
            raise element.error(f"attribute {name}='{value}' is not a number; correct it")
    if element.tag == "location":
        passed["projParameter"] = "!"  # where on earth the network lies changes nothing, and PROJ may open files
    return passed


def _attributes(pairs: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in pairs.items())


def program_element(program: Program) -> str:
    """Return a program as a static tlLogic."""
    head = {"id": program.signal, "type": "static", "programID": program.program, "offset": _number(program.offset)}
    phases = []
    for phase in program.phases:
        pairs = {"duration": _number(phase.duration), "state": phase.state}
        if phase.next:
            pairs["next"] = " ".join(map(str, phase.next))
        phases.append(f"<phase{_attributes(pairs)}/>\n")
    return f"<tlLogic{_attributes(head)}>\n{''.join(phases)}</tlLogic>\n"


def _write_demand(scenario: Scenario, out: TextIO) -> None:
    out.write("<routes>\n")
    out.writelines(map(_vehicle_type, scenario.vehicle_types))
    kinds = {place.id: place.kind for place in scenario.stopping_places}
    out.writelines(_vehicles(scenario.vehicles, scenario.vehicle_types, kinds))
    out.write("</routes>\n")


def _vehicle_type(kind: VehicleType) -> str:
    pairs = {
        "id": kind.id,
        "vClass": kind.vehicle_class,
        "length": _number(kind.length),
        "width": _number(kind.width),
        "minGap": _number(kind.min_gap),
        "accel": _number(kind.accel),
        "decel": _number(kind.decel),
        "emergencyDecel": _number(kind.emergency_decel),
        "apparentDecel": _number(kind.decel),
        "sigma": _number(kind.sigma),
        "tau": _number(kind.tau),
        "maxSpeed": _number(kind.max_speed),
        "speedFactor": f"normc({','.join(map(_number, kind.speed_factor))})",
        "emissionClass": kind.emission_class,
        "carFollowModel": kind.car_follow_model,
        "laneChangeModel": "LC2013",
    }
    if kind.car_follow_model == "IDM":
        pairs |= {"delta": _number(kind.idm_delta), "stepping": _number(kind.idm_stepping)}
    return f"<vType{_attributes({**pairs, **dict(kind.extra)})}/>\n"


def _vehicles(vehicles: Iterable[Vehicle], types: tuple[VehicleType, ...], kinds: dict[str, str]) -> Iterator[str]:
    for vehicle in vehicles:
        pairs = {
            "id": vehicle.id,
            "type": types[vehicle.type].id,
            "depart": _number(vehicle.depart),
            "departLane": vehicle.depart_lane,
            "departPos": vehicle.depart_pos,
            "departSpeed": vehicle.depart_speed,
            "arrivalPos": vehicle.arrival_pos,
        }
        stops = "".join(_stop(stop, kinds) for stop in vehicle.stops)
        yield f"<vehicle{_attributes(pairs)}><route edges={quoteattr(' '.join(vehicle.route))}/>{stops}</vehicle>\n"


def _stopping_place(place: StoppingPlace) -> str:
    """Return a bus stop or the like; SUMO reads it from a network file as well as from an additional one."""
    pairs = {"id": place.id, "lane": place.lane, "startPos": _number(place.start), "endPos": _number(place.end)}
    return f"<{place.kind}{_attributes(pairs)}/>\n"


def _stop(stop: Stop, kinds: dict[str, str]) -> str:
    """Return a stop; ``kinds`` tells which element each stopping place is."""
    pairs = {"lane": stop.lane, "startPos": _number(stop.start), "endPos": _number(stop.end)}
    if stop.place:
        pairs = {kinds[stop.place]: stop.place}
    pairs["duration"] = _number(stop.duration)
    if stop.until >= 0.0:
        pairs["until"] = _number(stop.until)
    if stop.is_parking:
        pairs["parking"] = "true"
    return f"<stop{_attributes(pairs)}/>"


def _number(value: float) -> str:
    """Return the shortest text that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")
