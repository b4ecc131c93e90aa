"""The signal monitor: what it says of colours given by hand, and that the clearance function gives it no cause."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st

from tests.core.junctions import STRATEGIES, hostile, junctions, make_junction, resets
from tests.core.mutants import load_mutant
from tests.core.signal_player import play, play_plainly, watch
from trafficai.datatypes import SIGNAL_RULES
from trafficai.scenario.model import Phase, Program, Signal

EXAMPLES, SECONDS = 400, 2500
"""Together a million signal-seconds."""


@pytest.fixture(autouse=True, scope="module")
def quiet():
    """Keep the warnings of hostile answers out of the tests' output."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def simple_junction(red_amber=0.0, max_red=0.0, intergreen=(), phases=None, **times):
    """Two groups in conflict, of which the program shows each alone for 20 s."""
    rows = phases or ((20.0, "Gr"), (3.0, "yr"), (2.0, "rr"), (20.0, "rG"), (3.0, "ry"), (2.0, "rr"))
    program = Program("junction", "0", "static", 0.0, tuple(Phase(*row) for row in rows))
    greens = tuple(i for i, (_, state) in enumerate(rows) if set(state) & set("Gg") and "y" not in state)
    links = ((("from", "to"),),) * len(rows[0][1])
    times = {"yellow": 3.0, "all_red": 2.0, "min_green": 5.0} | times
    signal = Signal(
        "junction", program, links, greens, **times, red_amber=red_amber, max_red=max_red, intergreen=intergreen
    )
    return make_junction(signal, {(1, 0)})


def seconds_of(*stretches):
    """Return one state per second: pairs of seconds and state."""
    return [state for seconds, state in stretches for _ in range(seconds)]


