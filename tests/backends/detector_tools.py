"""Detectors all over a network, and what SUMO itself measures with them."""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.sumo import sumo_options
from trafficai.scenario import load_scenario, write_sumo_inputs
from trafficai.scenario.model import Network, Scenario

KINDS = ("e1", "e2", "e3")


def everywhere(network: Network, period: int = 120) -> str:
    """Return loops and areas on every lane that is long enough, and a zone around every junction with a signal."""
    parts, entries, exits = [], {}, {}
    for edge in network.edges:
        if edge.function != "normal" or edge.length < 60.0:
            continue
        for lane in edge.lanes:
            where = f'lane="{lane.id}" period="{period}" file="NUL"'
            parts.append(f'<inductionLoop id="stop_{lane.id}" pos="-2" {where}/>')
            parts.append(f'<e1Detector id="far_{lane.id}" pos="20" {where}/>')
            parts.append(f'<laneAreaDetector id="near_{lane.id}" pos="-50" endPos="-1" {where}/>')
            parts.append(f'<e2Detector id="all_{lane.id}" pos="0" endPos="{lane.length}" {where}/>')
            entries.setdefault(edge.to_junction, []).append(f'<detEntry lane="{lane.id}" pos="-50"/>')
            exits.setdefault(edge.from_junction, []).append(f'<detExit lane="{lane.id}" pos="10"/>')
    for junction in network.junctions:
        inside = entries.get(junction.id, []), exits.get(junction.id, [])
        if junction.type == "traffic_light" and all(inside):
            head = f'id="around_{junction.id}" period="{period}" file="NUL" openEntry="true"'
            parts.append(f"<entryExitDetector {head}>{''.join(inside[0] + inside[1])}</entryExitDetector>")
    return "<additional>" + "".join(parts) + "</additional>"


def with_detectors(scenario: Scenario, routes: Path, folder: Path, content: str, end: int) -> Scenario:
    """Return a scenario anew with an additional file of detectors."""
    (folder / "own.add.xml").write_text(content)
    config = folder / "own.sumocfg"
    files = f'<net-file value="{scenario.network_file}"/><route-files value="{routes}"/>'
    config.write_text(
        f'<configuration><input>{files}<additional-files value="own.add.xml"/></input>'
        f'<time><begin value="{scenario.begin}"/><end value="{end}"/></time></configuration>'
    )
    return load_scenario(config)


def measured_in_sumo(scenario: Scenario, content: str, folder: Path, seed: int = 1) -> dict[str, list[dict[str, str]]]:
    """Return what SUMO alone writes for each detector, interval after interval."""
    files = write_sumo_inputs(scenario, folder)
    out = folder / "detectors.out.xml"
    additional = folder / "sumo.add.xml"
    additional.write_text(content.replace('file="NUL"', f'file="{out.name}"'))
    options = sumo_options(scenario, seed, False)
    options |= {"net-file": str(files.net), "route-files": str(files.routes), "additional-files": str(additional)}
    options |= {"end": str(scenario.end), "precision": "9"}
    command = [str(sumo_home() / "bin" / "sumo")]
    command += [part for name, value in options.items() for part in (f"--{name}", value)]
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=300, cwd=folder)
    found: dict[str, list[dict[str, str]]] = {}
    for interval in ET.parse(out).getroot():
        found.setdefault(interval.get("id"), []).append(dict(interval.attrib))
    return found


def ours(scenario: Scenario, results) -> dict[str, np.ndarray]:
    """Return our tables by the id of the detector."""
    ids = [detector.id for kind in KINDS for detector in getattr(scenario.detectors, kind)]
    return dict(zip(ids, [table for tables in results for table in tables], strict=True))
