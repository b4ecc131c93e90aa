"""``trafficai report``: a page for people from a comparison's JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def report(results: Path, /, *, out: Path | None = None, lang: Literal["en", "de"] = "en") -> None:
    """Make the HTML report of a comparison.

    Args:
        results: the file that `trafficai compare --json` wrote.
        out: folder for the report, by default the one of the results.
        lang: language of the report.
    """
    from trafficai.cli.console import say
    from trafficai.cli.options import require_outputs
    from trafficai.evaluation import read_comparison
    from trafficai.reports import write_report

    folder = results.parent if out is None else out
    comparison = read_comparison(results)
    require_outputs(None, folder)
    say(f"written {write_report(comparison, folder, lang)}")
