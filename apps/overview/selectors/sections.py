"""The parts of a patient's summary: each is its own list's query, newest or soonest first, as JSON.

Who may see which row is asked of each model's `visible_to` and stands nowhere here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    CharField,
    Count,
    Exists,
    Expression,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, NullIf, Trim

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.patients.choices import EntryStatus
from apps.patients.models import Allergy, Condition, HealthFacts, Medication, Patient
from apps.patients.querysets import granted_patient
from apps.records.models import HealthRecord, Prescription, PrescriptionLine, RecordFile, Visit, Vitals
from apps.records.models.visits import PLAUSIBLE
from apps.reminders.choices import CLOSED_DUE_DOSES, DoseState
from apps.reminders.models import ActionPlan, Dose

MOST_SHOWN = 5
LONGEST_TREND = 12
MOST_ENTRIES = 100  # Of the profile nothing is left out that a prescriber must know; this only bounds the answer.


class Json(JSONObject):
    """An object whose members keep their order; `jsonb` would sort them."""

    def as_native(self, compiler: Any, connection: Any, *, returning: str, **extra: Any) -> Any:
        """Return the SQL of plain `json`, whatever Django would return."""
        return super().as_native(compiler, connection, returning="JSON", **extra)


class Moment(Func):
    """A moment as the API writes it: RFC 3339, in UTC."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    output_field = TextField()


class Hex(Func):
    """Bytes as hexadecimal digits."""

    template = "encode(%(expressions)s, 'hex')"
    output_field = TextField()


def sections_of(reader: User, patient_id: UUID, *, now: datetime) -> dict[str, Expression | Subquery]:
    """Return each part of the summary as an expression of a query over the patient."""
    mine = {"patient": patient_id}
    return {
        "allergies": _entries(Allergy, reader, mine, now, "substance", "reaction", "severity"),
        "conditions": _entries(Condition, reader, mine, now, "name", "code", "started_date"),
        "medications": _entries(Medication, reader, mine, now, "name", "dosage", "source", "started_date"),
        "visits": _visits(Visit.objects.filter(**mine).visible_to(reader)),
        "vitals": _vitals(Vitals.objects.filter(**mine).visible_to(reader)),
        "prescriptions": _prescriptions(Prescription.objects.filter(**mine).visible_to(reader)),
        "records": _records(HealthRecord.objects.filter(**mine).visible_to(reader)),
        "upcoming_appointments": _appointments(
            Appointment.objects.filter(**mine).visible_to(reader).upcoming(now=now),
        ),
        "open_plans": _plans(ActionPlan.objects.filter(**mine).visible_to(reader).open(now=now)),
        "adherence": _adherence(Dose.objects.filter(plan__patient=patient_id).visible_to(reader)),
    }


def rights_of(reader: User, patient_id: UUID, *, now: datetime) -> dict[str, Expression | Exists]:
    """Return by what right the reader looks, each as a condition: manages, treats, was granted the whole record."""
    patients = Patient.objects.filter(pk=patient_id)
    no = Value(value=False)
    is_doctor = reader.role == Role.DOCTOR
    return {
        "manages": Exists(patients.managed_by(reader)),
        "treats": Exists(patients.treated_by(reader, now=now)) if is_doctor else no,
        "granted": Exists(patients.filter(granted_patient(reader, now=now, path="pk"))) if is_doctor else no,
    }


def demographics(patient_id: UUID) -> dict[str, Expression | F | Subquery]:
    """Return who the patient is, and the facts of which there is one each; null: nobody said."""
    facts = HealthFacts.objects.filter(patient=patient_id)
    return {
        "id": F("pk"),
        "name": Trim(Concat("first_name", Value(" "), "last_name")),
        "birth_date": F("birth_date"),
        "sex": F("sex"),
        "blood_group": F("blood_group"),
        "phone": F("phone"),
        "email": F("email"),
        "emergency_name": F("emergency_name"),
        "emergency_phone": F("emergency_phone"),
        "emergency_relation": F("emergency_relation"),
        "time_zone": F("time_zone"),
        "language": F("language"),
        "health_facts": Subquery(
            facts.values(
                row=Json(
                    is_pregnant=F("is_pregnant"),
                    due_date=F("due_date"),
                    is_lactating=F("is_lactating"),
                    weight_kg=_text("weight_kg"),
                    weight_date=F("weight_date"),
                )
            )
        ),
    }


