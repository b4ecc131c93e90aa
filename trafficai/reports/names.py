"""What agents and engines are called in a report."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from trafficai.evaluation import Comparison
from trafficai.reports.texts import Texts


class Names:
    """Display names of one comparison; folders lose their path where that leaves no two alike."""

    def __init__(self, comparison: Comparison, texts: Texts) -> None:
        self._engines = texts.engines
        short = {agent: _short(agent, texts) for agent in comparison.agents}
        count = Counter(short.values())
        self._agents = {agent: name if count[name] == 1 else agent for agent, name in short.items()}

    def agent(self, agent: str) -> str:
        """Return what the agent is called."""
        return self._agents[agent]

    def engine(self, backend: str) -> str:
        """Return what the engine is called."""
        return self._engines.get(backend, backend)


def _short(agent: str, texts: Texts) -> str:
    """Return a known agent's name, or the last part of a folder."""
    last = PurePosixPath(agent).name or agent
    return texts.agents.get(last, last)


def reference_engine(comparison: Comparison) -> str:
    """Return the engine whose figures are named first: SUMO where it took part."""
    return "sumo" if "sumo" in comparison.backends else comparison.backends[0]
