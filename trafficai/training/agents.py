"""Agents by the name or folder that a user gives, the same on the command line and in Python."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from trafficai import assets, controllers
from trafficai.controllers import Controller, list_controllers
from trafficai.datatypes import InputError
from trafficai.plans import SEARCHED, read_plan_agent
from trafficai.training.bundle import MANIFEST_FILE, read_manifest
from trafficai.training.planned import SearchedPlan
from trafficai.training.policies import load_policy
from trafficai.training.recipes import FILE_NAME, list_recipes, read_agent_file
from trafficai.training.train import RUNS


class AgentEntry(NamedTuple):
    """What a list says of an agent."""

    name: str  # what it is called by
    kind: str  # rule, plan, recipe or trained
    description: str


def make_agent(name: str | Path) -> Controller:
    """Return the rule of that name, else the trained policy, the rule or the plans of that folder.

    Raises:
        InputError: there is none, or it cannot be loaded; close names are offered.
    """
    text, folder = str(name), Path(name)
    if text in list_controllers():
        return controllers.make_controller(text)
    if text == SEARCHED:
        return SearchedPlan()
    if not folder.is_dir():
        raise InputError(f"unknown agent {text!r}; {_hint(text)}")
    if (folder / FILE_NAME).is_file() and not (folder / MANIFEST_FILE).is_file():
        return _make_rule(folder)
    return load_policy(folder)


def make_agents(
    agents: Iterable[Controller | str | Path] | Mapping[str, Controller | str | Path],
) -> dict[str, Controller]:
    """Return agents by label: the mapping's own, else the text that was given, else the controller's own name.

    Raises:
        InputError: one is unknown, or named twice.
    """
    pairs = agents.items() if isinstance(agents, Mapping) else ((_label(agent), agent) for agent in agents)
    named: dict[str, Controller] = {}
    for label, agent in pairs:
        if label in named:
            raise InputError(f"agent {label!r} is named twice; name it once")
        named[label] = make_agent(_label(agent)) if isinstance(agent, str | Path) else agent
    return named


def list_agents() -> tuple[AgentEntry, ...]:
    """Return the rules, the recipes, and the trained policies under ``runs``."""
    entries = [AgentEntry(name, "rule", _description(name)) for name in list_controllers()]
    entries += [AgentEntry(SEARCHED, "plan", "The plan that `trafficai optimize` found for the scenario.")]
    entries += [AgentEntry(name, "recipe", _description(name)) for name in list_recipes()]
    return (*entries, *(AgentEntry(folder, "trained", _training(folder)) for folder in _trained_folders()))


def _label(agent: Controller | str | Path) -> str:
    """Return what an agent is called in results; a trailing slash does not make another agent."""
    return str(agent).rstrip("/") or str(agent) if isinstance(agent, str | Path) else agent.name


def _make_rule(folder: Path) -> Controller:
    """Return the rule, or the plans, that a folder's agent.toml names."""
    content = read_agent_file(folder / FILE_NAME)
    if content.get("kind") == "recipe":
        raise InputError(_recipe_hint(str(folder)), file=folder)
    if content.get("kind") == "plan":
        return read_plan_agent(folder, content)
    if content.get("kind") != "rule":
        raise InputError("key 'kind': must be 'rule', 'plan' or 'recipe'", file=folder / FILE_NAME)
    settings = content.get("settings", {})
    if not isinstance(settings, dict):
        raise InputError("key 'settings': must be a table of the rule's settings", file=folder / FILE_NAME)
    try:
        return controllers.make_controller(str(content.get("name")), settings)
    except InputError as error:
        raise InputError(str(error), file=folder / FILE_NAME) from error


def _trained_folders() -> list[str]:
    """Return the folders of trained policies under ``runs``."""
    return sorted(str(path.parent) for path in RUNS.glob(f"**/{MANIFEST_FILE}"))


def _description(name: str) -> str:
    """Return what the agent.toml of a rule or recipe of ours says of it."""
    return str(read_agent_file(assets.folder("agents") / name / FILE_NAME).get("description", ""))


def _training(folder: str) -> str:
    """Return what a policy is and was trained for."""
    try:
        manifest = read_manifest(Path(folder))
    except InputError:
        return f"cannot be used: {MANIFEST_FILE} is not that of a policy"
    return f"{manifest.recipe.name} for {manifest.scenario}, {manifest.decisions:,} decisions, seed {manifest.seed}"


def _hint(name: str) -> str:
    """Return what the user may have meant."""
    if name in list_recipes():
        return _recipe_hint(name)
    close = difflib.get_close_matches(name, [*list_controllers(), *_trained_folders()], n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"name one of {', '.join(list_controllers())} or the folder of a trained policy"


def _recipe_hint(name: str) -> str:
    """Return how a recipe becomes an agent."""
    return f"it is a recipe: train it first with `trafficai train {name} SCENARIO --out FOLDER`, then name the folder"
