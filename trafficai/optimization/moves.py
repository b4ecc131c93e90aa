"""Changes of a plan that are no matter of degree: the order of phases, and which are shown."""

from __future__ import annotations

from collections.abc import Iterator

from trafficai.optimization.frame import Frame, Setting
from trafficai.scenario.changes import GO
from trafficai.scenario.model import Signal


def moves(frame: Frame) -> dict[int, list[Setting]]:
    """Return the settings that each signal could have instead, by signal; those without any left out."""
    found = {}
    for setting in (setting for group in frame.groups for setting in group.settings):
        signal = frame.scenario.signals[setting.signal]
        found[setting.signal] = [*_orders(setting, frame.vary.order), *_fewer(signal, setting, frame.vary.phases)]
    return {signal: settings for signal, settings in found.items() if settings}


def _orders(setting: Setting, may: bool) -> Iterator[Setting]:
    """Yield the settings in which two successive phases have changed places, but for those that go round alike."""
    count = len(setting.phases)
    for one in range((count if count > 3 else count - 2) if may else 0):
        order = list(range(count))
        other = (one + 1) % count
        order[one], order[other] = other, one
        yield _taking(setting, order)


def _fewer(signal: Signal, setting: Setting, may: bool) -> Iterator[Setting]:
    """Yield the settings without one phase, where every movement still has green in some other."""
    count = len(setting.phases)
    for left_out in range(count if may and count > 2 else 0):
        order = [k for k in range(count) if k != left_out]
        states = [signal.green_state(setting.phases[k]) for k in order]
        needed = signal.green_state(setting.phases[left_out])
        if all(letter not in GO or any(state[i] in GO for state in states) for i, letter in enumerate(needed)):
            yield _taking(setting, order)


def _taking(setting: Setting, order: list[int]) -> Setting:
    """Return the setting with some of its phases, in that order."""
    phases = tuple(setting.phases[k] for k in order)
    return setting._replace(phases=phases, greens=tuple(setting.greens[k] for k in order))
