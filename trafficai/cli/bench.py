"""``trafficai bench``: how fast the core is, against SUMO in the same run, and whether it became slower."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

if TYPE_CHECKING:
    from trafficai.benchmarking import Baseline, Results, Row

Repeats = Annotated[int, Parameter(validator=validators.Number(gte=3, lte=1000))]
Patterns = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")]


def bench(*, json: Path | None = None, against: Path | None = None, rows: Patterns = (), repeats: Repeats = 3) -> None:
    """Measure speed, start and memory as ratios, ours over theirs in the same run.

    Args:
        json: file for the result as JSON.
        against: file of an earlier run; ends with exit code 1 where a ratio fell more than 15 % below it.
        rows: names of what is measured, or patterns such as 'core/*'; the usual ones if none is given.
        repeats: samples of each side.
    """
    from trafficai.benchmarking import Baseline, find_falls, read_baseline, run_gated, select
    from trafficai.cli import console
    from trafficai.cli.options import require_outputs
    from trafficai.datatypes import RunError

    require_outputs(json)
    baseline = Baseline() if against is None else read_baseline(against)
    chosen = select(rows)
    with console.progress("bench") as bar:
        results = run_gated(chosen, baseline, repeats, bar.advance_to)
    console.report_warnings(_remarks(results, baseline, bool(rows)))
    _print(results, baseline)
    if json is not None:
        _write(json, results)
    falls = find_falls(results.rows, baseline)
    for fall in falls:
        console.say(str(fall))
    if falls:
        raise RunError(f"{len(falls)} of {len(results.rows)} rows fell more than 15 % below {against}")


def _remarks(results: Results, baseline: Baseline, is_part: bool) -> list[str]:
    """Return what was not measured though one might think so."""
    remarks = [f"{name} was skipped: {why}" for name, why in results.skipped.items()]
    measured = {row.name for row in results.rows} | set(results.skipped)
    if not is_part:
        remarks += [f"{name} is in the baseline and was not measured" for name in baseline if name not in measured]
    return remarks


def _print(results: Results, baseline: Baseline) -> None:
    """Print a row per measurement, medians only."""
    from trafficai.cli.console import print_table

    header = ("row", "ratio", "baseline", "ours", "theirs", "unit", "against")
    print_table("bench", header, [_cells(row, baseline) for row in results.rows], numbers=(1, 2, 3, 4))


def _cells(row: Row, baseline: Baseline) -> tuple[str, ...]:
    from statistics import median

    expected = baseline.expect(row)
    was = "-" if expected is None else f"{expected:.3g}"
    medians = (f"{median(samples):,.{_digits(median(samples))}f}" for samples in (row.ours, row.theirs))
    return (row.name, f"{row.ratio:.3g}", was, *medians, row.unit.text, row.against)


def _digits(value: float) -> int:
    """Return how many digits after the point a number of this size is shown with."""
    return 2 if value < 100.0 else 0


def _write(path: Path, results: Results) -> None:
    """Write the result as JSON."""
    import json

    from trafficai.benchmarking import bench_document
    from trafficai.cli.console import say
    from trafficai.cli.options import typed_command
    from trafficai.evaluation import write_text_atomically

    document = bench_document(results, typed_command.get())
    write_text_atomically(path, json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n")
    say(f"written {path}")
