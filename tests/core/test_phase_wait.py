"""How long a request waits: what is foretold is what then happens."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from tests.core.test_signals import CROSSROADS, Player, make_signal
from trafficai.core.phase_wait import phase_waits
from trafficai.datatypes.snapshot import NEVER_S

THREE_WAYS = ((20.0, "GGrrr"), (4.0, "yyrrr"), (9.0, "rrGrr"), (3.0, "rryrr"), (9.0, "rrrGG"), (4.0, "rrryy"))
SIGNALS = {
    "two greens": make_signal(CROSSROADS, (0, 2)),
    "three greens": make_signal(THREE_WAYS, (0, 2, 4), min_green=7.0),
    "short red": make_signal(THREE_WAYS, (0, 2, 4), max_red=60.0),
    "offset": make_signal(THREE_WAYS, (0, 2, 4), offset=31.5),
}


def waits(player):
    waits = np.zeros(len(player.tables.green_rows))
    phase_waits(player.tables, player.state, float(player.time), waits)
    return waits


def seconds_until_heeded(player, green):
    """Slow twin: ask for the phase every second until the signal turns to it."""
    other = copy.deepcopy(player)
    for waited in range(200):
        if other.view()[0] == green and waited == 0:
            return 0
        other.play([green])
        if other.view()[0] == green:
            return waited
    raise AssertionError("the phase never came")


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
@pytest.mark.parametrize("seed", range(4))
def test_a_request_is_heeded_when_it_was_foretold(signal, seed):
    random, player = np.random.default_rng(seed), Player(signal, begin=seed * 7)
    for _ in range(60):
        foretold = waits(player)
        for green in np.flatnonzero(foretold < NEVER_S):
            if signal.max_red == 0.0:  # else a red may become urgent while the request waits
                assert foretold[green] == pytest.approx(seconds_until_heeded(player, green), abs=1.0)
        player.play([random.integers(-1, signal.num_phases)] * int(random.integers(1, 9)))


def test_a_red_that_gets_too_long_forbids_all_but_what_ends_it():
    player = Player(SIGNALS["short red"])
    player.play([0] * 5)
    assert (waits(player) < NEVER_S).all()
    player.play([0, 1] * 15)
    while (waits(player) < NEVER_S).all():
        player.play([player.view()[0]])
    allowed = np.flatnonzero(waits(player) < NEVER_S)
    assert len(allowed) == 1
    shown, other = player.view()[0], next(green for green in range(3) if green not in (allowed[0], player.view()[0]))
    while player.view()[0] == shown:
        player.play([other])
    assert player.view()[0] == allowed[0]
