"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

if TYPE_CHECKING:
    from trafficai.scenario.model import Scenario

MAX_SEED = 2**31 - 1
"""SUMO's seeds are 32-bit integers."""

Engine = Literal["numba", "sumo"]
Seed = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=MAX_SEED))]
NumSeeds = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=10_000))]
Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Seconds = Annotated[int, Parameter(validator=validators.Number(gte=0))]
Percent = Annotated[float, Parameter(validator=validators.Number(gt=0, lte=100))]
Flag = Annotated[bool, Parameter(negative="", show_default=False)]

typed_command: ContextVar[str | None] = ContextVar("typed_command", default=None)
"""What the user typed, for the record in results."""


def seeds_of(num_seeds: int) -> range:
    """Return the seeds that ``--seeds N`` stands for: 1 to N."""
    return range(1, num_seeds + 1)


def numbers_of(text: str, option: str) -> list[float]:
    """Return the numbers that an option names with commas between.

    Raises:
        InputError: one is no number.
    """
    from trafficai.datatypes import InputError

    try:
        return [float(each) for each in text.split(",")]
    except ValueError as error:
        raise InputError(f"{option} must be numbers with commas between, not {text!r}") from error


def open_scenario(
    name: str,
    begin: int | None = None,
    end: int | None = None,
    drop_unreachable: bool = False,
    plan: Path | None = None,
) -> Scenario:
    """Return the scenario, with the programs of ``plan`` where one is given, having said on stderr what it leaves out.

    Raises:
        InputError: it cannot be used.
    """
    from trafficai.backends.assumptions import notes_of
    from trafficai.cli.console import report_warnings
    from trafficai.plans import load_plan
    from trafficai.scenario import load_scenario

    scenario = load_scenario(name, begin, end, "drop" if drop_unreachable else None)
    report_warnings(notes_of(scenario))
    return scenario if plan is None else load_plan(scenario, plan)


def open_planned(name: str, plan: Path | None, agent: str) -> Scenario:
    """Return the scenario with the programs of ``plan`` where one is given, then as the agent designs it.

    Raises:
        InputError: scenario, plan or agent cannot be used.
    """
    from trafficai.controllers import designed
    from trafficai.training import make_agents

    (controller,) = make_agents([agent]).values()
    return designed(controller, open_scenario(name, plan=plan))


def require_outputs(json: Path | None, folder: Path | None = None) -> None:
    """Check that results can be written, before anything is run.

    Raises:
        InputError: they cannot.
    """
    from trafficai.datatypes.files import require_writable, require_writable_folder

    if json is not None:
        require_writable(json)
    if folder is not None:
        require_writable_folder(folder)
