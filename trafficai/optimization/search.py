"""The search itself: from designed plans by evolution strategies to the best plan, held against fresh runs.

1. The network's program and the plans of ``webster`` and ``coordinated`` are tried, with their own cycles, shorter and
   longer ones, with one cycle for each area worth coordinating and with a cycle for every signal.
2. The best of either kind is improved by CMA-ES (Hansen 2016, "The CMA evolution strategy: a tutorial",
   arXiv:1604.00772), one strategy for the few numbers of every signal. All are drawn at once, and each is told what was
   lost on the ways to its own signal, so that one run of the network serves them all. Every generation has new runs, so
   that nothing is fitted to one of them. Where that did not help the network as a whole, it is undone. The better kind
   goes on.
3. In turns, the cycles of groups, the order of phases (and, if wanted, which are shown) are changed wherever that
   helps, and the strategies go on.
4. The last trials have the other goal, so that the front of delay against CO2 has two ends.
5. What was best, and the designs, are compared in runs that nothing was chosen by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from cmaes import CMA
from numpy.typing import NDArray

from trafficai.controllers import designed, make_controller
from trafficai.datatypes import Plan
from trafficai.optimization.areas import areas_of
from trafficai.optimization.frame import Block, Frame, frame_of
from trafficai.optimization.front import undominated
from trafficai.optimization.moves import moves
from trafficai.optimization.objective import Objective
from trafficai.optimization.settings import Settings
from trafficai.optimization.trials import Run, Trials
from trafficai.plans import SEARCHED
from trafficai.scenario.model import Scenario
from trafficai.scenario.plans import with_plan

DESIGNS: Final = ("webster", "coordinated")
"""Agents whose plans the search begins with."""

FIRST_SEED: Final = 2**17
"""Seeds of the runs in which plans are tried; evaluations start at 1, trainings at 2**16."""

FIRST_CHECK_SEED: Final = 2**18
"""Seeds of the runs in which the best plans are compared."""

CYCLE_FACTORS: Final = (0.7, 0.85, 1.0, 1.2)
"""Cycles that are tried of a designed plan, in parts of its own."""

SIGMA: Final = 0.6
"""Width of the first generation, in the units of ``Frame``."""

POPULATION: Final = 16
"""Plans of a generation."""

EXPLORED: Final = 0.4
"""Share of the trials that both kinds of plans get before one is given up."""

NEAR_FACTORS: Final = (0.8, 0.9, 1.1, 1.25)
"""Cycles of a group that are tried when its signals are set, in parts of its own."""

ROUNDS: Final = 3
"""How often plans are rearranged and then evolved again."""

NUM_DUEL: Final = 2
"""Trials by which it is found out whether what the strategies came to is better."""

OTHER_GOAL: Final = 0.15
"""Share of the trials that go to the other goal."""

MOST_CHECKED: Final = 8
"""Plans that were best, and plans of the front, that are compared at the end."""

Tell = Callable[[int, str], None]
"""Told of trials done so far, with a few words."""


class Tried(NamedTuple):
    """Plans that were tried in the same runs; figures are means over demands."""

    planned: tuple[Scenario, ...]
    scores: NDArray[np.float64]  # (num_plans,) what they were tried for, over that of the network's program
    costs: NDArray[np.float64]  # (num_plans,) what the search is for, likewise
    changes: NDArray[np.float64]  # (num_plans, 2) delay and CO2, likewise
    own: NDArray[np.float64]  # (num_plans, num_signals) what is put down to each signal, over the mean of these plans


@dataclass(frozen=True)
class Found:
    """What a search found; outcomes are of the runs in which plans are compared.

    ``names[i]`` is a design's, or SEARCHED for what the search made; row 0 is the network's program.
    """

    names: tuple[str, ...]
    plans: tuple[Scenario, ...]
    outcomes: NDArray[np.float64]  # (num_plans, num_demands, num_checks, 2) delay [s/veh] and CO2 [kg]
    num_vehicles: NDArray[np.float64]  # (num_demands,)
    scores: NDArray[np.float64]  # (num_plans,) cost over that of the network's program, mean over demands
    best: int
    front: tuple[int, ...]  # plans that no other beats in delay and CO2 at once, in order of delay
    num_trials: int
    history: tuple[float, ...]  # score of the middle of each generation of the goal's search


class Search:
    """One search.

    Args:
        scenario: whose plan is sought.
        settings: how.
        trials: what tries plans.
        tell: told of trials done.
    """

    def __init__(self, scenario: Scenario, settings: Settings, trials: Trials, tell: Tell) -> None:
        self._scenario, self._settings, self._trials, self._tell = scenario, settings, trials, tell
        self._num_vehicles = np.array([trials.num_vehicles(demand) for demand in settings.demands])
        self._tried: list[Tried] = []
        self._kept: list[Frame] = []
        self._history: list[float] = []
        self._num_batches = self._num_tried = 0
        self._reference = trials.outcomes([scenario], self._runs()).all[0]  # (num_demands, 2), of the network's program

    def run(self) -> Found:
        """Search, and compare what was found."""
        designs = self._designs()
        frames = [self._start(kind, designs) for kind in self._kinds()]
        if len(frames) > 1:
            frames = [self._evolve(self._rearrange(frame), EXPLORED / len(frames)) for frame in frames]
        best = self._better(frames)
        for rounds_left in range(ROUNDS, 0, -1):
            best = self._rearrange(best)
            best = self._evolve(best, (1.0 - self._share_done - OTHER_GOAL) / rounds_left)
        self._evolve(best, OTHER_GOAL, self._other_goal())
        return self._compare(designs)

    @property
    def _share_done(self) -> float:
        return self._num_tried / self._settings.trials

    def _designs(self) -> dict[str, Scenario]:
        """Return the network's program, and what the rules of the ladder design."""
        least, most = self._settings.cycle
        rules = (make_controller(name, {"min_cycle": least, "max_cycle": most}) for name in DESIGNS)
        return {"fixed-time": self._scenario} | {rule.name: designed(rule, self._scenario) for rule in rules}

    def _kinds(self) -> list[tuple[tuple[int, ...], ...]]:
        """Return the ways to part signals into groups of one cycle: areas, and every signal by itself."""
        signals = [i for i, signal in enumerate(self._scenario.signals) if signal.num_phases >= 2]
        areas, single = areas_of(self._scenario, signals), tuple((signal,) for signal in signals)
        return [areas] if areas == single or not self._settings.vary.cycle else [areas, single]

    def _start(self, kind: tuple[tuple[int, ...], ...], designs: Mapping[str, Scenario]) -> Frame:
        """Return the best of the designed plans, with their own cycles and with others."""
        factors = CYCLE_FACTORS if self._settings.vary.cycle else (1.0,)
        bounds, vary = self._settings.cycle, self._settings.vary
        frames = [frame_of(self._scenario, planned, kind, bounds, vary) for planned in designs.values()]
        return self._better([frame.stretched([factor] * len(frame.groups)) for frame in frames for factor in factors])

    def _evolve(self, frame: Frame, share: float, objective: Objective | None = None) -> Frame:
        """Return the frame moved to where CMA-ES comes with a share of the trials, if that is better."""
        num_generations = (int(share * self._settings.trials) - NUM_DUEL) // POPULATION
        if num_generations < 1 or not frame.blocks:
            return frame
        strategies = [self._strategy(block) for block in frame.blocks]
        for _ in range(num_generations):
            drawn = np.zeros((POPULATION, frame.size))
            asked = [[strategy.ask() for _ in range(POPULATION)] for strategy in strategies]
            for block, values in zip(frame.blocks, asked, strict=True):
                drawn[:, block.numbers] = np.array(values)[:, : block.size]
            tried = self._try([frame.moved(values).plan for values in drawn], objective)
            for block, strategy, values in zip(frame.blocks, strategies, asked, strict=True):
                strategy.tell(list(zip(values, tried.own[:, block.signal].tolist(), strict=True)))
            if objective is None:
                self._history.append(float(np.median(tried.scores)))
        middle = [strategy.mean[: block.size] for block, strategy in zip(frame.blocks, strategies, strict=True)]
        return self._better([frame, frame.moved(np.concatenate(middle))], objective)

    def _strategy(self, block: Block) -> CMA:
        """Return an evolution strategy for the numbers of a signal; it wants two at least."""
        start, seed = np.zeros(max(2, block.size)), self._settings.seed + block.signal
        return CMA(start, SIGMA, seed=seed, population_size=POPULATION)

    def _rearrange(self, frame: Frame) -> Frame:
        """Return the frame with cycles of groups, orders of phases and phases left out wherever that helps."""
        return self._rephase(self._recycle(frame))

    def _recycle(self, frame: Frame) -> Frame:
        """Return the frame with the cycle of every group of several signals that is best for these."""
        if not self._settings.vary.cycle or all(len(group.settings) < 2 for group in frame.groups):
            return frame
        tested = (1.0, *NEAR_FACTORS)
        frames = [frame.stretched([factor] * len(frame.groups)) for factor in tested]
        tried = self._try([each.plan for each in frames])
        factors = []
        for group in frame.groups:
            own = tried.own[:, [setting.signal for setting in group.settings]].mean(axis=1)
            factors.append(tested[int(np.argmin(own))] if len(group.settings) > 1 else 1.0)
        return self._better([frame, frame.stretched(factors)])

    def _rephase(self, frame: Frame) -> Frame:
        """Return the frame with phases exchanged or left out, once at every signal that it helps."""
        options = moves(frame)
        most = max((len(settings) for settings in options.values()), default=0)
        if most == 0:
            return frame
        frames = [frame.with_settings({s: own[k] for s, own in options.items() if k < len(own)}) for k in range(most)]
        tried = self._try([each.plan for each in (frame, *frames)])
        gains = {}
        for signal, own in options.items():
            change = tried.own[1 : len(own) + 1, signal] - tried.own[0, signal]
            gains[signal] = (float(change.min()), own[int(np.argmin(change))])
        helpful = sorted((gain, signal) for signal, (gain, _) in gains.items() if gain < 0.0)
        counts = sorted({1, (len(helpful) + 1) // 2, len(helpful)}) if helpful else []
        kept = [frame.with_settings({signal: gains[signal][1] for _, signal in helpful[:count]}) for count in counts]
        return self._better([frame, *kept])

    def _better(self, frames: Sequence[Frame], objective: Objective | None = None) -> Frame:
        """Return the frame whose plan is best, all tried in the same new runs."""
        if len(frames) == 1:
            return frames[0]
        best = frames[int(np.argmin(self._try([frame.plan for frame in frames], objective).scores))]
        self._kept.append(best)
        return best

    def _other_goal(self) -> Objective:
        return Objective("co2" if self._settings.objective.goal == "delay" else "delay")

    def _runs(self) -> list[Run]:
        """Return new runs, one of every demand."""
        demands = self._settings.demands
        first = FIRST_SEED + self._num_batches * len(demands)
        self._num_batches += 1
        return [Run(first + k, demand) for k, demand in enumerate(demands)]

    def _try(self, plans: Sequence[Plan], objective: Objective | None = None) -> Tried:
        """Return what came of plans, all in the same new runs."""
        judged = objective or self._settings.objective
        planned = [with_plan(self._scenario, plan) for plan in plans]
        outcomes = self._trials.outcomes(planned, self._runs())
        own = judged.costs(outcomes.own)  # (num_plans, num_demands, num_signals)
        level = own.mean(axis=0)
        relative = np.divide(own, level, out=np.ones_like(own), where=level > 0.0).mean(axis=1)
        scores, costs = (self._scores(outcomes.all, each) for each in (judged, self._settings.objective))
        tried = Tried(tuple(planned), scores, costs, self._changes(outcomes.all), relative)
        self._tried.append(tried)
        self._num_tried += len(plans)
        best = 100.0 * (float(tried.scores.min()) - 1.0)
        self._tell(self._num_tried, f"{judged.goal} {best:+.1f} % against the network's program")
        return tried

    def _scores(self, outcomes: NDArray[np.float64], objective: Objective) -> NDArray[np.float64]:
        """Return costs over those of the network's program, mean over demands, (num_plans,)."""
        costs = objective.costs(self._totals(outcomes)) / objective.costs(self._totals(self._reference))
        return np.asarray(costs.mean(axis=-1))

    def _changes(self, outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return delay and CO2 over those of the network's program, mean over demands, (num_plans, 2)."""
        return np.asarray((outcomes / self._reference).mean(axis=-2))

    def _totals(self, outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return delay [s] and CO2 [kg] of all vehicles, (..., num_demands, 2), from delay per vehicle and CO2."""
        return np.stack((outcomes[..., 0] * self._num_vehicles, outcomes[..., 1]), axis=-1)

    def _compare(self, designs: Mapping[str, Scenario]) -> Found:
        """Return what was found, all in the same runs that nothing was chosen by."""
        made = {each.sha256: each for each in self._candidates()}
        plans = (*designs.values(), *made.values())
        demands, checks = self._settings.demands, self._settings.checks
        runs = [Run(FIRST_CHECK_SEED + k, demand) for demand in demands for k in range(checks)]
        outcomes = self._trials.outcomes(plans, runs).all.reshape(len(plans), len(demands), checks, 2)
        means = outcomes.mean(axis=2)
        self._reference = means[0]
        scores = self._scores(means, self._settings.objective)
        return Found(
            names=(*designs, *(SEARCHED for _ in made)),
            plans=plans,
            outcomes=outcomes,
            num_vehicles=self._num_vehicles,
            scores=scores,
            best=int(np.argmin(scores)),
            front=tuple(undominated(self._changes(means))),
            num_trials=self._num_tried,
            history=tuple(self._history),
        )

    def _candidates(self) -> list[Scenario]:
        """Return the plans of the search that are worth comparing: where it went, what was best, and the front."""
        kept = [with_plan(self._scenario, frame.plan) for frame in self._kept]
        late = self._tried[len(self._tried) // 2 :]
        planned = [each for tried in late for each in tried.planned]
        changes = np.concatenate([tried.changes for tried in late])
        costs = np.concatenate([tried.costs for tried in late])
        front = undominated(changes)
        spread = np.linspace(0, len(front) - 1, min(len(front), MOST_CHECKED)).round().astype(int)
        best = np.argsort(costs, kind="stable")[:MOST_CHECKED]
        return [*kept, *(planned[i] for i in best.tolist()), *(planned[front[i]] for i in spread.tolist())]
