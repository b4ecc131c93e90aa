"""Whatever happens to a good file, the answer is a Scenario or one InputError: no other exception comes out."""

import random
import re
from pathlib import Path

import pytest

from trafficai.datatypes.errors import InputError
from trafficai.scenario import load_scenario, write_sumo_inputs

DEMAND = (
    '<vType id="t" vClass="truck" length="7" speedFactor="normc(1,0.1,0.5,1.5)" probability="0.3"/>'
    '<vTypeDistribution id="m" vTypes="t t" probabilities="1 2"/><route id="r" edges="ab"/>'
    '<vehicle id="v" depart="8.25" type="m" route="r" departSpeed="3" departLane="0" departPos="7"/>'
    '<trip id="w" depart="0:00:09" from="ab" to="bd" via="ab"/>'
    '<flow id="f" begin="3" end="20" number="4" from="ab" to="bd"/>'
    '<flow id="g" begin="3" end="20" period="exp(0.3)" route="r"/>'
)
VALUES = (
    "",
    "-1",
    "0",
    "1e9",
    "1e99",
    "nan",
    "inf",
    "x",
    "ab",
    "ab_0",
    "b",
    "0,0",
    "1 2",
    "Gr",
    "\u0661",
    "99999999999999999999",
)
NUM_MUTANTS = 500


def _mutate(text: str, rng: random.Random) -> str:
    """Change one attribute's value, drop an attribute, drop or double an element, or cut the text."""
    attribute = rng.choice(list(re.finditer(r' ([\w.]+)="([^"]*)"', text)))
    element = rng.choice(list(re.finditer(r"<\w+[^<>]*/>", text)))
    kind = rng.randrange(6)
    if kind <= 2:
        return text[: attribute.start(2)] + rng.choice(VALUES) + text[attribute.end(2) :]
    if kind == 3:
        return text[: attribute.start()] + text[attribute.end() :]
    if kind == 4:
        return text[: element.start()] + element.group() * rng.choice((0, 2)) + text[element.end() :]
    cut = rng.randrange(len(text))
    return text[:cut] + text[cut + rng.randrange(1, 40) :]


@pytest.mark.parametrize("target", ["small.net.xml", "small.rou.xml", "small.sumocfg"])
def test_no_mutant_of_a_good_file_brings_anything_but_an_input_error(small, target):
    rng = random.Random(f"trafficai {target}")
    path = small.write(DEMAND)
    file = small.folder / target
    good = file.read_text()
    refused = 0
    for _ in range(NUM_MUTANTS):
        mutant = good
        for _ in range(rng.randrange(1, 4)):
            mutant = _mutate(mutant, rng)
        file.write_text(mutant)
        message = _refusal(path, small.folder)
        assert "\n" not in message, mutant
        refused += bool(message)
    assert refused > NUM_MUTANTS / 10


def _refusal(path: Path, folder: Path) -> str:
    """Return why a scenario was refused, or nothing."""
    try:
        write_sumo_inputs(load_scenario(path), folder)
    except InputError as error:
        return str(error)
    return ""
