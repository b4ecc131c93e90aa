"""Records that cross package borders: what a backend shows a controller, and what it leaves behind."""

from trafficai.datatypes.detectors import DetectorResults, DetectorStates
from trafficai.datatypes.edges import EdgeUse
from trafficai.datatypes.errors import InputError, RunError, SignalSafetyFault
from trafficai.datatypes.plan import Plan, PlannedGreen, SignalPlan
from trafficai.datatypes.requests import FOLLOW_PLAN, FOLLOW_PROGRAM
from trafficai.datatypes.road import Discharge, Safety
from trafficai.datatypes.signal_watch import SIGNAL_RULES, SignalFault, SignalWatch
from trafficai.datatypes.snapshot import Snapshot
from trafficai.datatypes.trips import Trips

__all__ = [
    "FOLLOW_PLAN",
    "FOLLOW_PROGRAM",
    "SIGNAL_RULES",
    "DetectorResults",
    "DetectorStates",
    "Discharge",
    "EdgeUse",
    "InputError",
    "Plan",
    "PlannedGreen",
    "RunError",
    "Safety",
    "SignalFault",
    "SignalPlan",
    "SignalSafetyFault",
    "SignalWatch",
    "Snapshot",
    "Trips",
]
