"""The page for those who come from sumo-rl: its code of ours runs as it stands there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from trafficai.envs.rewards import TERMS
from trafficai.envs.task import TaskOptions

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "from-sumo-rl.md").read_text(encoding="utf-8")


@pytest.mark.skipif(find_spec("sumo_rl") is None, reason="the RESCO maps come with sumo-rl")
def test_code_of_ours_runs_from_top_to_bottom():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == PAGE.count("```py\n")  # one of theirs beside each
    names = {}
    for block in blocks:
        exec(compile(block, "docs/from-sumo-rl.md", "exec"), names)
        for closed in (names["env"], names.get("worlds")):
            if closed is not None:
                closed.close()


def test_options_and_terms_that_the_page_names_exist():
    rows = dict(re.findall(r"^\| `([a-z_]+)`[^|]*\| ([^|]*)\|", PAGE, flags=re.MULTILINE))
    for theirs in ("delta_time", "yellow_time", "min_green", "max_green", "reward_fn", "observation_class"):
        assert re.findall("`([a-z_]+)", rows[theirs])[0] in TaskOptions.__annotations__
    section = PAGE.partition("| sumo-rl's `reward_fn` | here |")[2].partition("## Observations")[0]
    terms = re.findall(r"^\|[^|]*\| `([a-z_]+)`", section, flags=re.MULTILINE)
    assert len(terms) == 5
    assert set(terms) <= set(TERMS)
