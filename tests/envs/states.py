"""Snapshots of any content, and views of whole scenarios."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trafficai.backends.layouts import layout_of
from trafficai.datatypes import Snapshot
from trafficai.envs.actions import controlled_signals
from trafficai.envs.views import View

WHOLE = {name for name, kind in Snapshot.__annotations__.items() if "int32" in str(kind)}


def view_of(scenario, signal=None, *, is_local=False):
    chosen = controlled_signals(scenario, signal).signal_index
    return View(scenario, tuple(int(i) for i in chosen), 10, is_local=is_local)


def empty(scenario, *, cells=False, detectors=False):
    layout = layout_of(scenario, cells=cells, detectors=detectors)
    return layout.snapshot(np.zeros(layout.size))


def snapshots(scenario, *, cells=False, detectors=False):
    """Return a strategy for snapshots whose counts and sums are anything at all."""
    layout = layout_of(scenario, cells=cells, detectors=detectors)
    fields = {
        name: arrays(np.int32, shape, elements=st.integers(0, 300))
        if name in WHOLE
        else arrays(np.float64, shape, elements=st.floats(0, 1e6, width=32))
        for name, shape in zip(Snapshot._fields, layout.shapes, strict=True)
    }
    fields["signal_phase"] = arrays(np.int32, (len(scenario.signals),), elements=st.integers(0, 1))
    return st.builds(Snapshot, **fields)
