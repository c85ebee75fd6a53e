"""The second to fourth safety table: contraindications as clinicians spell them, everyday cases, and the unknown."""

from pathlib import Path

import pytest
import yaml

from apps.recommendations.medicines import Severity

from .safety_cases import bad, fine

TABLES = {
    name: yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    for name in ("asked_cases.yaml", "pharmacist_cases.yaml", "mainstream_cases.yaml")
}
GRAVE = (Severity.HIGH, Severity.CRITICAL)
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


def dangers(table):
    for kind, rows in table["dangers"].items():
        for medicine, severity, facts in rows:
            yield bad(medicine, kind, severity, "label or formulary", **facts)


@each_table
def test_dangers_are_found_at_least_this_grave(table):
    assert [str(case) for case in dangers(table) if _gravest(case) < Severity(case.severity).rank] == []


def _gravest(case):
    found = [finding.severity.rank for finding in case.verdict().findings if finding.type == case.kind]
    return max(found, default=-1)


@each_table
def test_everyday_cases_are_clean(table):
    cases = [fine(medicine, **facts) for medicine, facts in table["clean"]]
    assert [str(case) for case in cases if not _is_clean(case.verdict())] == []


def _is_clean(verdict):
    grave = [finding for finding in verdict.findings if finding.severity in GRAVE]
    unread = [gap for gap in verdict.not_checked if gap.kind in ("medicine", "current_medicine", "condition")]
    return verdict.medicine is not None and not grave and not unread


def test_the_unknown_is_listed_as_not_checked():
    rows = TABLES["pharmacist_cases.yaml"]["unknown"]
    silent = [
        f"{medicine}: {kind}"
        for medicine, kind, facts in rows
        if kind not in {gap.kind for gap in fine(medicine, **facts).verdict().not_checked}
    ]
    assert silent == []
