"""Intergreens of ways that cross at known places, against a slow twin of the formula."""

import math

import numpy as np
import pytest

from trafficai.plans.clearance import needed_intergreen, needed_yellow
from trafficai.plans.standards import MUTCD, RILSA
from trafficai.scenario.kinds import BICYCLES, PEDESTRIANS, VEHICLES
from trafficai.scenario.ways import PEDESTRIAN_WIDTH, VEHICLE_WIDTH, Way


def make_way(start, end, kind=VEHICLES, direction="s", speed=13.89) -> Way:
    along = np.arange(0.0, math.dist(start, end) + 1e-9, 0.5)
    share = along[:, None] / along[-1]
    points = (1.0 - share) * np.array(start) + share * np.array(end)
    return Way(kind, direction, points, along, PEDESTRIAN_WIDTH if kind == PEDESTRIANS else VEHICLE_WIDTH, speed)


def twin(ending: Way, starting: Way, crossing_time: float, clearing: float, entering: float, length: float) -> float:
    """RiLSA's formula over every pair of places, written out for vehicles."""
    worst = 0.0
    for s, a in zip(ending.along, ending.points, strict=True):
        for t, b in zip(starting.along, starting.points, strict=True):
            if math.dist(a, b) < (ending.width + starting.width) / 2:
                worst = max(worst, crossing_time + (s + length) / clearing - t / entering)
    return worst


EAST = make_way((0.0, 0.0), (30.0, 0.0))
NORTH = make_way((12.0, -15.0), (12.0, 15.0))


def test_two_streams_that_cross_by_rilsa():
    """Cleared 12 m and a vehicle of 6 m at 10 m/s, entered 15 m at 40 km/h: 3 + 1.8 - 1.35, and 0.3 for the widths."""
    exact = twin(EAST, NORTH, 3.0, 10.0, 40.0 / 3.6, 6.0)
    assert exact == pytest.approx(3.0 + 18.0 / 10.0 - 15.0 / (40.0 / 3.6) + 0.335, abs=0.01)
    assert needed_intergreen(EAST, NORTH, RILSA) == 4.0 == math.ceil(exact)


@pytest.mark.parametrize(
    ("direction", "end", "times"),
    [("l", (0.0, 30.0), (2.0, 7.0)), ("r", (0.0, 30.0), (2.0, 7.0))],
)
def test_turns_clear_slower(direction, end, times):
    wide = make_way((0.0, 0.0), end, direction=direction)  # straight as drawn, so of no small radius
    across = make_way((-10.0, 20.0), (20.0, 20.0))
    assert needed_intergreen(wide, across, RILSA) == math.ceil(twin(wide, across, *times, 40.0 / 3.6, 6.0))


def test_a_tight_turn_clears_at_5_m_s():
    angles = np.linspace(0.0, np.pi / 2, 20)
    points = np.column_stack([8.0 * np.sin(angles), 8.0 - 8.0 * np.cos(angles)])
    along = 8.0 * angles
    tight = Way(VEHICLES, "l", points, along, VEHICLE_WIDTH, 13.89)
    assert tight.radius == pytest.approx(8.0, rel=0.06)
    across = make_way((8.0, 20.0), (8.0, -10.0))
    assert needed_intergreen(tight, across, RILSA) == math.ceil(twin(tight, across, 2.0, 5.0, 40.0 / 3.6, 6.0))


def test_pedestrians_clear_the_whole_crossing_whichever_side_they_come_from():
    """12 m long, a lane's middle 3 m from a kerb: 9 m and half of both widths at 1.2 m/s; a car is there at once."""
    crossing = make_way((0.0, 0.0), (12.0, 0.0), kind=PEDESTRIANS)
    lane = make_way((3.0, -1.0), (3.0, 20.0))
    needed = needed_intergreen(crossing, lane, RILSA)
    assert needed == math.ceil(10.5 / 1.2 - 0.0) == 9.0
    assert needed_intergreen(crossing, lane, MUTCD) == math.ceil(12.0 / 1.07 * 10) / 10


def test_bicycles_need_no_length():
    bicycle = make_way((0.0, 0.0), (30.0, 0.0), kind=BICYCLES)
    assert needed_intergreen(bicycle, NORTH, RILSA) == math.ceil(twin(bicycle, NORTH, 1.0, 4.0, 40.0 / 3.6, 0.0))


def test_ite_clears_to_the_far_side():
    """Yellow 3.3 s at 50 km/h, then 14.5 m and 20 ft at that speed."""
    assert needed_yellow(EAST, MUTCD) == 3.3
    assert needed_intergreen(EAST, NORTH, MUTCD) == math.ceil((3.3 + (14.5 + 6.1) / 13.89) * 10.0) / 10.0


def test_ways_apart_need_nothing():
    assert needed_intergreen(EAST, make_way((0.0, 5.0), (30.0, 5.0)), RILSA) is None


@pytest.mark.parametrize(
    ("limit", "direction", "seconds"),
    [(30, "s", 3.0), (50, "s", 3.0), (60, "s", 4.0), (70, "s", 5.0), (70, "l", 3.0)],
)
def test_yellow_goes_by_the_limit(limit, direction, seconds):
    assert needed_yellow(make_way((0.0, 0.0), (9.0, 0.0), direction=direction, speed=limit / 3.6), RILSA) == seconds
