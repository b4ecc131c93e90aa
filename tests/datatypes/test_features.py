"""Features: the fields of a snapshot in a row, and back."""

from __future__ import annotations

import numpy as np
import pytest

from trafficai.datatypes.features import Layout
from trafficai.datatypes.snapshot import Snapshot


def test_a_row_holds_the_fields_one_after_the_other():
    layout = Layout(lane=3, signal=2, edge=4, phase=6, cell=7, loop=5, area=8, transit=9)
    assert layout.starts["time"] == 0
    assert layout.starts["lane_near"] - layout.starts["lane_count"] == 3
    assert layout.starts["delay_in_interval"] - layout.starts["edge_backlog"] == 4
    assert layout.starts["seconds_in_interval"] == layout.starts["signal_fault"] + 5
    assert layout.size == layout.starts["area_jam_length"] + 8


@pytest.mark.parametrize("worlds", [(), (5,)])
def test_a_snapshot_is_cut_from_rows_without_sharing_memory(worlds):
    layout = Layout(lane=3, signal=2, edge=4, phase=6, cell=7, loop=5, area=8, transit=9)
    rows = np.broadcast_to(np.arange(layout.size, dtype=np.float64), (*worlds, layout.size)).copy()
    snapshot = layout.snapshot(rows)
    rows[:] = -1.0
    assert snapshot.time.shape == worlds
    assert snapshot.lane_queue.shape == (*worlds, 3)
    assert snapshot.lane_queue.dtype == np.int32
    assert snapshot.signal_elapsed.dtype == np.float64
    for name, field in zip(Snapshot._fields, snapshot, strict=True):
        first = field[..., 0] if field.ndim > len(worlds) else field
        assert (first == layout.starts[name]).all()


@pytest.mark.parametrize("worlds", [(), (5,)])
def test_a_snapshot_makes_the_row_it_was_cut_from(worlds):
    layout = Layout(lane=3, signal=2, edge=4, phase=6, cell=7, loop=5, area=8, transit=9)
    rows = np.random.default_rng(1).integers(0, 9, (*worlds, layout.size)).astype(np.float64)
    assert np.array_equal(layout.features(layout.snapshot(rows)), rows)
