"""The demo patient's record: visits and measurements over time, prescriptions, files, and who may look."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.core.files import WrittenFile, discard, write_upload
from apps.hospitals.models import Doctor
from apps.patients.choices import GrantKind
from apps.patients.models import AccessGrant, Patient
from apps.patients.services.access import GRANTED_FOR, break_glass
from apps.patients.services.care import choose_doctor
from apps.records.choices import RecordType
from apps.records.models import HealthRecord, Visit
from apps.records.services.annotating import annotate
from apps.records.services.health import add_record, share_record, upload_report
from apps.records.services.prescribing import issue_prescription, revise_prescription
from apps.records.services.visits import state_result, state_vitals, write_visit

WEEK = timedelta(weeks=1)
PRESSURES = ((158, 98), (154, 97), (155, 94), (149, 95), (146, 92), (143, 90), (139, 88))  # Week by week, until now.
AMLODIPINE = {
    "name": "Amlodipine 5 mg",
    "dosage": "1 tablet",
    "frequency": "once daily",
    "duration": "for 90 days",
    "instructions": "In the morning",
}


@contextmanager
def written_files() -> Iterator[list[WrittenFile]]:
    """Write the demo's files before any transaction, and delete those that no row came to own."""
    written: list[WrittenFile] = []
    try:
        for name, words in (("blood-count.pdf", "Haemoglobin 13.1 g/dl"), ("ecg.png", "ECG"), ("echo.pdf", "Echo")):
            form = "PDF" if name.endswith("pdf") else "PNG"
            written.append(write_upload(field="files", name=name, stream=_page(words, form)))
        yield written
    finally:
        discard(written)


def fill_chart(
    *, manager: User, doctor: Doctor, colleague: Doctor, staff: User, files: Sequence[WrittenFile], now: datetime
) -> Patient:
    """Fill the record of the manager's own patient, and let an emergency at the child's await its review."""
    patient = Patient.objects.own_of(manager).get()
    blood, ecg, echo = files
    choose_doctor(actor=manager, patient_id=patient.pk, doctor_id=doctor.pk, now=now - len(PRESSURES) * WEEK)
    visit = _visits(patient, doctor, now)
    _measured_at_home(patient, manager, now)
    _prescriptions(patient, doctor, now)
    record = _records(patient, manager, doctor, (blood, ecg), now)
    state_result(actor=doctor.user, test=visit.tests.get(), result="13.1 g/dl", record_id=record.pk, now=now)
    upload_report(
        actor=staff, patient_id=patient.pk, files=[echo], title="Echocardiogram", record_type="ULTRASOUND", now=now
    )
    _let_in(patient, manager, colleague, now)
    return patient


def _visits(patient: Patient, doctor: Doctor, now: datetime) -> Visit:
    """Write the first visit, and the one that was booked and is over."""
    write_visit(
        actor=doctor.user,
        patient_id=patient.pk,
        visited_at=now - 6 * WEEK,
        chief_complaint="Headaches in the morning",
        symptoms="Dull, for some weeks; no dizziness",
        medical_history="High blood pressure since 2021",
        diagnosis="High blood pressure, not controlled",
        diagnosis_code="I10",
        plan="Measure at home, salt, walk; a tablet",
        needs_follow_up=True,
        follow_up_date=(now + WEEK).date(),
        vitals={"systolic_mmhg": 158, "diastolic_mmhg": 98, "heart_rate_bpm": 78, "weight_kg": 66, "height_cm": 164},
        now=now,
    )
    kept = Appointment.objects.filter(patient=patient, doctor=doctor, status="COMPLETED").latest("starts_at")
    return write_visit(
        actor=doctor.user,
        patient_id=patient.pk,
        appointment_id=kept.pk,
        visited_at=kept.starts_at,
        chief_complaint="Blood pressure, as agreed",
        diagnosis="High blood pressure, better",
        diagnosis_code="I10",
        vitals={
            "systolic_mmhg": 142,
            "diastolic_mmhg": 90,
            "heart_rate_bpm": 72,
            "weight_kg": "64.5",
            "height_cm": 164,
        },
        tests=[{"name": "Blood count", "instructions": "Fasting"}],
        now=now,
    )


def _measured_at_home(patient: Patient, manager: User, now: datetime) -> None:
    for weeks, (systolic, diastolic) in enumerate(reversed(PRESSURES)):
        figures: dict[str, Any] = {"systolic_mmhg": systolic, "diastolic_mmhg": diastolic, "heart_rate_bpm": 70 + weeks}
        state_vitals(
            actor=manager, patient_id=patient.pk, measured_at=now - weeks * WEEK - timedelta(days=1), now=now, **figures
        )


def _prescriptions(patient: Patient, doctor: Doctor, now: datetime) -> None:
    """Issue one that was revised, and one against which the safety rules spoke and a reason was given."""
    issued = issue_prescription(
        actor=doctor.user,
        patient_id=patient.pk,
        diagnosis="High blood pressure",
        medicines=[AMLODIPINE],
        now=now,
    )
    stronger = {**AMLODIPINE, "name": "Amlodipine 10 mg"}
    revise_prescription(
        actor=doctor.user, prescription=issued, medicines=[stronger], advice="Measure every morning.", now=now
    )
    issue_prescription(
        actor=doctor.user,
        patient_id=patient.pk,
        diagnosis="Infected tooth",
        medicines=[{"name": "Amoxicillin 250 mg", "dosage": "1 capsule", "frequency": "three times daily"}],
        override_reason="The allergist found no allergy to penicillin last year; the first dose is taken here.",
        now=now,
    )


def _records(
    patient: Patient, manager: User, doctor: Doctor, files: Sequence[WrittenFile], now: datetime
) -> HealthRecord:
    """Add one that the doctor is to look at, with an annotation; one that is shared; and one that is private."""
    about: dict[str, Any] = {"actor": manager, "patient_id": patient.pk, "now": now}
    assigned = add_record(
        **about,
        doctor_id=doctor.pk,
        files=files,
        title="Blood count and ECG",
        record_type=RecordType.LAB_RESULT,
        record_date=(now - WEEK).date(),
    )
    annotate(actor=doctor.user, record=assigned, text="Both are as they should be.", now=now)
    shared = add_record(**about, files=[], title="Letter of the allergist", description="No allergy was found.")
    share_record(actor=manager, record=shared, doctor_id=doctor.pk, now=now)
    add_record(**about, files=[], title="Notes to myself", record_type=RecordType.OTHER)
    return assigned


def _let_in(patient: Patient, manager: User, colleague: Doctor, now: datetime) -> None:
    """Open the record to another doctor, and the child's in an emergency that nobody has reviewed."""
    # As the patient's code would: a guess counts in a transaction of its own, so the service cannot run in this one.
    AccessGrant.objects.create(
        patient=patient, doctor=colleague, kind=GrantKind.OTP, hospital=colleague.hospital, expires_at=now + GRANTED_FOR
    )
    child = Patient.objects.managed_by(manager).exclude(pk=patient.pk).get()
    break_glass(actor=colleague.user, reason="Unconscious after a fall from a swing", patient_id=child.pk, now=now)


def _page(words: str, form: str) -> io.BytesIO:
    """Return a page with a few words on it, as a scanner would make it."""
    page, out = Image.new("RGB", (600, 800), "white"), io.BytesIO()
    ImageDraw.Draw(page).text((60, 60), f"Riverside General\n\n{words}", fill="black")
    page.save(out, form)
    return io.BytesIO(out.getvalue())
