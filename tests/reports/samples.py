"""Comparisons made up for reports, and a page taken apart."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

from trafficai.evaluation import Cell, Comparison, Versions

LEVELS = {"fixed-time": 40.0, "max-wave": 20.0, "runs/ppo": 10.0}
VOID = {"meta", "br", "img", "link", "input", "hr"}


def make_cell(agent: str, seed: int, backend: str, level: float) -> Cell:
    """Return a run whose delay is the level plus the seed."""
    delay = level + seed
    metrics = {
        "loaded": 2015,
        "inserted": 2010,
        "arrived": 1960 + seed,
        "running": 50 - seed,
        "waiting_to_enter": 5,
        "duration_s": delay + 20.0,
        "time_loss_s": delay - 1.0,
        "waiting_time_s": delay / 2.0,
        "depart_delay_s": 1.0,
        "delay_s": delay,
        "stops": delay / 40.0,
        "speed_m_s": 6.0,
        "route_length_m": 352.0,
        "co2_kg": 200.0 + delay,
        "fuel_kg": 60.0 + delay,
        "nox_kg": 0.1,
        "pmx_g": 12.0,
        "electricity_kwh": 0.0,
        "teleports": 0,
    }
    return Cell(agent, seed, backend, metrics)


def make_comparison(
    levels: dict[str, float] = LEVELS, seeds: tuple[int, ...] = (1, 2, 3), backends: tuple[str, ...] = ("numba", "sumo")
) -> Comparison:
    """Return a comparison in which every agent keeps its level in every engine."""
    cells = tuple(make_cell(a, s, b, level) for b in backends for a, level in levels.items() for s in seeds)
    return Comparison(
        scenario="cologne1",
        scenario_sha256="ab" * 32,
        begin=25200,
        end=28800,
        agents=tuple(levels),
        backends=backends,
        seeds=seeds,
        baseline=next(iter(levels)),
        cells=cells,
        versions=Versions("0.1.0", "1.28.0", "3.11.7", "2.4.6", "0.68.1"),
    )


class Page(HTMLParser):
    """Tags, attributes and text of a page; complains of tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []  # tag, name, value
        self.text = ""
        self.headings: list[int] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data

    def values(self, name: str) -> list[str]:
        """Return the values of an attribute, wherever it stands."""
        return [value for _, attribute, value in self.attributes if attribute == name]
