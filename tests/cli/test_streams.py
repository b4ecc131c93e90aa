"""Quality of service on the command line."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_streams_are_printed_and_written(run: Run, tmp_path: Path) -> None:
    outcome = run("simulate", "cologne1", "--end", "25500", "--streams", "--json", "a.json")
    assert outcome.code == 0
    assert "Streams under signals" in outcome.out
    assert "all together" in outcome.out
    assert "delay of a person" in outcome.out
    service = json.loads((tmp_path / "a.json").read_text())["service"]
    assert len(service["streams"]) == 16
    assert len(service["approaches"]) == 4
    assert len(service["junctions"]) == 1
