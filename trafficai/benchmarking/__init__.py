"""What is timed and how: the core against SUMO, many worlds against one, and the start from nothing."""

from trafficai.benchmarking.baseline import Baseline, Seen, read_baseline
from trafficai.benchmarking.catalogue import select
from trafficai.benchmarking.document import bench_document
from trafficai.benchmarking.gate import TOLERANCE, Fall, find_falls, run_gated
from trafficai.benchmarking.measure import Results, measure_all
from trafficai.benchmarking.model import Benchmark, Contest, Row, Unavailable, Unit

__all__ = [
    "TOLERANCE",
    "Baseline",
    "Benchmark",
    "Contest",
    "Fall",
    "Results",
    "Row",
    "Seen",
    "Unavailable",
    "Unit",
    "bench_document",
    "find_falls",
    "measure_all",
    "read_baseline",
    "run_gated",
    "select",
]
