"""A junction with pedestrian crossings, as netgenerate builds it."""

from __future__ import annotations

import pytest

from tests.backends.sumo_tools import run_tool
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario


@pytest.fixture(scope="session")
def with_crossings(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("crossings")
    net = folder / "crossings.net.xml"
    run_tool(
        *("netgenerate", "--grid", "--grid.number", "1", "--grid.attach-length", "100", "-L", "2"),
        *("--sidewalks.guess", "true", "--crossings.guess", "true", "--default-junction-type", "traffic_light"),
        *("--no-turnarounds", "true", "--no-warnings", "true", "--output-file", str(net)),
    )
    (folder / "d.rou.xml").write_text(
        '<routes><vehicle id="v" depart="0"><route edges="left0A0 A0right0"/></vehicle></routes>'
    )
    (folder / "c.sumocfg").write_text(
        f'<configuration><input><net-file value="{net.name}"/><route-files value="d.rou.xml"/></input>'
        '<time><begin value="0"/><end value="60"/></time></configuration>'
    )
    return load_scenario(folder / "c.sumocfg")
