"""Plane geometry, by hand and against a fine sampling of the shapes."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficai.backends.geometry import (
    angle_at,
    angle_between,
    beyond_divergence,
    crossing,
    crossings,
    divergence,
    length,
    point_to_segment,
    point_to_shape,
)

EAST = ((0.0, 0.0), (10.0, 0.0))
COORDINATES = st.tuples(st.integers(-20, 20), st.integers(-20, 20)).map(lambda p: (float(p[0]), float(p[1])))
SHAPES = st.lists(COORDINATES, min_size=2, max_size=5, unique=True)


def along(shape, position):
    """Return the point at a position along a shape."""
    for a, b in pairwise(shape):
        segment = math.dist(a, b)
        if position <= segment:
            return (a[0] + (b[0] - a[0]) * position / segment, a[1] + (b[1] - a[1]) * position / segment)
        position -= segment
    return shape[-1]


def test_length_by_hand():
    assert length(((0, 0), (3, 4), (3, 10))) == 11.0
    assert length(((1, 1),)) == 0


@pytest.mark.parametrize(
    ("point", "distance"),
    [((5, 3), 3.0), ((5, 0), 0.0), ((-3, 4), 5.0), ((13, -4), 5.0), ((10, 2), 2.0)],
)
def test_point_to_segment_by_hand(point, distance):
    assert point_to_segment(point, *EAST) == pytest.approx(distance)


def test_point_to_a_point():
    assert point_to_segment((3, 4), (0, 0), (0, 0)) == 5.0
    assert point_to_shape((3, 4), ((0, 0),)) == 5.0


def test_point_to_shape_takes_the_nearest_segment():
    assert point_to_shape((5, 4), ((0, 0), (10, 0), (10, 10))) == 4.0
    assert point_to_shape((8, 8), ((0, 0), (10, 0), (10, 10))) == 2.0


@pytest.mark.parametrize(
    ("other", "position"),
    [
        (((4, -1), (4, 1)), 4.0),
        (((4, 1), (4, -1)), 4.0),
        (((0, 0), (0, 5)), 0.0),  # touching an end counts
        (((10, -5), (10, 0)), 10.0),
        (((2, -2), (6, 2)), 4.0),
        (((4, 1), (4, 2)), None),
        (((11, -1), (11, 1)), None),
        (((0, 1), (10, 1)), None),  # parallel
        (((2, 0), (8, 0)), None),  # on one line
    ],
)
def test_crossing_of_segments_by_hand(other, position):
    found = crossing(*EAST, *other)
    assert found == (None if position is None else pytest.approx(position))


def test_crossings_are_in_order_along_the_shape():
    zigzag = ((1.0, -1.0), (2.0, 1.0), (3.0, -1.0), (4.0, 1.0))
    assert crossings(EAST, zigzag) == pytest.approx([1.5, 2.5, 3.5])
    assert crossings(EAST[::-1], zigzag) == pytest.approx([6.5, 7.5, 8.5])
    assert crossings(EAST, ((0.0, 1.0), (10.0, 1.0))) == []


@given(shape=SHAPES, other=SHAPES)
def test_crossings_lie_on_both_shapes(shape, other):
    for position in crossings(shape, other):
        point = along(shape, position)
        assert point_to_shape(point, other) < 1e-6
    assert bool(crossings(shape, other)) == bool(crossings(other, shape))


def test_angles_by_hand():
    bend = ((0.0, 0.0), (5.0, 0.0), (5.0, 5.0))
    assert angle_at(bend, 1.0) == 0.0
    assert angle_at(bend, 6.0) == pytest.approx(math.pi / 2)
    assert angle_at(bend, 10.0) == pytest.approx(math.pi / 2)  # the end
    assert angle_between(0.1, 2 * math.pi - 0.1) == pytest.approx(0.2)
    assert angle_between(-math.pi / 2, math.pi / 2) == pytest.approx(math.pi)
    assert angle_between(-3.0, 3.0) == pytest.approx(2 * math.pi - 6.0)


def test_divergence_of_straight_lanes_by_hand():
    """At 3-4-5 the other lane is 2.4 m away after 4 m of it (0.6 per metre), from ours after 3 m: the longer counts."""
    other = ((0.0, 0.0), (8.0, 6.0))
    own_end, other_end = beyond_divergence(EAST, other, 2.4)
    # our end (10, 0) is 6 m from their line; 2.4 m are reached after 4 m: 6 m lie beyond
    assert own_end == pytest.approx(6.0)
    assert other_end == pytest.approx(6.0)  # their end is 6 m from our line: 2.4 m after 4 m
    assert divergence(EAST, other, (10.0, 10.0), 2.4) == pytest.approx(4.0)


def test_lanes_that_stay_close_share_all_their_length():
    assert beyond_divergence(EAST, ((0.0, 0.0), (10.0, 2.0)), 2.5) == (0.0, 0.0)
    assert divergence(EAST, ((0.0, 0.0), (10.0, 2.0)), (10.0, 10.2), 2.5) == pytest.approx(10.0)


def test_stated_lengths_count_where_they_differ_from_the_shapes():
    """A lane whose stated length is 12 m has 6 m beyond the divergence like its shape, and 6 m before it."""
    other = ((0.0, 0.0), (8.0, 6.0))
    assert divergence(EAST, other, (12.0, 10.0), 2.4) == pytest.approx(6.0)


@given(turn=st.floats(0.5, 2.5), reach=st.floats(8.0, 30.0), width=st.floats(0.5, 3.0))
def test_divergence_is_where_a_sampled_lane_gets_out_of_reach(turn, reach, width):
    """Slow twin: walk along the other lane until it is further away than the width."""
    own = ((0.0, 0.0), (reach, 0.0))
    other = ((0.0, 0.0), (reach * math.cos(turn), reach * math.sin(turn)))
    if point_to_shape(other[-1], own) <= width or point_to_shape(own[-1], other) <= width:
        return
    shared = divergence(own, other, (reach, reach), width)
    # interpolated between the ends of the segment, whose far end is nearer than the line for turns beyond 90 degrees
    expected = width / point_to_shape(other[-1], own) * reach
    assert shared == pytest.approx(expected, rel=1e-6)
