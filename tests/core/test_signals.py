"""The clearance function: what it shows is safe whatever is asked for, and what it is asked for it does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficai.backends.signals import build_signal_tables, colour_codes, state_string
from trafficai.core.signals import new_signal_state, run_signals, signal_view, start_signals
from trafficai.datatypes import FOLLOW_PLAN, InputError
from trafficai.scenario.model import Phase, Program, Signal

GO = set("GgoO")
CROSSROADS = ((29.0, "GGgrr"), (5.0, "yygrr"), (6.0, "rrgGG"), (5.0, "rrryy"))


def make_signal(phases, greens, yellow=3.0, all_red=2.0, min_green=5.0, offset=0.0, following=None, **more):
    following = following or {}
    rows = tuple(Phase(length, state, next=following.get(i, ())) for i, (length, state) in enumerate(phases))
    program = Program("junction", "0", "static", offset, rows)
    return Signal("junction", program, ((),) * len(phases[0][1]), greens, yellow, all_red, min_green, **more)


class Player:
    """Runs one signal and keeps the state string of every second."""

    def __init__(self, signal: Signal, begin: int = 0):
        self.tables = build_signal_tables((signal,))
        self.state = new_signal_state(self.tables)
        self.time = begin
        self.shown: list[str] = []
        start_signals(self.tables, self.state, float(begin))

    def play(self, requests):
        for request in requests:
            run_signals(self.tables, self.state, np.array([request], np.int32), float(self.time))
            self.shown.append(state_string(self.state.colours[0]))
            self.time += 1
        return self.shown

    def view(self):
        phase, elapsed = signal_view(self.state, float(self.time))
        return int(phase[0]), float(elapsed[0])


def state_at(phases, position):
    for length, state in phases:
        if position < length:
            return state
        position -= length
    raise AssertionError("position beyond the cycle")


def expected_program(phases, offset, begin, seconds):
    """Slow twin: the phase in force just before each second ends, which is what SUMO shows in it."""
    cycle = sum(length for length, _ in phases)
    return [state_at(phases, (time + 0.9995 - offset) % cycle) for time in range(begin, begin + seconds)]


@pytest.mark.parametrize("begin", [0, 7, 25200])
@pytest.mark.parametrize("offset", [0.0, 11.0, -4.0, 1.5])
def test_own_program_runs_by_the_clock(begin, offset):
    player = Player(make_signal(CROSSROADS, (0, 2), offset=offset), begin)
    assert player.play([-1] * 200) == expected_program(CROSSROADS, offset, begin, 200)


def test_fractional_durations_switch_in_the_second_they_fall_into():
    phases = ((2.5, "G"), (0.4, "y"), (3.3, "r"), (1.0, "g"))
    assert "".join(Player(make_signal(phases, (0, 3))).play([-1] * 21)) == "GGrrrrgGGyrrrgGGyrrrg"


def test_next_phase_is_followed_as_sumo_does():
    phases = ((2.0, "G"), (1.0, "y"), (2.0, "r"))
    assert "".join(Player(make_signal(phases, (0,), following={1: (0,)})).play([-1] * 9)) == "GGyGGyGGy"


def test_request_is_cleared_with_yellow_and_all_red():
    player = Player(make_signal(CROSSROADS, (0, 2)))
    player.play([0] * 5 + [1] * 10)
    assert player.shown == ["GGgrr"] * 5 + ["yygrr"] * 3 + ["rrgrr"] * 2 + ["rrgGG"] * 5


def test_link_green_in_both_phases_stays_green_and_turns_minor():
    player = Player(make_signal(((9.0, "GGr"), (3.0, "yGr"), (9.0, "rgG"), (3.0, "ryy")), (0, 2)))
    player.play([0] * 5 + [1] * 6)
    assert player.shown[5:] == ["yGr"] * 3 + ["rgr"] * 2 + ["rgG"]


def test_phase_that_takes_no_green_away_comes_at_once():
    player = Player(make_signal(((9.0, "Grr"), (9.0, "GGr"), (3.0, "yyr"), (9.0, "rrG"), (3.0, "rry")), (0, 1, 3)))
    player.play([0] * 5 + [1] * 2)
    assert player.shown[4:] == ["Grr", "GGr", "GGr"]


def test_phase_that_takes_no_green_away_takes_its_time_where_that_is_wanted():
    phases = ((9.0, "GGr"), (9.0, "gGG"), (3.0, "yyy"), (9.0, "Grr"), (3.0, "yrr"))
    player = Player(make_signal(phases, (0, 1, 3), all_red=0.0, always_yellow=True))
    player.play([0] * 5 + [1] * 4)
    assert player.shown[4:] == ["GGr"] * 4 + ["gGG"]


def test_green_is_kept_for_its_least_time_and_the_latest_request_counts():
    player = Player(make_signal(CROSSROADS, (0, 2), min_green=8.0))
    player.play([0, 1, 1, 0, 0, 1, 1, 1, 1])
    assert player.shown == ["GGgrr"] * 8 + ["yygrr"]


def test_target_is_latched_while_clearing():
    player = Player(make_signal(CROSSROADS, (0, 2)))
    player.play([0] * 5 + [1] + [0] * 9 + [0] * 6)
    assert player.shown[10:15] == ["rrgGG"] * 5
    assert player.shown[15:18] == ["rrgyy"] * 3


def test_minus_one_follows_the_program_first_and_keeps_the_phase_later():
    player = Player(make_signal(CROSSROADS, (0, 2)))
    player.play([-1] * 3 + [0] + [-1] * 60)
    assert player.shown == ["GGgrr"] * 64


def test_program_left_in_its_yellow_is_left_at_its_next_green():
    player = Player(make_signal(CROSSROADS, (0, 2)))
    player.play([-1] * 30 + [0] + [-1] * 20)
    assert player.shown[29:34] == ["yygrr"] * 5
    assert player.shown[34:] == ["rrgGG"] * 17


@pytest.mark.parametrize("request_out_of_range", [2, 99, -3, -(2**31), 2**31 - 1])
def test_request_out_of_range_holds_the_phase(request_out_of_range):
    player = Player(make_signal(CROSSROADS, (0, 2)))
    player.play([0] + [request_out_of_range] * 60)
    assert player.shown == ["GGgrr"] * 61


def test_the_fixed_plan_can_be_followed_by_the_clock_after_other_requests():
    phases = ((29.0, "GGrr"), (5.0, "yyrr"), (6.0, "rrGG"), (5.0, "rryy"))
    player = Player(make_signal(phases, (0, 2), yellow=5.0, all_red=0.0))
    player.play([1] * 20 + [FOLLOW_PLAN] * 100)
    assert player.shown[45:] == expected_program(phases, 0.0, 0, 120)[45:]


def test_each_link_has_its_own_yellow_where_the_program_shows_none():
    player = Player(make_signal(((9.0, "GGr"), (9.0, "rrG")), (0, 1), yellow=5.0, all_red=1.0, yellows=(3.0, 5.0, 3.0)))
    player.play([0] * 5 + [1] * 7)
    assert player.shown[5:] == ["yyr"] * 3 + ["ryr"] * 2 + ["rrr"] + ["rrG"]


def test_an_intergreen_matrix_decides_when_green_follows():
    matrix = ((0.0, 0.0, 7.0), (0.0, 0.0, 4.0), (3.0, 9.0, 0.0))
    player = Player(make_signal(((9.0, "Grr"), (9.0, "rGr"), (9.0, "rrG")), (0, 1, 2), intergreen=matrix))
    player.play([0] * 9 + [1] * 8 + [2] * 12 + [0] * 12)
    assert player.shown[9:13] == ["yrr"] * 3 + ["rGr"]  # not before the yellow is over
    assert player.shown[17:22] == ["ryr"] * 3 + ["rrr", "rrG"]
    assert player.shown[29:33] == ["rry"] * 3 + ["Grr"]


def test_an_intergreen_reaches_over_a_phase_in_between():
    matrix = ((0.0, 0.0, 16.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    player = Player(make_signal(((9.0, "Grr"), (9.0, "rGr"), (9.0, "rrG")), (0, 1, 2), intergreen=matrix))
    player.play([0] * 5 + [1] + [2] * 30)
    assert player.shown[5:21] == ["yrr"] * 3 + ["rGr"] * 5 + ["ryr"] * 3 + ["rrr"] * 5
    assert player.shown[21] == "rrG"


def test_red_amber_ends_the_clearance_where_the_signal_has_it():
    player = Player(make_signal(CROSSROADS, (0, 2), red_amber=1.0))
    player.play([0] * 5 + [1] * 7)
    assert player.shown[5:] == ["yygrr"] * 3 + ["rrgrr"] * 2 + ["rrguu", "rrgGG"]


@pytest.mark.parametrize("wanted", [-1, 0, 1, 2])
def test_no_red_lasts_longer_than_the_longest_whatever_is_asked_for(wanted):
    phases = ((9.0, "Grr"), (3.0, "yrr"), (9.0, "rGr"), (3.0, "ryr"), (9.0, "rrG"), (3.0, "rry"))
    player = Player(make_signal(phases, (0, 2, 4), all_red=1.0, max_red=40.0))
    shown = player.play([0] + [wanted] * 400)
    lengths = [length for column in zip(*shown, strict=True) for letter, _, length in runs_of(column) if letter == "r"]
    assert max(lengths) + 3 <= 40  # counted from the end of green


def test_a_longest_red_that_cannot_be_kept_is_refused():
    with pytest.raises(InputError, match=r"max_red 20 s can't be kept; give at least 25 s"):
        build_signal_tables((make_signal(CROSSROADS, (0, 2), max_red=20.0),))


def test_an_intergreen_matrix_of_another_size_is_refused():
    with pytest.raises(InputError, match="5 rows and columns"):
        build_signal_tables((make_signal(CROSSROADS, (0, 2), intergreen=((1.0,),)),))


def test_signal_without_green_phases_keeps_its_program():
    phases = ((2.0, "y"), (3.0, "r"))
    assert "".join(Player(make_signal(phases, ())).play([0, 3, -1, 0, 0, 1])) == "yyrrry"


def test_view_names_the_phase_and_its_age():
    player = Player(make_signal(CROSSROADS, (0, 2)))
    assert player.view() == (0, 0.0)
    player.play([-1] * 10)
    assert player.view() == (0, 10.0)
    player.play([1])
    assert player.view() == (1, 0.0)
    player.play([1] * 5)
    assert player.view() == (1, 1.0)


def test_view_of_the_own_program_names_the_next_green_while_it_clears():
    player = Player(make_signal(CROSSROADS, (0, 2)))
    player.play([-1] * 31)
    assert player.view() == (1, 0.0)


def test_changed_is_set_in_the_first_second_and_where_a_colour_changes():
    player = Player(make_signal(CROSSROADS, (0, 2)))
    flags = []
    for request in [0] * 5 + [1] * 8:
        player.play([request])
        flags.append(int(player.state.signals[0].changed))
    assert flags == [1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0]


def test_phase_without_length_is_refused():
    with pytest.raises(InputError, match="duration above 0"):
        build_signal_tables((make_signal(((0.0, "G"), (3.0, "y")), (0,)),))


def test_colour_codes_and_letters_are_inverse():
    assert state_string(colour_codes("rygGusoO")) == "rygGusoO"
    with pytest.raises(ValueError, match="not found"):
        colour_codes("x")


@st.composite
def signals(draw):
    """Well-formed programs: greens of at least the least green, each cleared with full yellow and all-red."""
    num_links, num_greens = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    green = st.text("Ggrs", min_size=num_links, max_size=num_links).filter(lambda state: set(state) & GO)
    greens = draw(st.lists(green, min_size=num_greens, max_size=num_greens))
    yellow, all_red, min_green = draw(st.integers(1, 5)), draw(st.integers(0, 3)), draw(st.integers(1, 9))
    phases, positions = [], []
    for state, after in zip(greens, greens[1:] + greens[:1], strict=True):
        positions.append(len(phases))
        phases.append((float(min_green + draw(st.integers(0, 12))), state))
        pairs = list(zip(state, after, strict=True))
        if any(b in GO and a not in GO for b, a in pairs):
            phases.append((float(yellow), "".join("y" if b in GO and a not in GO else b for b, a in pairs)))
            if all_red:
                both = ("g" if b in GO and a in GO else "r" for b, a in pairs)
                phases.append((float(all_red), "".join(both)))
    is_green = tuple(i for i in positions if "y" not in phases[i][1])
    return make_signal(tuple(phases), is_green, float(yellow), float(all_red), float(min_green))


def hostile_requests(num_phases):
    """Constant, alternating every second, and arbitrary requests, in and out of range."""
    some = st.integers(-2, num_phases + 1)
    constant = some.map(lambda k: [k] * 150)
    alternating = st.tuples(some, some, st.integers(1, 12)).map(lambda t: ([t[0]] * t[2] + [t[1]] * t[2]) * 20)
    return st.one_of(constant, alternating, st.lists(some, min_size=60, max_size=200))


def runs_of(column):
    """Return (letter, first second, length) of each stretch in which a link shows one letter; green is one letter."""
    stretches = []
    for second, letter in enumerate("G" if letter in GO else letter for letter in column):
        if stretches and stretches[-1][0] == letter:
            stretches[-1][2] += 1
        else:
            stretches.append([letter, second, 1])
    return stretches


def check_link(column, signal):
    """A link's green lasts its least time and ends only in yellow; yellow lasts in full and ends in no green."""
    stretches = runs_of(column)
    for number, (letter, _, length) in enumerate(stretches[:-1]):
        after = stretches[number + 1][0]
        if letter == "G":
            assert after == "y"
            assert number == 0 or length >= signal.min_green
        if letter == "y":
            assert after != "G" or signal.all_red == 0
            assert number == 0 or length >= signal.yellow


