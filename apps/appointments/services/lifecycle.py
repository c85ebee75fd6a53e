"""Moving an appointment through its states: lock, ask the transition table, write, audit, tell."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.choices import LIVE, TRANSITIONS, Status
from apps.appointments.messages import tell_about, tell_doctor
from apps.appointments.models import Appointment
from apps.appointments.services.auditing import record_act
from apps.core.errors import NotAllowed, NotFound, RuleRefused
from apps.core.zones import zone
from apps.patients.models import Patient

MADE_GOOD_WITHIN = timedelta(days=7)  # A no-show that was an error of the desk.


class IllegalTransition(RuleRefused):
    """The appointment's state does not lead there."""

    code = "illegal_transition"
    detail = _("The appointment's present state does not allow this.")


class NoticeOver(RuleRefused):
    """It is too late for the patient's side to cancel or move it."""

    code = "notice_over"
    detail = _("It is too late to cancel or move this appointment here. Call the hospital.")


class TooEarly(RuleRefused):
    """Nobody arrives, or fails to, before the visit."""

    code = "too_early"
    detail = _("The visit is still to come.")


class TooLate(RuleRefused):
    """What was missed long ago stays missed."""

    code = "too_late"
    detail = _("A missed visit can be recorded as held within seven days.")


def cancel_appointment(*, actor: User, appointment_id: UUID, reason: str, now: datetime) -> Appointment:
    """Cancel an appointment: the patient's side until the hospital's notice, staff, an independent doctor, an admin.

    Raises NotFound, NotAllowed (an employed doctor), NoticeOver and IllegalTransition. Announces
    `appointment_cancelled`.
    """
    is_party = Appointment.objects.visible_to(actor).filter(pk=appointment_id).exists()
    if not is_party and actor.role != Role.ADMIN:
        raise NotFound
    with transaction.atomic():
        appointment = _lock(appointment_id)
        if is_party:
            refuse_unless_theirs_to_move(actor=actor, appointment=appointment, now=now)
        _refuse_unless_led(appointment, Status.CANCELLED)
        appointment.cancelled_reason = reason
        _write(actor, appointment, Status.CANCELLED)
        tell_about("appointment_cancelled", appointment, now=now)
        tell_doctor(appointment, changed_by=actor, now=now)
    return appointment


def refuse_unless_theirs_to_move(*, actor: User, appointment: Appointment, now: datetime) -> None:
    """Raise NotAllowed or NoticeOver unless this party of an appointment may cancel or move it at this moment.

    Staff may whenever, and a doctor who has no hospital: nobody else answers for them. An employed doctor asks the
    hospital. The patient's side may until the hospital's notice; a request is withdrawn at any time.
    """
    if appointment.hospital is None:
        is_office = appointment.doctor is not None and appointment.doctor.user_id == actor.pk
        notice = timedelta()
    else:
        is_office = appointment.hospital.staff.filter(user=actor, is_active=True).exists()
        notice = timedelta(hours=appointment.hospital.cancellation_notice_hours)
    if is_office:
        return
    if not Patient.objects.managed_by(actor).filter(pk=appointment.patient_id).exists():
        raise NotAllowed
    if appointment.status in LIVE and now > appointment.starts_at - notice:
        raise NoticeOver


def check_in(*, actor: User, appointment_id: UUID, now: datetime) -> Appointment:
    """Record that the patient has arrived, on the day of the visit or after midnight.

    For its doctor and staff. Raises NotAllowed, IllegalTransition and TooEarly.
    """
    _refuse_unless_held(actor, appointment_id)
    with transaction.atomic():
        appointment = _locked(appointment_id, Status.CHECKED_IN)
        if now.astimezone(zone(appointment.zone_name)).date() < appointment.local_date:
            raise TooEarly
        return _write(actor, appointment, Status.CHECKED_IN)


def mark_no_show(*, actor: User, appointment_id: UUID, now: datetime) -> Appointment:
    """Record that nobody came, once the visit has begun; the nightly job does so for what is left.

    For its doctor and staff. Raises NotAllowed, IllegalTransition and TooEarly.
    """
    _refuse_unless_held(actor, appointment_id)
    with transaction.atomic():
        appointment = _locked(appointment_id, Status.NO_SHOW)
        if now < appointment.starts_at:
            raise TooEarly
        return _write(actor, appointment, Status.NO_SHOW)


def complete_appointment(*, actor: User, appointment_id: UUID, now: datetime) -> Appointment:
    """Record that the visit took place; of a no-show within seven days.

    For its doctor and staff: the role alone says nothing, a doctor may be the patient here. It may be early, because
    a prescription issued before the hour completes the visit too. Raises NotAllowed, IllegalTransition and TooLate.
    """
    _refuse_unless_held(actor, appointment_id)
    with transaction.atomic():
        appointment = _locked(appointment_id, Status.COMPLETED)
        if appointment.status == Status.NO_SHOW and now > appointment.ends_at + MADE_GOOD_WITHIN:
            raise TooLate
        return _write(actor, appointment, Status.COMPLETED)


def move(*, actor: User, appointment_id: UUID, target: Status, reason: str = "") -> Appointment:
    """Lock the appointment, ask the transition table, write and audit; part of the caller's transaction.

    Raises IllegalTransition.
    """
    appointment = _locked(appointment_id, target)
    appointment.cancelled_reason = reason or appointment.cancelled_reason
    return _write(actor, appointment, target)


def _refuse_unless_held(actor: User, appointment_id: UUID) -> None:
    if not Appointment.objects.held_by(actor).filter(pk=appointment_id).exists():
        raise NotAllowed


def _locked(appointment_id: UUID, target: Status) -> Appointment:
    """Return the appointment locked, if the table leads from its state to the target."""
    appointment = _lock(appointment_id)
    _refuse_unless_led(appointment, target)
    return appointment


def _lock(appointment_id: UUID) -> Appointment:
    with_parties = Appointment.objects.select_related("hospital", "doctor__hospital")
    return with_parties.select_for_update(of=("self",)).get(pk=appointment_id)


def _refuse_unless_led(appointment: Appointment, target: Status) -> None:
    if target not in TRANSITIONS[appointment.status]:
        raise IllegalTransition


def _write(actor: User, appointment: Appointment, target: Status) -> Appointment:
    appointment.status = target
    appointment.save(update_fields=["status", "cancelled_reason", "updated_at"])
    record_act(f"appointment_{target.lower()}", actor=actor, appointment=appointment)
    return appointment
