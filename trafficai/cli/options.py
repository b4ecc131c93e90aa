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
EmissionModel = Literal["PHEMlight", "PHEMlight5"]
Seed = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=MAX_SEED))]
NumSeeds = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=10_000))]
Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Seconds = Annotated[int, Parameter(validator=validators.Number(gte=0))]
Percent = Annotated[float, Parameter(validator=validators.Number(gt=0, lte=100))]
Share = Annotated[float, Parameter(validator=validators.Number(gte=0.0, lte=1.0))]
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
    fleet: str | None = None,
    ev_share: float | None = None,
) -> Scenario:
    """Return the scenario, with the programs of ``plan`` and the cars of ``fleet`` where one is given.

    What it leaves out is said on stderr.

    Raises:
        InputError: it cannot be used.
    """
    from trafficai.backends.assumptions import notes_of
    from trafficai.cli.console import report_warnings
    from trafficai.plans import load_plan
    from trafficai.scenario import load_scenario

    scenario = load_scenario(name, begin, end, "drop" if drop_unreachable else None)
    if fleet is not None or ev_share is not None:
        from trafficai.backends.fleet import read_fleet, with_fleet

        scenario = with_fleet(scenario, None if fleet is None else read_fleet(fleet), ev_share)
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


def require_sumo(emission_model: str | None, backend: str) -> None:
    """Check that a model of SUMO's is asked for only where SUMO runs.

    Raises:
        InputError: it is not.
    """
    from trafficai.datatypes import InputError

    if emission_model is not None and backend == "numba":
        raise InputError(f"only SUMO has the emission model {emission_model}; add --backend sumo")


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
