"""Issuing and revising prescriptions: nothing is issued without a recorded safety check, nothing issued is changed."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.appointments.services.lifecycle import complete_appointment
from apps.core import audit
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Doctor
from apps.notifications.services.announcing import announce
from apps.patients.choices import MedicationSource
from apps.patients.models import Medication, Patient
from apps.patients.querysets import managers_of
from apps.patients.services.profile import add_entry, change_entry
from apps.recommendations.dosage import as_json, parse_dosage
from apps.recommendations.services.checking import Ordered, check_medicines, hold_medicines, require_reason
from apps.records.models import Prescription, PrescriptionLine, SafetyCheck
from apps.records.selectors import RightToWrite, right_to_write

Line = Mapping[str, str]


class AlreadyRevised(RuleRefused):
    """Another version follows this one already."""

    code = "already_revised"
    detail = _("A newer version of this prescription was issued already. Revise that one.")


class Issued(RuleRefused):
    """What was issued stands."""

    code = "issued"
    detail = _("An issued prescription is never deleted. Revise it.")


def issue_prescription(
    *,
    actor: User,
    patient_id: UUID,
    medicines: Sequence[Line],
    appointment_id: UUID | None = None,
    override_reason: str = "",
    now: datetime,
    **columns: Any,
) -> Prescription:
    """Issue a prescription for a patient whom the actor treats, checked for safety, and put it on the medication list.

    An appointment of the two is completed by it. Raises NotFound, NotTreating, NotAllowed for managers, OverrideNeeded,
    IllegalTransition and InvalidInput. Announces `prescription_issued`.
    """
    doctor = _treating(actor, patient_id, now)
    appointment = _own_appointment(appointment_id, doctor, patient_id)
    prescription = Prescription(
        patient_id=patient_id,
        doctor=doctor,
        hospital_id=doctor.hospital_id,
        appointment=appointment,
        **columns,
    )
    prescription.chain = prescription.pk
    with transaction.atomic():
        hold_medicines(patient_id)
        if appointment is not None and appointment.status != Status.COMPLETED:
            complete_appointment(actor=actor, appointment_id=appointment.pk, now=now)
        _issue(prescription, actor, medicines, override_reason, now)
    return prescription


def revise_prescription(
    *,
    actor: User,
    prescription: Prescription,
    medicines: Sequence[Line] | None = None,
    override_reason: str = "",
    now: datetime,
    **columns: Any,
) -> Prescription:
    """Issue the next version: what is not given stays as it was. The medicines of the last version end.

    By its author who still treats. Raises NotAllowed, NotTreating, AlreadyRevised, OverrideNeeded and InvalidInput.
    Announces `prescription_issued`.
    """
    with transaction.atomic():
        hold_medicines(prescription.patient_id)
        # Locked, then asked: of two revisions at once the second one finds the first's successor.
        locked = Prescription.objects.select_for_update(of=("self",)).select_related("doctor").get(pk=prescription.pk)
        if locked.doctor.user_id != actor.pk:
            raise NotAllowed
        _treating(actor, locked.patient_id, now)
        if Prescription.objects.filter(previous=locked).exists():
            raise AlreadyRevised
        lines = list(locked.lines.select_related("medication"))
        kept = {name: getattr(locked, name) for name in REVISED}
        successor = Prescription(
            patient_id=locked.patient_id,
            doctor=locked.doctor,
            hospital_id=locked.hospital_id,
            appointment_id=locked.appointment_id,
            previous=locked,
            chain=locked.chain,
            version=locked.version + 1,
            **{**kept, **columns},
        )
        _end_medicines(actor, lines, now)
        words = medicines if medicines is not None else [_words(line) for line in lines]
        replaced = [line.medication_id for line in lines if line.medication_id]
        _issue(successor, actor, words, override_reason, now, replaced=replaced)
    return successor


def delete_prescription() -> NoReturn:
    """Refuse: raises Issued."""
    raise Issued


REVISED = ("diagnosis", "chief_complaint", "investigations", "referral", "advice", "follow_up_date")
WORDS = ("name", "dosage", "frequency", "duration", "instructions")


def _issue(
    prescription: Prescription,
    actor: User,
    medicines: Sequence[Line],
    override_reason: str,
    now: datetime,
    *,
    replaced: Sequence[UUID] = (),
) -> None:
    today = _today(prescription.patient_id, now)
    if prescription.follow_up_date is not None and prescription.follow_up_date <= today:
        raise InvalidInput("follow_up_date", _("The patient comes again after today."), code="in_the_past")
    prescription.safety_check = _checked(
        prescription, actor, medicines, override_reason.strip(), now, replaced=replaced
    )
    prescription.verification_code = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    prescription.save(force_insert=True)
    for position, words in enumerate(medicines):
        text = _how(words, "dosage", "frequency", "duration")
        medication = add_entry(
            actor=actor,
            kind=Medication,
            patient_id=prescription.patient_id,
            name=words["name"],
            dosage=text[:300],
            source=MedicationSource.PRESCRIBED,
            started_date=today,
            now=now,
        )
        PrescriptionLine.objects.create(
            prescription=prescription,
            position=position,
            structured=as_json(parse_dosage(text)),
            medication=medication,
            **words,
        )
    details = {"version": prescription.version, "is_critical": prescription.safety_check.is_critical}
    audit.record(
        "prescription_issued",
        actor_id=actor.pk,
        subject=prescription,
        concerns_id=prescription.patient_id,
        tenant_id=prescription.hospital_id,
        details=details,
    )
    managers = managers_of([prescription.patient_id]).values_list("user", flat=True)
    announce("prescription_issued", subject_id=prescription.pk, recipient_ids=sorted(managers), now=now)


def _checked(
    prescription: Prescription,
    actor: User,
    medicines: Sequence[Line],
    reason: str,
    now: datetime,
    *,
    replaced: Sequence[UUID],
) -> SafetyCheck:
    """Ask the safety rules about the medicines, each and together, and record what they said; raises OverrideNeeded."""
    ordered = [Ordered(words["name"], _how(words, "dosage", "frequency")) for words in medicines]
    checked = check_medicines(patient_id=prescription.patient_id, medicines=ordered, replaced=replaced, now=now)
    require_reason(checked, reason=reason)
    return SafetyCheck.objects.create(
        patient_id=prescription.patient_id, checked_by=actor, **checked.recorded(reason=reason)
    )


def _end_medicines(actor: User, lines: Sequence[PrescriptionLine], now: datetime) -> None:
    for line in lines:
        held = line.medication
        if held is not None and held.ended_date is None and held.entered_in_error_at is None:
            today = _today(held.patient_id, now)
            ends = max(today, held.started_date or today)  # The patient may have moved to an earlier calendar since.
            change_entry(actor=actor, entry=held, changes={"ended_date": ends}, now=now)


def _how(words: Line, *names: str) -> str:
    """Return what the line says of how to take its medicine."""
    return ", ".join(filter(None, (words.get(name, "") for name in names)))


def _words(line: PrescriptionLine) -> dict[str, str]:
    return {name: getattr(line, name) for name in WORDS}


def _today(patient_id: UUID, now: datetime) -> Any:
    """Return the day on the patient's calendar."""
    return Patient.objects.only("time_zone").get(pk=patient_id).today(now=now)


def _treating(actor: User, patient_id: UUID, now: datetime) -> Doctor:
    if right_to_write(actor, patient_id, now=now) is not RightToWrite.DOCTOR:
        raise NotAllowed
    return Doctor.objects.get(user=actor)


def _own_appointment(appointment_id: UUID | None, doctor: Doctor, patient_id: UUID) -> Appointment | None:
    if appointment_id is None:
        return None
    own = Appointment.objects.filter(pk=appointment_id, doctor=doctor, patient=patient_id).first()
    if own is None:
        raise NotFound
    return own