def _entries(kind: Any, reader: User, mine: Mapping[str, UUID], now: datetime, *columns: str) -> ArraySubquery:
    """Return the entries of the profile that hold now; what was a mistake or is over is not among them."""
    holding = kind.objects.filter(**mine).visible_to(reader).of_status(EntryStatus.ACTIVE, now=now).order_by("-id")
    return _rows(holding, MOST_ENTRIES, id=F("pk"), **{name: F(name) for name in columns})


def _visits(visits: "QuerySet[Visit]") -> ArraySubquery:
    return _rows(
        visits.order_by("-visited_at", "-id"),
        MOST_SHOWN,
        id=F("pk"),
        visited_at=Moment("visited_at"),
        doctor_name=_name("doctor__user"),
        chief_complaint=F("chief_complaint"),
        diagnosis=F("diagnosis"),
        diagnosis_code=F("diagnosis_code"),
        plan=F("plan"),
        follow_up_date=F("follow_up_date"),
    )


def _vitals(vitals: "QuerySet[Vitals]") -> ArraySubquery:
    decimals = {"temperature_c", "weight_kg", "height_cm"}
    figures: dict[str, Any] = {name: _text(name) if name in decimals else F(name) for name in PLAUSIBLE}
    newest = vitals.order_by("-measured_at", "-id")
    return _rows(newest, LONGEST_TREND, id=F("pk"), measured_at=Moment("measured_at"), **figures)


def _prescriptions(prescriptions: "QuerySet[Prescription]") -> ArraySubquery:
    lines = PrescriptionLine.objects.filter(prescription=OuterRef("pk")).order_by("position")
    words = {name: F(name) for name in ("name", "dosage", "frequency", "duration", "instructions")}
    return _rows(
        prescriptions.filter(successor=None).order_by("-id"),
        MOST_SHOWN,
        id=F("pk"),
        version=F("version"),
        issued_at=Moment("created_at"),
        doctor_name=_name("doctor__user"),
        diagnosis=F("diagnosis"),
        medicines=ArraySubquery(lines.values(row=Json(**words))),
        not_checked=F("safety_check__not_checked"),
        follow_up_date=F("follow_up_date"),
    )


def _records(records: "QuerySet[HealthRecord]") -> ArraySubquery:
    files = RecordFile.objects.present().filter(record=OuterRef("pk")).order_by().values("record")
    return _rows(
        records.order_by("-id"),
        MOST_SHOWN,
        id=F("pk"),
        record_type=F("record_type"),
        title=F("title"),
        date=F("record_date"),
        files=Coalesce(Subquery(files.annotate(number=Count("pk")).values("number")), 0),
        created_at=Moment("created_at"),
    )


def _appointments(appointments: "QuerySet[Appointment]") -> ArraySubquery:
    return _rows(
        appointments,
        MOST_SHOWN,
        id=F("pk"),
        starts_at=Moment("starts_at"),
        time_zone=Coalesce("doctor__hospital__time_zone", "doctor__time_zone"),
        doctor_name=_name("doctor__user"),
        status=F("status"),
    )


def _plans(plans: "QuerySet[ActionPlan]") -> ArraySubquery:
    """Return the running plans; what to do, and what was checked, is sealed, and opened by whoever asked."""
    sealed = {name: Hex(name) for name in ("action_sealed", "safety_sealed")}
    return _rows(plans.order_by("-id"), MOST_SHOWN, id=F("pk"), **sealed)


def _adherence(doses: "QuerySet[Dose]") -> Subquery:
    """Return the tally of the doses that were due, null before the first."""
    due = doses.filter(state__in=CLOSED_DUE_DOSES).order_by().values("plan__patient")
    counted = {
        "due": Count("pk"),
        "taken": Count("pk", filter=Q(state=DoseState.TAKEN)),
        "missed": Count("pk", filter=Q(state=DoseState.MISSED)),
        "skipped": Count("pk", filter=Q(state=DoseState.SKIPPED)),
    }
    return Subquery(due.annotate(row=Json(**counted)).values("row"))


def _rows(rows: "QuerySet[Any]", most: int, /, **members: Any) -> ArraySubquery:
    return ArraySubquery(rows.values(row=Json(**members))[:most])


def _text(column: str) -> Cast:
    """Return a decimal figure as the API writes it."""
    return Cast(column, CharField())


def _name(login: str) -> Coalesce:
    """Return how a login is called, as `User.name` says it."""
    names = Concat(f"{login}__first_name", Value(" "), f"{login}__last_name")
    return Coalesce(NullIf(Trim(names), Value("")), f"{login}__username")
