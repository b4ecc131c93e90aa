"""Fixed-time plans as files: SUMO's tlLogic, a planner's tables, SUMO's CSV of signal groups."""

from trafficai.plans.apply import load_plan, programs_in_force, with_programs
from trafficai.plans.export import FORMATS, export_plan

__all__ = ["FORMATS", "export_plan", "load_plan", "programs_in_force", "with_programs"]
