"""``trafficai list scenarios|agents``."""

from __future__ import annotations

from cyclopts import App

app = App(name="list", help="List what can be named: scenarios, agents.")

USES = {
    "rule": "name it in simulate and compare",
    "plan": "trafficai optimize SCENARIO, then name it in simulate and compare",
    "recipe": "trafficai train {} SCENARIO --out runs/NAME",
    "trained": "name the folder in simulate and compare",
}


@app.command
def scenarios() -> None:
    """List the scenarios that have a name."""
    from trafficai.cli.console import print_table
    from trafficai.scenario import list_scenarios

    rows = [
        (entry.name, entry.source if entry.path else f"{entry.source} (not installed)", entry.description)
        for entry in list_scenarios()
    ]
    print_table("Scenarios", ("name", "from", "what it is"), rows)


@app.command
def agents() -> None:
    """List the rules, the plan of a search, the recipes that can be trained, and the policies under runs/."""
    from trafficai.cli.console import print_table
    from trafficai.training import list_agents

    rows = [(entry.name, entry.kind, entry.description, USES[entry.kind].format(entry.name)) for entry in list_agents()]
    print_table("Agents", ("name", "kind", "what it is", "how to use it"), rows)
