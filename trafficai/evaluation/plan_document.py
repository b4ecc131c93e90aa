"""The JSON document of ``check-plan``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from trafficai.evaluation.document import document_head
from trafficai.evaluation.versions import installed_versions
from trafficai.plans import RESULTS, Finding
from trafficai.scenario.model import Scenario


def findings_document(
    scenario: Scenario, plan: str | None, standard: str, findings: Sequence[Finding]
) -> dict[str, Any]:
    """Return the document; ``plan`` is what the user named, None for the network's own programs."""
    versions = installed_versions()
    counts = Counter(finding.result for finding in findings)
    return {
        **document_head(versions),
        "scenario": scenario.name,
        "scenario_sha256": scenario.sha256,
        "plan": plan,
        "standard": standard,
        "passed": counts["fail"] == 0,
        "counts": {result: counts[result] for result in RESULTS},
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fields = finding._asdict() | {"groups": list(finding.groups)}
    return {{"value": "value_s", "limit": "limit_s"}.get(name, name): value for name, value in fields.items()}