INTERGREENS = simple_junction(intergreen=((0.0, 6.0), (9.0, 0.0)))
WITH_RED_AMBER = simple_junction(red_amber=2.0, phases=((20.0, "Gr"), (3.0, "yr"), (20.0, "rG"), (3.0, "ry")))
CASES = {
    "conflicting greens": (simple_junction(), ((9, "Gr"), (9, "GG")), (9, (1, 0))),
    "yellow skipped": (simple_junction(), ((9, "Gr"), (9, "rr")), (9, (0,))),
    "yellow too short": (simple_junction(), ((9, "Gr"), (2, "yr"), (9, "rr")), (11, (0,))),
    "green too short": (simple_junction(), ((5, "rr"), (4, "Gr"), (9, "yr")), (9, (0,))),
    "intergreen too short": (INTERGREENS, ((9, "rG"), (4, "ry"), (1, "rr"), (9, "Gr")), (14, (1, 0))),
    "colours out of order": (WITH_RED_AMBER, ((9, "rr"), (9, "Gr")), (9, (0,))),
    "red too long": (simple_junction(max_red=60.0), ((99, "Gr"),), (60, (1,))),
    "no indication": (simple_junction(), ((9, "Gr"), (9, "G")), (9, (1,))),
    "unknown colour": (simple_junction(), ((9, "Gr"), (9, "Gx")), (9, (1,))),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_speaks_up_at_the_second_and_position_of_the_fault(rule):
    junction, stretches, (second, positions) = CASES[rule]
    seen = watch(junction, seconds_of(*stretches))
    assert (seen.first.rule, seen.first.time, seen.first.positions) == (rule, float(second), positions)


def test_there_is_a_case_for_every_rule():
    assert {"no fault", *CASES} == set(SIGNAL_RULES)


ORDERS = {
    "yellow after red": ((9, "rr"), (9, "yr")),
    "green after yellow": ((9, "Gr"), (4, "yr"), (9, "Gr")),
    "red after red-amber": ((9, "rr"), (2, "ur"), (9, "rr")),
    "red-amber after green": ((9, "Gr"), (9, "ur")),
    "red-amber after yellow": ((9, "Gr"), (4, "yr"), (9, "ur")),
    "red-amber cut short": ((9, "rr"), (1, "ur"), (9, "Gr")),
}


@pytest.mark.parametrize("order", ORDERS)
def test_colours_have_an_order(order):
    seen = watch(WITH_RED_AMBER, seconds_of(*ORDERS[order]))
    assert seen.first.rule in ("colours out of order", "yellow skipped")


def test_a_state_string_that_is_too_long_is_no_indication():
    assert watch(simple_junction(), seconds_of((9, "Gr"), (9, "Grr"))).first.rule == "no indication"


def test_the_first_fault_is_kept_until_the_reset_and_all_are_counted():
    junction = simple_junction()
    seen = watch(junction, seconds_of((9, "Gr"), (3, "GG"), (9, "rr")))
    assert (seen.first.rule, seen.first.time, seen.faults) == ("conflicting greens", 9.0, 3)
    assert watch(junction, seconds_of((9, "Gr"))).faults == 0


def test_what_the_own_program_does_is_no_fault_but_only_in_full():
    rows = ((3.0, "Gr"), (1.0, "yr"), (3.0, "rG"), (1.0, "ry"))
    junction = simple_junction(phases=rows)
    assert watch(junction, seconds_of(*((int(seconds), state) for seconds, state in rows * 9))).faults == 0
    assert watch(junction, seconds_of((3, "Gr"), (1, "yr"), (2, "rG"), (9, "ry"))).first.rule == "green too short"
    assert watch(junction, seconds_of((3, "Gr"), (1, "rr"))).first.rule == "yellow skipped"


def test_conflicting_greens_may_show_as_the_program_shows_them():
    junction = simple_junction(phases=((20.0, "Gg"), (5.0, "yy"), (20.0, "rr")))
    assert watch(junction, seconds_of((9, "Gg"), (9, "gg"), (9, "gG"))).faults == 0
    assert watch(junction, seconds_of((9, "Gg"), (9, "GG"))).first.rule == "conflicting greens"


def test_phases_that_were_built_may_have_one_yield_but_not_both_go_first():
    signal = replace(simple_junction().signal, built_greens=("Gg", "GG"))
    junction = make_junction(signal, {(1, 0)})
    assert watch(junction, seconds_of((9, "Gg"), (9, "gG"))).faults == 0
    assert watch(junction, seconds_of((9, "Gg"), (9, "GG"))).first.rule == "conflicting greens"


def test_what_shows_nothing_to_road_vehicles_is_not_watched():
    junction = simple_junction()
    pedestrians = make_junction(
        Signal("j", junction.signal.program, (junction.signal.links[0], ()), (0, 3), 3.0, 2.0), junction.foes
    )
    assert watch(pedestrians, seconds_of((9, "rr"), (2, "rG"), (9, "rr"))).faults == 0


QUIET = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=EXAMPLES, **QUIET)
@given(junctions(), st.integers(0, len(STRATEGIES) - 1), st.integers(0, 2**32 - 1))
def test_whatever_is_asked_for_the_monitor_has_nothing_to_say(junction, strategy, seed):
    assert 3 * junction.signal.max_red <= SECONDS
    requests = hostile(seed, strategy, junction.signal.num_phases, SECONDS)
    seen = play(junction, requests, resets(seed, SECONDS))
    assert seen.signal_seconds == SECONDS
    assert seen.faults == 0, seen


