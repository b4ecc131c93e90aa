r"""A network small enough to know by heart, and a folder to put files in.

a ---ab--- b ---bc--- c
\
                 bd--- d        the junction b has a signal: link 0 is straight on, link 1 the right turn
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from trafficai.scenario.load import load_scenario
from trafficai.scenario.model import Scenario

NETWORK = """<?xml version="1.0" encoding="UTF-8"?>
<net version="1.20">
  <location netOffset="0,0" convBoundary="0,0,200,100" origBoundary="0,0,200,100" projParameter="!"/>
  <edge id=":b_0" function="internal"><lane id=":b_0_0" index="0" speed="10" length="20" shape="90,0 110,0"/></edge>
  <edge id=":b_1" function="internal"><lane id=":b_1_0" index="0" speed="5" length="10" shape="90,0 100,-10"/></edge>
  <edge id="ab" from="a" to="b" priority="1">
    <lane id="ab_0" index="0" speed="10" length="90" shape="0,-1.6 90,-1.6"/>
    <lane id="ab_1" index="1" speed="10" length="90" shape="0,1.6 90,1.6" disallow="truck"/>
  </edge>
  <edge id="bc" from="b" to="c" priority="1">
    <lane id="bc_0" index="0" speed="10" length="90" shape="110,0 200,0" disallow="bus tram"/></edge>
  <edge id="bd" from="b" to="d" priority="1">
    <lane id="bd_0" index="0" speed="10" length="90" width="3.5" shape="100,-10 100,-100" allow="bus passenger"/></edge>
  <tlLogic id="b" type="static" programID="0" offset="0">
    <phase duration="20" state="Gr"/><phase duration="4" state="yr"/><phase duration="2" state="rr"/>
    <phase duration="15" state="rg"/><phase duration="3" state="ry"/><phase duration="1" state="rr"/>
  </tlLogic>
  <junction id="a" type="dead_end" x="0" y="0" incLanes="" intLanes="" shape="0,3 0,-3"/>
  <junction id="b" type="traffic_light" x="100" y="0" incLanes="ab_0 ab_1" intLanes=":b_0_0 :b_1_0" shape="90,3 110,3">
    <request index="0" response="10" foes="10" cont="0"/>
    <request index="1" response="00" foes="01" cont="1"/>
  </junction>
  <junction id="c" type="dead_end" x="200" y="0" incLanes="bc_0" intLanes="" shape="200,3 200,-3"/>
  <junction id="d" type="dead_end" x="100" y="-100" incLanes="bd_0" intLanes="" shape="97,-100 103,-100"/>
  <connection from="ab" to="bc" fromLane="1" toLane="0" via=":b_0_0" tl="b" linkIndex="0" dir="s" state="O"/>
  <connection from="ab" to="bd" fromLane="0" toLane="0" via=":b_1_0" tl="b" linkIndex="1" dir="r" state="o"/>
  <connection from=":b_0" to="bc" fromLane="0" toLane="0" dir="s" state="M"/>
  <connection from=":b_1" to="bd" fromLane="0" toLane="0" dir="r" state="M"/>
</net>
"""

CONFIG = """<configuration>
  <input>
    <net-file value="small.net.xml"/><route-files value="small.rou.xml"/><additional-files value="{additional}"/>
  </input>
  <time><begin value="{begin}"/><end value="{end}"/></time>{options}
</configuration>
"""


class Small:
    """The small network in a folder of its own; its demand and options are the test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.network = folder / "small.net.xml"
        self.network.write_text(NETWORK)

    def change(self, old: str, new: str) -> None:
        """Replace a piece of the network that stands there once or more."""
        text = self.network.read_text()
        assert old in text
        self.network.write_text(text.replace(old, new))

    def write(self, routes: str, additional: str = "", options: str = "", begin: str = "0", end: str = "100") -> Path:
        """Write demand and configuration, and return the latter."""
        (self.folder / "small.rou.xml").write_text(f"<routes>{routes}</routes>")
        if additional:
            (self.folder / "small.add.xml").write_text(f"<additional>{additional}</additional>")
        path = self.folder / "small.sumocfg"
        name = "small.add.xml" if additional else ""
        path.write_text(CONFIG.format(additional=name, options=options, begin=begin, end=end))
        return path

    def load(self, routes: str, additional: str = "", options: str = "", **settings: object) -> Scenario:
        """Load the network with a demand."""
        period = {key: str(settings.pop(key)) for key in ("begin", "end") if key in settings}
        return load_scenario(self.write(routes, additional, options, **period), **settings)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write one file and return its path."""

    def _write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return _write
