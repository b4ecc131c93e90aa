"""The best fixed-time plan for a demand, by thousands of runs of the core."""

from trafficai.optimization.objective import GOALS, Goal, Objective
from trafficai.optimization.optimize import JOURNAL, Optimised, Period, optimize, prepare_folder
from trafficai.optimization.search import Found
from trafficai.optimization.settings import PARTS, Settings, read_vary
from trafficai.optimization.write import DOCUMENT, write_optimised

__all__ = [
    "DOCUMENT",
    "GOALS",
    "JOURNAL",
    "PARTS",
    "Found",
    "Goal",
    "Objective",
    "Optimised",
    "Period",
    "Settings",
    "optimize",
    "prepare_folder",
    "read_vary",
    "write_optimised",
]