RULES_REMOVED = {
    "conflicting greens": ("latch(memory, i, CONFLICT, row - first, pair.ending, now)", "pass"),
    "yellow skipped": ("return SKIPPED_YELLOW", "return NO_FAULT"),
    "yellow too short": ("return SHORT_YELLOW", "return NO_FAULT"),
    "green too short": ("return SHORT_GREEN if lasted < min_green else NO_FAULT", "return NO_FAULT"),
    "intergreen too short": ("complain(tables, memory, i, INTERGREEN, pair.ending, row - first, now)", "pass"),
    "colours out of order": ("return SEQUENCE", "return NO_FAULT"),
    "red too long": ("latch(memory, i, MAX_RED, p, -1, now)", "pass"),
    "no indication": ("return NO_INDICATION if is_watched == 1 or lamp != 0 else NO_FAULT", "return NO_FAULT"),
    "unknown colour": ("return NO_FAULT if is_among(shown, KNOWN) else UNKNOWN_COLOUR", "return NO_FAULT"),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_monitor_without_the_rule_would_not_pass(rule):
    junction, stretches, _ = CASES[rule]
    monitor = load_mutant(("conflict_monitor",), (RULES_REMOVED[rule],))
    seen = watch(junction, seconds_of(*stretches), monitor)
    assert seen.first is None or seen.first.rule != rule


LOSES = "YELLOW if is_go(before) and not is_go(after) else before"
ALL_RED = "return MINOR_GREEN if is_go(before) and is_go(after) else RED"
CLEARS = "set_colour(state, i, link, clearance_colour(tables, state, i, link, now), now)"
ROW = "set_colour(state, i, link, tables.colours[row, link], now)"
BEGINS = "signal = state.signals[i]\n    if signal.mode == MODE_PROGRAM:"
RESETS = "signal = state.signals[i]\n    if now % 61000 == 0:\n        reset_signal(tables, state, i, now)\n"
CHANGED = "state.signals[i].changed = "
SEEDED_BUGS = {
    "skip yellow": ((LOSES, "all_red_colour(before, after)"),),
    "short yellow": (("first_link + link].yellow)", "first_link + link].yellow) - 1000"),),
    "short green": ((">= tables.signals[i].min_green:", ">= tables.signals[i].min_green - 1000:"),),
    "intergreen off by one": (("whole_seconds(needed))", "whole_seconds(needed) - 1000)"),),
    "transposed intergreen": (("ending * signal.num_links + starting", "starting * signal.num_links + ending"),),
    "no all-red": (
        ("after = whole_seconds(tables.signals[i].all_red) +", "after ="),
        ("else now + yellow + whole_seconds(signal.all_red)", "else now + yellow"),
    ),
    "ignored conflicts": (("return RED_YELLOW", "return after"), ("now >= signal.ready -", "now >= 0 *")),
    "reset to green mid-run": ((BEGINS, RESETS + "    if signal.mode == MODE_PROGRAM:"),),
    "no max red": (("max_red > 0 and now >=", "max_red < 0 and now >="),),
    "yellow on the wrong link": ((CLEARS, CLEARS.replace("link", "(link + 1) % tables.signals[i].num_links", 1)),),
    "green held through clearance": ((LOSES, "before"), (ALL_RED, "return before if is_go(before) else RED")),
    "colour padding wrong": ((ROW, ROW.replace("row, link", "row, max(0, link - 1)")),),
    "red-amber skipped": (("return RED_YELLOW", "return RED"),),
    "stale colour": ((CHANGED + "1", CHANGED + "max(state.signals[i].changed, link > 0)"),),
}
"""What each bug changes in the sources of the clearance function."""


def test_there_are_fourteen_seeded_bugs():
    assert len(SEEDED_BUGS) == 14


def is_caught(signals, junction, strategy, seed):
    """Return whether the monitor finds fault with a clearance function."""
    requests = hostile(seed, strategy, junction.signal.num_phases, 3 * int(junction.signal.max_red))
    return play_plainly(signals, junction, requests).faults > 0


@pytest.mark.parametrize("bug", SEEDED_BUGS)
def test_every_seeded_bug_is_caught(bug):
    signals = load_mutant(("signal_records", "max_red", "signals"), SEEDED_BUGS[bug])
    runs = st.tuples(junctions(), st.integers(0, len(STRATEGIES) - 1), st.integers(0, 2**32 - 1))
    search = settings(max_examples=200, phases=[Stage.generate], **QUIET)
    find(runs, lambda run: is_caught(signals, *run), settings=search)  # NoSuchExample where none is


def test_without_a_bug_the_plain_clearance_function_is_not_caught():
    signals = load_mutant(("signal_records", "max_red", "signals"), ())
    junction = simple_junction(max_red=60.0, red_amber=1.0)
    assert not any(is_caught(signals, junction, strategy, 7) for strategy in range(len(STRATEGIES)))
