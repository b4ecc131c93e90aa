"""What an action is: what an agent says of each signal it sets, and the requests that it becomes."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from trafficai.controllers.fallback import Entries
from trafficai.datatypes import FOLLOW_PROGRAM, InputError
from trafficai.scenario.model import Scenario, Signal

Memory = TypeVar("Memory", bound=tuple[NDArray[Any], ...])
"""What an action remembers from one decision to the next: arrays (..., num_controlled, *)."""


class ControlledSignals(NamedTuple):
    """The signals an agent sets, in order of the scenario; each offers at least two green phases."""

    signal_index: NDArray[np.intp]  # (num_controlled,) position in scenario.signals
    num_phases: NDArray[np.int64]  # (num_controlled,)
    num_signals: int  # of the scenario, controlled or not


def controlled_signals(scenario: Scenario, signal: str | None = None) -> ControlledSignals:
    """Return the signals that an agent sets: the one named, or all that leave a choice.

    A signal with fewer than two green phases leaves none; it keeps its own program.

    Raises:
        InputError: where the scenario has no such signal, or the one named leaves no choice.
    """
    if signal is not None:
        _check_named(scenario, signal)
    chosen = [i for i, s in enumerate(scenario.signals) if s.num_phases >= 2 and signal in (None, s.id)]
    if not chosen:
        problem = "has no signal" if not scenario.signals else "has no signal with two green phases to choose from"
        raise InputError(f"scenario {scenario.name!r} {problem}; there is nothing to control")
    num_phases = np.array([scenario.signals[i].num_phases for i in chosen], dtype=np.int64)
    return ControlledSignals(np.array(chosen, dtype=np.intp), num_phases, len(scenario.signals))


def _check_named(scenario: Scenario, signal: str) -> None:
    by_id = {s.id: s for s in scenario.signals}
    if signal not in by_id:
        near = ", ".join(difflib.get_close_matches(signal, by_id, n=3) or list(by_id)[:5]) or "none at all"
        raise InputError(f"scenario {scenario.name!r} has no signal {signal!r}; it has {near}")
    if by_id[signal].num_phases < 2:
        raise InputError(
            f"signal {signal!r} of scenario {scenario.name!r} has fewer than two green phases to choose from"
        )


def spread_requests(phases: NDArray[Any], controlled: ControlledSignals) -> NDArray[np.int32]:
    """Return requests of every signal, (..., num_signals), from those of the controlled ones, (..., num_controlled).

    Signals that are not controlled are asked to follow their program.
    """
    requested = np.full((*phases.shape[:-1], controlled.num_signals), FOLLOW_PROGRAM, dtype=np.int32)
    requested[..., controlled.signal_index] = phases
    return requested


class SignalsNow(Protocol):
    """What actions look at of a snapshot; a leading world axis stands before each array where there are many."""

    @property
    def time(self) -> NDArray[np.float64]:
        """Return the time now, (...) [s]."""
        ...

    @property
    def signal_phase(self) -> NDArray[np.int32]:
        """Return the green phase each signal shows or clears towards, (..., num_signals)."""
        ...

    @property
    def phase_wait(self) -> NDArray[np.float64]:
        """Return how long until a request for each green phase would be begun, (..., total_phases) [s]."""
        ...


class Action(ABC, Generic[Memory]):
    """What an agent may say of each controlled signal.

    The values of a decision are (..., num_controlled, width), with a leading world axis where there are many worlds;
    what lies beyond a signal's own entries is ignored. FOLLOW_PLAN in the first entry of a signal, whatever the others
    are, has it follow its fixed plan for this decision.

    Args:
        scenario: what is simulated, as ``prepare`` returns it.
        controlled: the signals that are set.
        decision_interval: time between two decisions [s].
    """

    name: ClassVar[str]
    is_whole: ClassVar[bool] = True  # entries are whole numbers below their number of choices, else lie in [0, 1]

    def __init__(self, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> None:
        self.controlled = controlled
        self.decision_interval = decision_interval
        self.choices = tuple(self._choices(int(n)) for n in controlled.num_phases)
        self.widths = np.array([len(own) for own in self.choices], dtype=np.intp)  # (num_controlled,) entries
        self.limits = np.array([limit for own in self.choices for limit in own], dtype=np.int64)  # (total_entries,)
        self._signals: tuple[Signal, ...] = tuple(scenario.signals[i] for i in controlled.signal_index)
        self._places = np.nonzero(np.arange(self.widths.max()) < self.widths[:, None])
        self.start()

    @property
    def entries(self) -> Entries:
        """What the answer of an agent that sets all signals looks like."""
        return Entries(self.limits, self.widths, is_whole=self.is_whole)

    @staticmethod
    def prepare(scenario: Scenario) -> Scenario:
        """Return the scenario with the green phases that this action needs."""
        return scenario

    def space(self, members: Sequence[int]) -> spaces.Space[Any]:
        """Return the space of an agent that sets these of the controlled signals, one behind the other."""
        limits = [limit for member in members for limit in self.choices[member]]
        if not self.is_whole:
            return spaces.Box(0.0, 1.0, (len(limits),), np.float32)
        return spaces.Discrete(limits[0]) if len(limits) == 1 else spaces.MultiDiscrete(limits)

    def signal_space(self, c: int) -> spaces.Space[Any]:
        """Return the space of one controlled signal by itself."""
        return self.space((c,))

    def pad(self, entries: NDArray[Any]) -> NDArray[Any]:
        """Return entries signal after signal, (..., total_entries), as values, (..., num_controlled, width)."""
        shape = (*entries.shape[:-1], len(self.widths), int(self.widths.max()))
        values = np.zeros(shape, dtype=entries.dtype)
        values[..., self._places[0], self._places[1]] = entries
        return values

    def unpad(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values, (..., num_controlled, width), as entries signal after signal, (..., total_entries)."""
        return values[..., self._places[0], self._places[1]]

    def start(self, worlds: tuple[int, ...] = ()) -> None:
        """Begin an episode of so many worlds, () for one alone."""
        self._memory = self._new_memory(worlds)

    def restart(self, rows: NDArray[Any]) -> None:
        """Begin an episode in some rows of many worlds: a mask, or their positions."""
        for array, fresh in zip(self._memory, self._new_memory(()), strict=True):
            array[rows] = fresh

    @abstractmethod
    def _choices(self, num_phases: int) -> tuple[int, ...]:
        """Return how many choices each entry of a signal with so many phases has; 1 where entries are not whole."""

    @abstractmethod
    def _new_memory(self, worlds: tuple[int, ...]) -> Memory:
        """Return what is remembered at the begin of an episode, arrays (*worlds, num_controlled, *)."""

    @abstractmethod
    def requests(
        self, values: NDArray[Any], time: NDArray[np.float64], signal_phase: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the requests of a decision at ``time`` [s], to be called once for each.

        They are (..., num_signals), or (..., seconds, num_signals) where they differ from second to second.
        """

    @abstractmethod
    def mask(self, now: SignalsNow) -> NDArray[np.bool_]:
        """Return what may be chosen, (..., len(mask_names)): entry after entry of signal after signal.

        What is False would not be carried out before the next decision, or would be ignored. It is the layout that
        MaskablePPO of sb3-contrib takes. Every entry has a choice.
        """

    @property
    @abstractmethod
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """What each choice of each controlled signal is called, in the layout of ``mask``."""

    @property
    def mask_names(self) -> tuple[str, ...]:
        """The name of each number of a mask."""
        pairs = zip(self._signals, self.labels, strict=True)
        return tuple(f"{signal.id}.{label}" for signal, labels in pairs for label in labels)

    @property
    def mask_sizes(self) -> NDArray[np.int64]:
        """How many numbers of a mask belong to each controlled signal, (num_controlled,)."""
        return np.array([len(labels) for labels in self.labels], dtype=np.int64)
