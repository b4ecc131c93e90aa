"""Between plans and the numbers of a search, by arithmetic."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from trafficai.optimization.areas import areas_of
from trafficai.optimization.frame import Bounds, Frame, Setting, Vary, frame_of
from trafficai.optimization.moves import moves
from trafficai.scenario import load_scenario
from trafficai.scenario.plans import plan_of, with_plan

BOUNDS = Bounds(30.0, 120.0)


@pytest.fixture(scope="module")
def junction():
    return load_scenario("junction")


@pytest.fixture(scope="module")
def arterial():
    return load_scenario("arterial5")


def frame(scenario, vary=Vary(), bounds=BOUNDS):  # noqa: B008
    return frame_of(scenario, scenario, areas_of(scenario, range(len(scenario.signals))), bounds, vary)


def greens(frame: Frame, signal: int = 0):
    return [green.length for green in frame.plan.signals[signal].greens]


def test_zeros_are_the_plan_itself(junction):
    shown = plan_of(with_plan(junction, frame(junction).plan).signals[0])
    own = plan_of(junction.signals[0])
    assert shown == own
    assert frame(junction).moved(np.zeros(5)).plan == frame(junction).plan


def test_a_signal_alone_has_a_cycle_and_a_weight_for_each_phase(junction):
    """28, 12, 20 and 10 s of green and four changes of 5 s are 90 s; one unit more is 90 e^0.15 = 104.6 s."""
    own = frame(junction)
    assert own.size == 5
    longer = own.moved(np.array([1.0, 0.0, 0.0, 0.0, 0.0])).plan.signals[0]
    assert longer.cycle == 105.0
    assert [green.length for green in longer.greens] == [34.0, 15.0, 24.0, 12.0]  # 85 s, as 28 to 12 to 20 to 10


def test_a_weight_moves_green_between_phases(junction):
    """The second phase weighs 12 e^0.6 = 21.9 of 79.9 in all: 19 of 70 s; largest remainders are rounded up."""
    shifted = frame(junction).moved(np.array([0.0, 0.0, 2.0, 0.0, 0.0]))
    assert greens(shifted) == [25.0, 19.0, 17.0, 9.0]


def test_no_green_is_less_than_the_least(junction):
    assert min(greens(frame(junction).moved(np.array([0.0, 0.0, -30.0, 0.0, 0.0])))) == junction.signals[0].min_green


def test_cycles_keep_their_bounds(junction):
    own = frame(junction)
    assert own.moved(np.array([9.0, 0.0, 0.0, 0.0, 0.0])).plan.signals[0].cycle == 120.0
    assert own.stretched([0.1]).plan.signals[0].cycle == 40.0  # four least greens and four changes are more than 30 s


def test_signals_of_an_area_share_a_cycle_and_all_but_one_have_an_offset(arterial):
    own = frame(arterial)
    assert len(own.groups) == 1
    assert own.size == 5 * 3 + 4
    assert [block.numbers.stop - block.numbers.start for block in own.blocks] == [3, 4, 4, 4, 4]
    values = np.zeros(own.size)
    values[6] = 2.0  # the second signal's offset: 0.3 of a cycle
    before, after = own.plan.signals, own.moved(values).plan.signals
    assert {plan.cycle for plan in after} == {before[0].cycle}
    moved = (after[1].offset - before[1].offset) % before[1].cycle
    assert moved == pytest.approx(0.3 * before[1].cycle, abs=0.5)
    assert [plan.offset for plan in after[2:]] == [plan.offset for plan in before[2:]]


def test_what_is_not_varied_has_no_numbers(arterial):
    assert frame(arterial, Vary(cycle=True, splits=False, offsets=True)).size == 4
    assert frame(arterial, Vary(cycle=True, splits=True, offsets=False)).size == 15


def test_three_phases_go_round_in_one_other_order(arterial):
    found = moves(frame(arterial))[0]
    assert [setting.phases for setting in found] == [(1, 0, 2)]


def test_four_phases_have_four_neighbours_to_exchange(junction):
    found = [setting.phases for setting in moves(frame(junction))[0]]
    assert found == [(1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2), (3, 1, 2, 0)]
    assert len({_turned(phases) for phases in found}) == 4


def _turned(phases):
    first = phases.index(0)
    return (*phases[first:], *phases[:first])


def test_a_phase_is_left_out_only_where_all_keep_green(arterial, junction):
    """Left turns that also have a green with a duty to yield, beside the through movement, can do without their own."""
    only = Vary(order=False, phases=True)
    assert moves(frame(junction, only)) == {}
    signal = arterial.signals[0]
    through, left, _ = (signal.green_state(phase) for phase in range(3))
    merged = "".join("g" if b == "G" and a == "r" else a for a, b in zip(through, left, strict=True))
    phases = list(signal.program.phases)
    phases[signal.green_phases[0]] = replace(phases[signal.green_phases[0]], state=merged)
    yielding = replace(signal, program=replace(signal.program, phases=tuple(phases)))
    changed = replace(arterial, signals=(yielding, *arterial.signals[1:]))
    assert [setting.phases for setting in moves(frame(changed, only))[0]] == [(0, 2)]


def test_settings_take_the_place_of_others(junction):
    own = frame(junction)
    setting = own.groups[0].settings[0]
    other = Setting(0, (2, 0), (10.0, 20.0), 0.0)
    assert own.with_settings({0: other}).groups[0].settings == (other,)
    assert own.with_settings({3: other}).groups[0].settings == (setting,)


def test_an_offset_is_where_the_first_green_begins(junction):
    """Exchanged phases begin where the first one began."""
    own = frame(junction)
    setting = own.groups[0].settings[0]
    plan = own.with_settings({0: setting._replace(offset=17.0)}).plan.signals[0]
    assert (plan.offset, plan.greens[0].start) == (17.0, 0.0)
    assert math.isclose(plan.greens[1].start, 28.0 + 5.0)
