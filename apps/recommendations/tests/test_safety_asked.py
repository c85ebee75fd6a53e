"""The second safety table: common contraindications as clinicians spell them, and everyday cases (asked_cases.yaml)."""

from pathlib import Path

import yaml

from apps.recommendations.medicines import Severity

from .safety_cases import bad, fine

TABLE = yaml.safe_load((Path(__file__).parent / "asked_cases.yaml").read_text(encoding="utf-8"))
GRAVE = (Severity.HIGH, Severity.CRITICAL)


def dangers():
    for kind, rows in TABLE["dangers"].items():
        for medicine, severity, facts in rows:
            yield bad(medicine, kind, severity, "label or formulary", **facts)


def test_dangers_are_found_at_least_this_grave():
    assert [str(case) for case in dangers() if _gravest(case) < Severity(case.severity).rank] == []


def _gravest(case):
    found = [finding.severity.rank for finding in case.verdict().findings if finding.type == case.kind]
    return max(found, default=-1)


def test_everyday_cases_are_clean():
    cases = [fine(medicine, **facts) for medicine, facts in TABLE["clean"]]
    assert [str(case) for case in cases if not _is_clean(case.verdict())] == []


def _is_clean(verdict):
    grave = [finding for finding in verdict.findings if finding.severity in GRAVE]
    unread = [gap for gap in verdict.not_checked if gap.kind in ("medicine", "current_medicine", "condition")]
    return verdict.medicine is not None and not grave and not unread
