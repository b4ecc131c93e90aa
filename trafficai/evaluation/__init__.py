"""Scenario x controller x seed -> results: single runs, and comparisons paired by seed with intervals."""

from trafficai.datatypes.files import require_writable, write_text_atomically
from trafficai.evaluation.comparison import Cell, Comparison, Difference
from trafficai.evaluation.document import SCHEMA, document_head, read_comparison, run_document
from trafficai.evaluation.emission_basis import basis_lines, emission_basis, in_words
from trafficai.evaluation.episode import EpisodeResult, Performance, SignalReport, run_episode, simulate
from trafficai.evaluation.ladder import make_ladder, served
from trafficai.evaluation.plan_document import findings_document
from trafficai.evaluation.runner import CellPlan, Observer, compare, engines_of
from trafficai.evaluation.statistics import CONFIDENCE, Interval, mean_interval, run_interval
from trafficai.evaluation.versions import Versions, installed_versions

__all__ = [
    "CONFIDENCE",
    "SCHEMA",
    "Cell",
    "CellPlan",
    "Comparison",
    "Difference",
    "EpisodeResult",
    "Interval",
    "Observer",
    "Performance",
    "SignalReport",
    "Versions",
    "basis_lines",
    "compare",
    "document_head",
    "emission_basis",
    "engines_of",
    "findings_document",
    "in_words",
    "installed_versions",
    "make_ladder",
    "mean_interval",
    "read_comparison",
    "require_writable",
    "run_document",
    "run_episode",
    "run_interval",
    "served",
    "simulate",
    "write_text_atomically",
]
