"""Filling medical charts: what a summary reads, the same amount for each patient, in one statement a table."""

from django.db import connection

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.core.models import StoredFile
from apps.patients.models import Allergy, CareRelationship, Condition, HealthFacts, Medication, Patient
from apps.records.models import (
    HealthRecord,
    Prescription,
    PrescriptionLine,
    RecordFile,
    SafetyCheck,
    Visit,
    Vitals,
)
from apps.reminders.choices import DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from benchmarks.filling import fill_care, insert, tidy
from benchmarks.sizes import Size

ALLERGIES, CONDITIONS, MEDICATIONS = 3, 3, 6
VISITS, VITALS, PRESCRIPTIONS, LINES, RECORDS, DOSES = 10, 30, 10, 3, 10, 60
_KINDS = {
    model: f"{0x70 + number:x}"
    for number, model in enumerate(
        (
            *(HealthFacts, Allergy, Condition, Medication, Visit, Vitals, SafetyCheck, Prescription, PrescriptionLine),
            *(HealthRecord, StoredFile, RecordFile, ActionPlan, Dose, Appointment),
        )
    )
}


def fill_charts(size: Size) -> tuple[User, User, Patient]:
    """Give every patient a chart, written by the doctor who treats; return a manager and that doctor with the patient.

    The patient is one of the middle of those who have a chart. What was laid out before stays.
    """
    fill_care(size)
    if not HealthFacts.objects.exists():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE chart AS " + _CHART)
        _fill_profile()
        _fill_visits()
        _fill_prescriptions()
        _fill_records()
        _fill_plans()
        tidy(Patient, *_KINDS)
    charts = CareRelationship.objects.filter(ended_at=None, patient__health_facts__isnull=False).order_by("patient_id")
    middle = charts.select_related("doctor__user", "patient")[charts.count() // 2]
    _open_a_plan(middle)
    return User.objects.get(managements__patient=middle.patient), middle.doctor.user, middle.patient


def _open_a_plan(care: CareRelationship) -> None:
    """Let a plan run, of which the summary opens what it says."""
    plan = ActionPlan(patient=care.patient, relationship=care, generation=care.generation, state=PlanState.ACTIVE)
    plan.schedule, plan.time_zone = {}, "Europe/Paris"
    plan.seal_texts(action="Amlodipine 5 mg: 1 tablet once daily", dosage_text="1+0+0")
    plan.seal_safety({})
    plan.save()


# Each patient with the login that manages the record, and with the doctor who treats.
_CHART = """
SELECT row_number() OVER (ORDER BY management.patient_id) - 1 AS n, management.patient_id AS patient,
    management.user_id AS login, care.id AS care, doctor.id AS doctor, doctor.user_id AS doctor_login
FROM patients_management management
JOIN patients_carerelationship care ON care.patient_id = management.patient_id
JOIN hospitals_doctor doctor ON doctor.id = care.doctor_id
"""


def _many(number: int) -> str:
    """Return in SQL every chart so many times over, numbered through by `m` and within each by `k`."""
    return f"(SELECT chart.*, k, n * {number} + k AS m FROM chart, generate_series(0, {number - 1}) k) AS rows"


def _id(model: type, number: str) -> str:
    return f"('01900000-00{_KINDS[model]}-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


def _fill_profile() -> None:
    insert(HealthFacts, _many(1), id=_id(HealthFacts, "m"), patient_id="patient", weight_kg="70", weight_date="now()")
    own = {"patient_id": "patient", "recorded_by_id": "login"}
    insert(Allergy, _many(ALLERGIES), id=_id(Allergy, "m"), substance="'Substance ' || k", reaction="'Rash'", **own)
    insert(Condition, _many(CONDITIONS), id=_id(Condition, "m"), name="'Condition ' || k", code="'I10'", **own)
    insert(
        Medication,
        _many(MEDICATIONS),
        id=_id(Medication, "m"),
        name="'Medicine ' || k",
        dosage="'1 tablet twice daily'",
        ended_date="CASE WHEN k % 3 = 0 THEN '2025-01-01' END",
        **own,
    )


def _fill_visits() -> None:
    insert(
        Visit,
        _many(VISITS),
        id=_id(Visit, "m"),
        patient_id="patient",
        doctor_id="doctor",
        visited_at="now() - k * interval '30 days'",
        chief_complaint="'Chest feels tight on stairs'",
        diagnosis="'High blood pressure, not yet controlled by what is taken'",
        plan="'Measure every morning, come again in a month'",
    )
    insert(
        Vitals,
        _many(VITALS),
        id=_id(Vitals, "m"),
        patient_id="patient",
        recorded_by_id="CASE WHEN k % 2 = 0 THEN login ELSE doctor_login END",
        measured_at="now() - k * interval '3 days'",
        systolic_mmhg="150 - k",
        diastolic_mmhg="90",
        heart_rate_bpm="70",
        weight_kg="70",
        height_cm="170",
    )


def _fill_prescriptions() -> None:
    insert(
        SafetyCheck,
        _many(PRESCRIPTIONS),
        id=_id(SafetyCheck, "m"),
        patient_id="patient",
        checked_by_id="doctor_login",
        knowledge_version="'1'",
    )
    insert(
        Prescription,
        _many(PRESCRIPTIONS),
        id=_id(Prescription, "m"),
        patient_id="patient",
        doctor_id="doctor",
        safety_check_id=_id(SafetyCheck, "m"),
        chain=_id(Prescription, "m"),
        verification_code="lpad(m::text, 26, 'A')",
        diagnosis="'High blood pressure'",
    )
    insert(
        PrescriptionLine,
        _many(PRESCRIPTIONS * LINES),
        id=_id(PrescriptionLine, "m"),
        prescription_id=_id(Prescription, f"m / {LINES}"),
        position=f"m % {LINES}",
        name="'Amlodipine 5 mg'",
        dosage="'1 tablet'",
        frequency="'once daily'",
        structured="'{}'",
    )


def _fill_records() -> None:
    insert(
        HealthRecord,
        _many(RECORDS),
        id=_id(HealthRecord, "m"),
        patient_id="patient",
        title="'Blood count ' || k",
        doctor_id="CASE WHEN k % 2 = 0 THEN doctor END",
        uploaded_by_id="login",
    )
    insert(
        StoredFile,
        _many(RECORDS),
        id=_id(StoredFile, "m"),
        key="'chart/' || m",
        name="'blood.pdf'",
        media_type="'application/pdf'",
        size="40000",
        sha256=r"'\x00'",
    )
    insert(
        RecordFile,
        _many(RECORDS),
        id=_id(RecordFile, "m"),
        record_id=_id(HealthRecord, "m"),
        file_id=_id(StoredFile, "m"),
        uploaded_by_id="login",
    )


def _fill_plans() -> None:
    """Let there be a plan that was followed but for every tenth dose, and a visit to come."""
    insert(
        ActionPlan,
        _many(1),
        id=_id(ActionPlan, "m"),
        patient_id="patient",
        relationship_id="care",
        generation="1",
        state=f"'{PlanState.COMPLETED}'",
        action_sealed=r"'\x00'",
        dosage_sealed=r"'\x00'",
        safety_sealed=r"'\x00'",
        schedule="'{}'",
        time_zone="'Europe/Paris'",
    )
    insert(
        Dose,
        _many(DOSES),
        id=_id(Dose, "m"),
        plan_id=_id(ActionPlan, "n"),
        number="k + 1",
        state=f"CASE WHEN k % 10 = 0 THEN '{DoseState.MISSED}' ELSE '{DoseState.TAKEN}' END",
        due_at="now() - k * interval '1 day'",
        misses_at="now() - k * interval '1 day' + interval '6 hours'",
        local_date="now()",
    )
    starts = "date_trunc('day', now()) + interval '20 days' + n % 5000 * interval '1 day'"
    insert(
        Appointment,
        _many(1),
        id=_id(Appointment, "m"),
        patient_id="patient",
        doctor_id="doctor",
        starts_at=starts,
        ends_at=f"{starts} + interval '20 minutes'",
        local_date=f"({starts})::date",
        seat="n / 5000",
    )
