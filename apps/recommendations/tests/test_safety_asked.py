"""The second safety table: common contraindications as clinicians spell them, and everyday cases (asked_cases.yaml)."""

from pathlib import Path

import pytest
import yaml

from apps.recommendations.medicines import Severity

from .safety_cases import bad, fine

TABLE = yaml.safe_load((Path(__file__).parent / "asked_cases.yaml").read_text(encoding="utf-8"))
GRAVE = (Severity.HIGH, Severity.CRITICAL)


def dangers():
    for kind, rows in TABLE["dangers"].items():
        for medicine, severity, facts in rows:
            yield bad(medicine, kind, severity, "label or formulary", **facts)


@pytest.mark.parametrize("case", list(dangers()), ids=str)
def test_dangers_are_found_at_least_this_grave(case):
    found = [finding.severity.rank for finding in case.verdict().findings if finding.type == case.kind]
    assert max(found, default=-1) >= Severity(case.severity).rank


@pytest.mark.parametrize("case", [fine(medicine, **facts) for medicine, facts in TABLE["clean"]], ids=str)
def test_everyday_cases_are_clean(case):
    verdict = case.verdict()
    assert verdict.medicine is not None
    assert [finding for finding in verdict.findings if finding.severity in GRAVE] == []
    assert [gap for gap in verdict.not_checked if gap.kind in ("medicine", "current_medicine", "condition")] == []
