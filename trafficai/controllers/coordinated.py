"""Coordinated fixed-time plans: one cycle for signals that send each other traffic, offsets by green bands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from trafficai.controllers.bands import Band, Link, Passage, Stop, best_offsets, chains, links_of
from trafficai.controllers.webster import Method, Planner, Webster, planner
from trafficai.datatypes import Plan, SignalPlan
from trafficai.scenario.model import Scenario, Signal
from trafficai.scenario.plans import with_plan


class Coordinated(Webster):
    """Runs plans with one common cycle, and offsets that give the heaviest streams the widest green bands.

    Splits are those of ``webster`` for the longest of its cycles among signals that send each other traffic; the others
    keep a cycle of their own. The heaviest stream out of each signal is followed from signal to signal; every such
    chain is a band, and so is every link of it, weighted by flow. The offsets maximise the sum of the widths: MAXBAND
    (Little, Kelson and Gartner 1981, Transportation Research Record 795), for a network of any shape, with driving
    times at the speed limit and the order of phases of the net's own program.

    Args:
        min_cycle: shortest cycle [s].
        max_cycle: longest cycle [s].
        by_delay: whether a signal's own cycle is that of least control delay.
    """

    name = "coordinated"

    def _plan(self, scenario: Scenario) -> Scenario:
        return with_plan(scenario, Plan(self.name, coordinate(scenario, planner(scenario), self._choice)))


def coordinate(scenario: Scenario, plan: Planner, method: Method) -> tuple[SignalPlan, ...]:
    """Return plans of all signals that have a choice, with a common cycle and offsets where they send traffic on."""
    plans = {i: plan(s, method) for i, s in enumerate(scenario.signals) if s.num_phases >= 2}
    found = [chain for chain in chains(links_of(scenario)) if all(_ends(link) <= plans.keys() for link in chain)]
    joined = sorted({signal for chain in found for link in chain for signal in _ends(link)})
    if joined:
        while len({plans[i].cycle for i in joined}) > 1:
            cycle = max(plans[i].cycle for i in joined)
            plans |= {i: plan(scenario.signals[i], method.fixed(cycle)) for i in joined}
        cycle = plans[joined[0]].cycle
        offsets = best_offsets(len(joined), cycle, _bands(scenario, plans, found, joined)).offsets
        plans |= {i: plans[i]._replace(offset=float(round(o))) for i, o in zip(joined, offsets, strict=True)}
    return tuple(plans.values())


def _ends(link: Link) -> set[int]:
    """Return the signals at both ends of a link."""
    return {link.start.signal, link.end.signal}


def _bands(
    scenario: Scenario, plans: Mapping[int, SignalPlan], found: Sequence[tuple[Link, ...]], joined: Sequence[int]
) -> list[Band]:
    """Return a band for every chain of several links, and one for every link."""
    column = {signal: k for k, signal in enumerate(joined)}
    positions = _positions(scenario)

    def stop(passage: Passage, time: float) -> Stop:
        window = green_window(scenario.signals[passage.signal], plans[passage.signal], positions[passage])
        return Stop(column[passage.signal], *window, time)

    bands = []
    for chain in found:
        parts = [chain, *((link,) for link in chain)] if len(chain) > 1 else [chain]
        for part in parts:
            times = [sum(link.time for link in part[:k]) for k in range(len(part) + 1)]
            passages = [part[0].start, *(link.end for link in part)]
            weight = sum(link.flow for link in part)
            bands.append(Band(weight, tuple(stop(*each) for each in zip(passages, times, strict=True))))
    return bands


def _positions(scenario: Scenario) -> dict[Passage, list[int]]:
    """Return the places in the signal's state string of each turn."""
    index = {signal.id: i for i, signal in enumerate(scenario.signals)}
    found: defaultdict[Passage, list[int]] = defaultdict(list)
    for each in scenario.network.connections:
        if each.signal is not None and each.signal in index:
            found[Passage(index[each.signal], (each.from_edge, each.to_edge))].append(each.link_index)
    return dict(found)


def green_window(signal: Signal, plan: SignalPlan, positions: Sequence[int]) -> tuple[float, float]:
    """Return begin and length of the longest time in which a position has green [s], after the begin of the cycle.

    Greens that follow each other are one where the position stays green between them.
    """
    is_open = [any(signal.green_state(green.phase)[p] in "Gg" for p in positions) for green in plan.greens]
    if all(is_open):
        return 0.0, plan.cycle
    count = len(is_open)
    windows = []
    for first in range(count):
        if is_open[first] and not is_open[first - 1]:
            last = first
            while is_open[(last + 1) % count]:
                last += 1
            end = plan.greens[last % count].end + plan.cycle * (last // count)
            windows.append((plan.greens[first].start, end - plan.greens[first].start))
    return max(windows, key=lambda window: (window[1], -window[0]), default=(0.0, 0.0))
