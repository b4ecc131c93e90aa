"""``trafficai list scenarios|agents``."""

from __future__ import annotations

from cyclopts import App

app = App(name="list", help="List what can be named.")


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
    """List the rules, the recipes that can be trained, and the policies under runs/."""
    from trafficai.cli.agents import trained_folders
    from trafficai.cli.console import print_table
    from trafficai.controllers import list_controllers
    from trafficai.training import list_recipes

    rows = [(name, "rule", "name it in simulate and compare") for name in list_controllers()]
    rows += [(name, "recipe", f"trafficai train {name} SCENARIO --out runs/NAME") for name in list_recipes()]
    rows += [(folder, "trained", "name the folder in simulate and compare") for folder in trained_folders()]
    print_table("Agents", ("name", "kind", "how to use it"), rows)
