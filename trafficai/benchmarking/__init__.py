"""What is timed and how: the core against SUMO, many worlds against one, and the start from nothing."""

from trafficai.benchmarking.catalogue import select
from trafficai.benchmarking.document import bench_document, read_ratios
from trafficai.benchmarking.gate import TOLERANCE, Fall, find_falls, run_gated
from trafficai.benchmarking.measure import Results, measure_all
from trafficai.benchmarking.model import Benchmark, Contest, Row, Unavailable, Unit

__all__ = [
    "TOLERANCE",
    "Benchmark",
    "Contest",
    "Fall",
    "Results",
    "Row",
    "Unavailable",
    "Unit",
    "bench_document",
    "find_falls",
    "measure_all",
    "read_ratios",
    "run_gated",
    "select",
]
