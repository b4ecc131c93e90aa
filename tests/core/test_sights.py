"""Whose lane a wait belongs to: against sumo-rl's own bookkeeping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trafficai.core.sights import FIRST, WAITED, new_sights, own_wait

FIRST_LANES, NUM_LANES = (0, 3, 7), 3


def drives(steps):
    """What a vehicle does from one sight to the next: how many edges it goes on, lane of that edge, growth of its wait.

    The wait shrinks where SUMO forgets.
    """
    return st.lists(st.tuples(steps, st.integers(0, NUM_LANES - 1), st.integers(-5, 50)), max_size=30)


def check(drive, num_shares, *, comes_back):
    sights = new_sights(2, num_shares)
    shares, edge, waited = {}, 0, 0
    for steps, index, more in drive:
        edge, waited = edge + steps, max(waited + more, 0)
        first = FIRST_LANES[edge % 3 if comes_back else min(edge, 2)]
        shares[first + index] = waited - sum(share for lane, share in shares.items() if lane != first + index)
        for _ in range(2):  # to look twice changes nothing
            assert own_wait(sights, 1, first + index, first, NUM_LANES, float(waited)) == shares[first + index]
    assert sights[0, WAITED] == 0
    assert (sights[0, FIRST:] == -1).all()


@given(drives(st.integers(0, 1)))
def test_a_lane_gets_what_the_others_have_not_got(drive):
    check(drive, NUM_LANES, comes_back=False)


@given(drives(st.integers(0, 2)))
def test_a_lane_that_a_vehicle_comes_back_to_keeps_what_it_got(drive):
    check(drive, len(FIRST_LANES) * NUM_LANES, comes_back=True)
