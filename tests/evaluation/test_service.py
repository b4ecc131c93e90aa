"""Quality of service put together: per stream, approach and junction."""

from __future__ import annotations

import json

import pytest

from trafficai.backends import BACKENDS
from trafficai.controllers import FixedTime
from trafficai.evaluation import run_document, simulate
from trafficai.evaluation.service import Service
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("cologne1", 25200, 25800)


@pytest.fixture(scope="module")
def services(scenario: Scenario) -> dict[str, Service]:
    found = {engine: simulate(scenario, FixedTime(), engine, 1, streams=True).service for engine in BACKENDS}
    return {engine: service for engine, service in found.items() if service is not None}


def test_watching_changes_nothing(scenario: Scenario) -> None:
    plain, watched = (simulate(scenario, FixedTime(), "numba", 1, streams=streams) for streams in (False, True))
    assert plain.service is None
    assert watched.metrics == plain.metrics


def test_approaches_and_junctions_are_made_of_their_streams(services: dict[str, Service]) -> None:
    for service in services.values():
        (junction,) = service.junctions
        assert len(service.approaches) == 4
        assert junction.flow_veh_h == pytest.approx(sum(stream.flow_veh_h for stream in service.streams))
        flows = [stream.flow_veh_h for stream in service.streams if stream.control_delay_s is not None]
        delays = [stream.control_delay_s for stream in service.streams if stream.control_delay_s is not None]
        mean = sum(flow * delay for flow, delay in zip(flows, delays, strict=True)) / sum(flows)
        assert junction.control_delay_s == pytest.approx(mean)
        assert junction.hbs_qsv == max(stream.hbs_qsv for stream in service.streams if stream.hbs_qsv is not None)
        assert junction.degree_of_saturation == max(
            approach.degree_of_saturation
            for approach in service.approaches
            if approach.degree_of_saturation is not None
        )
        assert service.worst_stream is not None
        assert service.streams[service.worst_stream].control_delay_s == max(delays)


def test_the_engines_agree(services: dict[str, Service]) -> None:
    core, sumo = services["numba"], services["sumo"]
    assert core.junctions[0].control_delay_s == pytest.approx(sumo.junctions[0].control_delay_s, rel=0.1)
    assert core.saturation_flow_veh_h == pytest.approx(sumo.saturation_flow_veh_h, rel=0.05)
    assert core.person_delay_s == pytest.approx(sumo.person_delay_s, rel=0.1)
    assert [stream.green_share for stream in core.streams] == [stream.green_share for stream in sumo.streams]


def test_the_document_is_json_without_nan(scenario: Scenario) -> None:
    result = simulate(scenario, FixedTime(), "numba", 1, streams=True)
    document = run_document(scenario, "fixed-time", "numba", 1, result)
    again = json.loads(json.dumps(document, allow_nan=False))["service"]
    assert set(again) == set(Service._fields)
    assert {"signal", "from_edge", "to_edge", "control_delay_s", "hcm_los", "hbs_qsv"} <= set(again["streams"][0])
    assert "service" not in run_document(scenario, "fixed-time", "numba", 1, result._replace(service=None))


def test_measured_delay_is_what_the_hcm_computes_where_nobody_yields() -> None:
    """At the scenario junction every movement has a green of its own, and arrivals take no notice of the signal."""
    service = simulate(load_scenario("junction"), FixedTime(), "numba", 1, streams=True).service
    assert service is not None
    rows = [(row.flow_veh_h, row.control_delay_s, row.hcm_delay_s) for row in service.streams]
    flow = sum(flow for flow, _, _ in rows)
    measured, computed = (sum(row[0] * (row[k] or 0.0) for row in rows) / flow for k in (1, 2))
    assert measured == pytest.approx(computed, rel=0.1)  # 35.7 s and 37.0 s
    for _, own, formula in rows:
        assert own == pytest.approx(formula, rel=0.25)
