"""Fixed-time plans as files: SUMO's tlLogic, a planner's tables, SUMO's CSV; and what is wrong with them."""

from trafficai.plans.agent import (
    SEARCHED,
    PlannedTimes,
    TimedPlan,
    read_plan_agent,
    searched_folder,
    write_plan_agent,
)
from trafficai.plans.apply import load_plan, programs_in_force, with_programs
from trafficai.plans.check import RESULTS, Finding, Limits, check_plan, limits_of
from trafficai.plans.export import FORMATS, export_plan
from trafficai.plans.sumo_file import write_sumo_schedule

__all__ = [
    "FORMATS",
    "RESULTS",
    "SEARCHED",
    "Finding",
    "Limits",
    "PlannedTimes",
    "TimedPlan",
    "check_plan",
    "export_plan",
    "limits_of",
    "load_plan",
    "programs_in_force",
    "read_plan_agent",
    "searched_folder",
    "with_programs",
    "write_plan_agent",
    "write_sumo_schedule",
]
