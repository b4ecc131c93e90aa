"""``trafficai check-plan``: a fixed-time plan against the rules of signal timing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from trafficai.cli.options import Flag

if TYPE_CHECKING:
    from trafficai.plans import Finding
    from trafficai.scenario.model import Scenario


def check_plan(
    scenario: str,
    plan: Path | None = None,
    /,
    *,
    agent: str = "fixed-time",
    standard: Literal["rilsa", "mutcd"] = "rilsa",
    max_cycle: float | None = None,
    max_red: float | None = None,
    everything: Flag = False,
    json: Path | None = None,
) -> None:
    """Hold the fixed-time program of every signal to the rules, and print a line per finding.

    Ends with exit code 1 where a rule is broken; advice breaks none.

    Args:
        scenario: a name, a folder or a .sumocfg.
        plan: plan to check, instead of the network's own programs.
        agent: whose plan: `webster`, `coordinated` and `hbs` design one, `fixed-time` keeps the one there is.
        standard: `rilsa` is German practice, `mutcd` is that of the United States.
        max_cycle: longest cycle [s], instead of the standard's.
        max_red: longest red [s], 120 unless given.
        everything: print what passes, too.
        json: file for the findings as JSON, those that pass included.
    """
    from trafficai.cli.console import say
    from trafficai.cli.options import open_planned, require_outputs
    from trafficai.datatypes import RunError
    from trafficai.plans import check_plan as check
    from trafficai.plans import limits_of

    require_outputs(json)
    limits = limits_of(standard, max_cycle, max_red)
    opened = open_planned(scenario, plan, agent)
    findings = check(opened, limits)
    for finding in findings:
        if everything or finding.result != "pass":
            say(str(finding))
    counts = Counter(finding.result for finding in findings)
    checked = f"{opened.name}: {len(findings)} checks by {standard}, {counts['fail']} fail, {counts['advice']} advice"
    say(checked)
    if json is not None:
        _write(json, opened, plan, standard, findings)
    if counts["fail"]:
        raise RunError(f"the plan breaks {counts['fail']} of {len(findings)} checks")


def _write(path: Path, scenario: Scenario, plan: Path | None, standard: str, findings: tuple[Finding, ...]) -> None:
    """Write the findings as JSON."""
    import json

    from trafficai.cli.console import say
    from trafficai.datatypes.files import write_text_atomically
    from trafficai.evaluation import findings_document

    document: dict[str, Any] = findings_document(scenario, None if plan is None else str(plan), standard, findings)
    write_text_atomically(path, json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n")
    say(f"written {path}")
