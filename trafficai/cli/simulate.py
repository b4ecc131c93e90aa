"""``trafficai simulate``: one agent, one seed, one engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trafficai.cli.options import EmissionModel, Engine, Flag, Positive, Seconds, Seed, Share

if TYPE_CHECKING:
    from trafficai.evaluation import EpisodeResult, Performance
    from trafficai.evaluation.service import GroupService, Service, StreamService
    from trafficai.logs import RunLog
    from trafficai.scenario.model import Scenario


def simulate(
    scenario: str,
    /,
    *,
    agent: str = "fixed-time",
    backend: Engine = "numba",
    seed: Seed = 7,
    begin: int | None = None,
    end: int | None = None,
    drop_unreachable: Flag = False,
    plan: Path | None = None,
    warm_up: Seconds = 0,
    fleet: str | None = None,
    ev_share: Share | None = None,
    emission_model: EmissionModel | None = None,
    streams: Flag = False,
    json: Path | None = None,
    log: Path | None = None,
    log_fcd: Flag = False,
    log_parquet: Flag = False,
    log_interval: Positive = 900,
) -> None:
    """Run one agent on a scenario and print what became of its vehicles.

    Args:
        scenario: a name, a folder or a .sumocfg.
        agent: a rule of `trafficai list agents`, or the folder of a trained policy.
        backend: the engine.
        seed: of everything that is drawn.
        begin: start of the period [s], instead of the scenario's own.
        end: end of the period [s], instead of the scenario's own.
        drop_unreachable: leave out vehicles that have no way to their destination, and count them.
        plan: fixed-time plan that takes the place of the network's programs: SUMO's additional file, a folder of
            plan.csv and signalgroups.csv, or CSV files of SUMO's tls_csvSignalGroups.py.
        warm_up: vehicles scheduled in the first so many seconds are simulated, but in no figure [s].
        fleet: emission classes of passenger cars, drawn by share: DE-2022, DE-2026, or a TOML file.
        ev_share: share of electric cars (0 to 1), instead of the fleet's own.
        emission_model: what SUMO's own figures of cars follow, instead of their emission class; only with SUMO.
        streams: watch every stream under a signal: delay, queues, saturation, levels of service, arrivals on green.
        json: file for the result as JSON.
        log: folder for the event log, trips, edge data and detectors.
        log_fcd: log every vehicle in every second too.
        log_parquet: write the tables of the log as Parquet too.
        log_interval: length of the intervals of edge data [s].
    """
    from trafficai.cli import console
    from trafficai.cli.options import open_scenario, require_outputs, require_sumo
    from trafficai.controllers import designed
    from trafficai.evaluation import basis_lines, emission_basis
    from trafficai.evaluation import simulate as run
    from trafficai.training import make_agents

    require_outputs(json, log)
    require_sumo(emission_model, backend)
    ((name, controller),) = make_agents([agent]).items()
    loaded = open_scenario(scenario, begin, end, drop_unreachable, plan, fleet, ev_share)
    opened = designed(controller, loaded)
    kept = _log(opened, log, fcd=log_fcd, parquet=log_parquet, period=log_interval)
    controller.reset(opened, seed)  # refuses a scenario it cannot serve before anything is shown
    with console.progress(f"{opened.name}, {name}, {backend}") as bar:

        def tell(simulated_s: int) -> None:
            bar.advance_to(simulated_s / opened.duration)

        result = run(opened, controller, backend, seed, tell, kept, streams, warm_up, emission_model)
    title = f"{opened.name}, {name}, {backend}, seed {seed}, {opened.begin} to {opened.end} s"
    console.print_table(title, ("measure", "value", "unit", "counted over"), _rows(result), numbers=(1,))
    for line in basis_lines(emission_basis(opened, emission_model), result.metrics.as_dict()):
        console.say(line)
    if result.service is not None:
        _print_service(result.service)
    if result.warm_up.seconds:
        console.say(str(result.warm_up))
    console.say(_speed(result.performance))
    console.say(str(result.signals.watch))
    console.report_warnings(_warnings(result))
    if log is not None:
        console.say(f"written {log}")
    if json is not None:
        _write(json, loaded, (name, backend, seed), result, emission_model)


def _log(scenario: Scenario, folder: Path | None, *, fcd: bool, parquet: bool, period: int) -> RunLog | None:
    """Return the log that is asked for; InputError for options that need one."""
    from trafficai.datatypes import InputError
    from trafficai.logs import RunLog

    if folder is None:
        if fcd or parquet:
            raise InputError("--log-fcd and --log-parquet say what is logged; name a folder with --log")
        return None
    return RunLog(scenario, folder, fcd=fcd, parquet=parquet, period=period)


def _rows(result: EpisodeResult) -> list[tuple[str, str, str, str]]:
    """Return a row per metric."""
    from trafficai.metrics import metric_info

    values = result.metrics.as_dict()
    shown = [(metric_info(name), scope) for names, scope in SCOPES.items() for name in names if name in values]
    return [(info.label, f"{values[info.name]:,.{info.digits}f}", info.unit, scope) for info, scope in shown]


def _print_service(service: Service) -> None:
    """Print a row per stream and per junction, and what they share."""
    from trafficai.cli.console import print_table, say

    header = ("signal", "stream", "veh/h", "control delay [s]", "x", "queue 95 % [m]", "max [m]", "storage [m]")
    graded = (*header, "on green", "split failures", "HCM", "HBS")
    rows = [_stream_row(row) for row in service.streams]
    totals = [_junction_row(row) for row in service.junctions]
    print_table("Streams under signals", graded, [*rows, *totals], numbers=range(2, 10))
    source = "measured" if service.saturation_flow_measured else "of the HBS, as none was measured"
    say(f"saturation flow {service.saturation_flow_veh_h:,.0f} veh/h per lane, {source}")
    say(
        f"delay of a person {service.person_delay_s:.1f} s; Gini of delay {service.delay_gini:.2f} over vehicles,"
        f" {service.stream_delay_gini:.2f} over streams"
    )


def _stream_row(row: StreamService) -> tuple[str, ...]:
    stream = f"{row.from_edge} to {row.to_edge} ({row.direction})"
    queues = (_text(row.queue_95_m), _text(row.queue_max_m), _text(row.storage_m))
    on_green = "-" if row.arrivals_on_green is None else f"{row.arrivals_on_green:.0%}"
    failures = f"{row.split_failures} of {row.greens}"
    head = (row.signal, stream, _text(row.flow_veh_h), _text(row.control_delay_s, 1))
    grades = (row.hcm_los or "-", row.hbs_qsv or "-")
    return (*head, _text(row.degree_of_saturation, 2), *queues, on_green, failures, *grades)


def _junction_row(row: GroupService) -> tuple[str, ...]:
    head = (row.signal, "all together", _text(row.flow_veh_h), _text(row.control_delay_s, 1))
    return (*head, _text(row.degree_of_saturation, 2), "", "", "", "", "", row.hcm_los or "-", row.hbs_qsv or "-")


def _text(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _speed(performance: Performance) -> str:
    """Return in one line how fast the run was, loading and compilation left out."""
    speed = performance.vehicle_updates / performance.cpu_s if performance.cpu_s > 0.0 else 0.0
    taken = f"{performance.simulated_s} s simulated in {performance.wall_s:.2f} s"
    return f"{taken}, {speed:,.0f} vehicle-seconds per CPU second"


def _warnings(result: EpisodeResult) -> list[str]:
    """Return what a reader must know of the signals."""
    lines = [] if result.signals.is_valid else ["a signal showed what it must not: this run is not valid"]
    counts = ", ".join(f"{kind} {count}" for kind, count in result.signals.fallbacks.items() if count)
    return [*lines, f"decisions that were none, by kind: {counts}; the fixed plan was followed"] if counts else lines


SCOPES: dict[tuple[str, ...], str] = {
    ("loaded", "inserted", "arrived", "running", "waiting_to_enter", "teleports"): "number of vehicles",
    ("delay_s", "depart_delay_s"): "mean, all scheduled",
    ("time_loss_s", "waiting_time_s", "duration_s", "stops", "speed_m_s", "route_length_m"): "mean, all inserted",
    ("co2_kg", "co2_hbefa3_kg", "co2_vt_micro_kg", "engine_co2_kg", "fuel_kg", "engine_fuel_kg"): "sum of all",
    ("nox_kg", "engine_nox_kg", "pmx_g", "engine_pmx_g"): "sum of all",
    ("electricity_kwh", "engine_electricity_kwh"): "sum of all",
}


def _write(
    path: Path, scenario: Scenario, run: tuple[str, str, int], result: EpisodeResult, emission_model: str | None
) -> None:
    """Write the result as JSON."""
    import json

    from trafficai.cli.console import say
    from trafficai.evaluation import run_document, write_text_atomically

    agent, backend, seed = run
    document = run_document(scenario, agent, backend, seed, result, emission_model)
    write_text_atomically(path, json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n")
    say(f"written {path}")
