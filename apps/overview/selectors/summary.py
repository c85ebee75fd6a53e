"""A patient at a glance: ten tables and more, in one statement that PostgreSQL answers as JSON."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.standing import standing_of
from apps.core.errors import NotFound
from apps.core.prepared import PreparedQuestion
from apps.overview.selectors.sections import Json, demographics, rights_of, sections_of
from apps.patients.models import Patient
from apps.records.models.visits import body_mass_index
from apps.reminders.models import ActionPlan

# Sections that are clinical: those who see a patient's contact only do not see them, not even as empty.
CLINICAL = ("allergies", "conditions", "medications", "visits", "vitals", "prescriptions", "records")
FOLLOWED = ("open_plans", "adherence")
FACTS = ("birth_date", "sex", "blood_group", "health_facts")
REMARKS = ("is_whole", "not_shown")  # About the answer, not about the patient.
UNKNOWN: Any = (None, "", "UNKNOWN", [])
# Who asks, about whom, and what the reader stands for, while the question is composed.
READER, SUBJECT, HOSPITAL, DOCTOR = (UUID(int=number) for number in range(1, 5))
STAND_INS = {READER: "reader", SUBJECT: "patient", HOSPITAL: "hospital", DOCTOR: "doctor"}


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """What the record says of a patient, as far as this reader may see, and whether the reader manages it."""

    shown: dict[str, Any]
    is_own: bool


def patient_summary(patient_id: UUID, *, reader: User, now: datetime) -> PatientSummary:
    """Return the summary of a patient whom the reader may see; raises NotFound. One query."""
    hospital, doctor = standing_of(reader, "hospital"), standing_of(reader, "doctor")
    manages = patient_id in (standing_of(reader, "managed") or ())
    question = _question(reader.role, manages=manages, is_staff=hospital is not None, is_doctor=doctor is not None)
    found = question.first(
        reader=reader.pk, patient=patient_id, hospital=hospital, doctor=doctor, now=now, today=now.date()
    )
    if found is None:
        raise NotFound
    row = orjson.loads(found[0])
    rights = row.pop("rights")
    return PatientSummary(_shown(row, rights), is_own=rights["manages"])


def _shown(row: dict[str, Any], rights: dict[str, bool]) -> dict[str, Any]:
    """Say what is left out and what nobody recorded, and compute what the database does not know."""
    hidden = () if any(rights.values()) else (*CLINICAL, *FOLLOWED, *FACTS)
    row.update(dict.fromkeys(hidden))
    for each in row["vitals"] or ():
        each["bmi"] = _bmi(each)
    for each in row["open_plans"] or ():
        sealed = {name: bytes.fromhex(each.pop(name)) for name in ("action_sealed", "safety_sealed")}
        plan = ActionPlan(pk=UUID(each["id"]), **sealed)
        each.update(action=plan.action, not_checked=(plan.safety_check or {}).get("not_checked", []))
    row["is_whole"] = rights["manages"] or rights["granted"]
    row["not_shown"] = list(hidden)
    told = {name: value for name, value in row.items() if name not in {*hidden, *REMARKS}}
    row["not_recorded"] = [name for name, value in told.items() if value in UNKNOWN]
    return row


def _bmi(measured: dict[str, Any]) -> str | None:
    weight, height = measured["weight_kg"], measured["height_cm"]
    index = body_mass_index(weight and Decimal(weight), height and Decimal(height))
    return str(index) if index is not None else None


# --- The question ---------------------------------------------------------------------------------------


@cache
def _question(role: str, *, manages: bool, is_staff: bool, is_doctor: bool) -> PreparedQuestion:
    """Return what such readers ask: of two readers of a role, two patients or two moments only values differ."""
    compose = partial(_compose, role, manages=manages, is_staff=is_staff, is_doctor=is_doctor)
    return PreparedQuestion(compose, stand_ins=STAND_INS)


def _compose(role: str, *, manages: bool, is_staff: bool, is_doctor: bool) -> QuerySet[Patient, Any]:
    reader = User(pk=READER, role=role)
    reader.standing = {
        "managed": [SUBJECT] if manages else [],  # Whom else the reader manages is not asked about.
        "hospital": HOSPITAL if is_staff else None,
        "doctor": DOCTOR if is_doctor else None,
    }
    now = timezone.now()
    members = {
        **demographics(SUBJECT),
        **sections_of(reader, SUBJECT, now=now),
        "rights": Json(**rights_of(reader, SUBJECT, now=now)),
    }
    patient = Patient.objects.visible_to(reader).filter(pk=SUBJECT).order_by()
    return patient.values_list(Cast(Json(**members), TextField()))
