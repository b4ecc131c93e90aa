"""Programs as greens of positions, by hand and by chance."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficai.datatypes import InputError
from trafficai.plans.timetable import Green, greens_at, program_of, simplified
from trafficai.scenario.model import Phase, Program


def make_program(*phases: tuple[float, str], following: dict[int, int] | None = None) -> Program:
    rows = tuple(Phase(t, state, next=((following or {}).get(i, i + 1),)) for i, (t, state) in enumerate(phases))
    last = (*rows[:-1], Phase(rows[-1].duration, rows[-1].state, next=((following or {}).get(len(rows) - 1, 0),)))
    return Program("A", "p", "static", 7.0, last)


def test_greens_are_read_with_their_changes():
    program = make_program((1, "ur"), (20, "Gr"), (3, "yr"), (2, "rr"), (12.5, "rg"), (1.5, "rG"), (3, "ry"))
    assert greens_at(program, 0) == (Green("G", 1.0, 21.0, 1.0, 3.0),)
    assert greens_at(program, 1) == (Green("g", 26.0, 38.5), Green("G", 38.5, 40.0, 0.0, 3.0))


def test_a_green_may_last_into_the_next_cycle():
    assert greens_at(make_program((5, "G"), (3, "y"), (20, "r"), (10, "G")), 0) == (Green("G", 28.0, 43.0, 0.0, 3.0),)


@pytest.mark.parametrize(("letter", "greens"), [("G", (Green("G", 0.0, 9.0),)), ("r", ())])
def test_what_never_changes_is_green_or_not(letter, greens):
    assert greens_at(make_program((4, letter), (5, letter)), 0) == greens


def test_phases_are_taken_in_the_order_in_which_they_are_shown():
    program = make_program((5, "G"), (7, "O"), (3, "r"), following={0: 2, 1: 2})
    assert simplified(program).phases == (Phase(5.0, "G"), Phase(3.0, "r"))


@pytest.mark.parametrize("phases", [[(5, "G"), (3, "r"), (3, "y")], [(5, "G"), (3, "u"), (3, "r")]])
def test_changes_that_belong_to_no_green_are_refused(phases):
    with pytest.raises(InputError, match="position 0 changes in a way that green times can't tell"):
        greens_at(make_program(*phases), 0)


def test_a_program_without_a_cycle_is_refused():
    with pytest.raises(InputError, match=re.escape("tlLogic 'A': its phases never come back to the first")):
        simplified(make_program((5, "G"), (3, "r"), following={1: 1}))


@pytest.mark.parametrize(
    "greens",
    [
        [Green("G", 0.0, 10.0), Green("g", 5.0, 15.0)],
        [Green("G", 0.0, 10.0, yellow=3.0), Green("G", 12.0, 15.0)],
        [Green("G", 0.0, 10.0, red_amber=2.0), Green("G", 20.0, 28.0, yellow=3.0)],
        [Green("G", 10.0, 41.0)],
    ],
)
def test_greens_that_overlap_are_refused(greens):
    with pytest.raises(InputError, match="position 0, with red-amber and yellow, do not fit into its cycle"):
        program_of("A", "p", (30.0, 0.0), [greens])


CHANGES = st.sampled_from(["G", "g", "s", "o", "O", "r", "Gy", "gy", "uG", "ug", "uGy", "uGgy"])
"""What a position shows one after the other; red follows."""


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Draw a program of positions that change as signals do, at whole milliseconds."""
    columns = []
    for _ in range(draw(st.integers(1, 4))):
        letters = "".join(draw(st.lists(CHANGES.map(lambda text: f"{text}r"), min_size=1, max_size=3)))
        lengths = draw(st.lists(st.integers(1, 9000), min_size=len(letters), max_size=len(letters)))
        column = "".join(letter * length for letter, length in zip(letters, lengths, strict=True))
        columns.append(column)
    cycle = max(map(len, columns))
    turned = [column.ljust(cycle, "r") for column in columns]
    states = ["".join(letters) for letters in zip(*turned, strict=True)]
    cuts = [0, *(i for i in range(1, cycle) if states[i] != states[i - 1]), cycle]
    phases = tuple(Phase((b - a) / 1000.0, states[a]) for a, b in pairwise(cuts))
    start = draw(st.integers(0, len(phases) - 1))
    return Program("A", "p", "static", draw(st.integers(0, 90_000)) / 1000.0, phases[start:] + phases[:start])


@given(programs())
def test_greens_make_the_same_program_again(program):
    greens = [greens_at(program, position) for position in range(len(program.phases[0].state))]
    assert program_of("A", "p", (program.cycle, program.offset), greens) == simplified(program)