def check_all_red(shown, signal):
    """No link turns green until the last yellow is all-red's time ago."""
    last_yellow = -1000
    for second in range(1, len(shown)):
        last_yellow = second - 1 if "y" in shown[second - 1] else last_yellow
        if any(a in GO and b not in GO for b, a in zip(shown[second - 1], shown[second], strict=True)):
            assert second - last_yellow > signal.all_red


def check_conflicts(shown, signal):
    """Links are green together only if some phase of the program shows them green together."""
    allowed = [{i for i, letter in enumerate(phase.state) if letter in GO} for phase in signal.program.phases]
    for state in set(shown):
        greens = {i for i, letter in enumerate(state) if letter in GO}
        assert any(greens <= phase for phase in allowed)


@given(st.data())
def test_whatever_is_asked_for_the_signal_stays_safe(data):
    signal = data.draw(signals())
    player = Player(signal, data.draw(st.integers(0, 100)))
    shown = player.play(data.draw(hostile_requests(signal.num_phases)))
    for column in zip(*shown, strict=True):
        check_link(column, signal)
    check_all_red(shown, signal)
    check_conflicts(shown, signal)


@given(st.data())
def test_a_lasting_request_is_served(data):
    signal = data.draw(signals())
    player = Player(signal)
    player.play(data.draw(hostile_requests(signal.num_phases)))
    wanted = data.draw(st.integers(0, signal.num_phases - 1))
    clearance = int(signal.min_green + signal.yellow + signal.all_red)
    player.play([wanted] * (2 * clearance + int(signal.program.cycle) + 2))
    assert player.shown[-1] == signal.green_state(wanted)
