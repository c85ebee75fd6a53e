"""What appointments tell people, and to whom."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.choices import DAY_BEFORE, HOURS_BEFORE, Status
from apps.appointments.ical import Entry
from apps.appointments.models import Appointment
from apps.core.zones import zone
from apps.hospitals.models import Doctor, StaffMember
from apps.notifications.choices import Kind
from apps.notifications.services.announcing import Announcement, announce, announce_many
from apps.notifications.topics import THEIR_OWN, Message, Text, Topic, register_topic
from apps.patients.querysets import managers_of

TITLES: dict[str, Text] = {
    "appointment_requested": _("A patient asks for an appointment"),
    "appointment_confirmed": _("Your appointment is confirmed"),
    "appointment_rejected": _("Your request for an appointment was rejected"),
    "appointment_moved": _("Your appointment has a new time"),
    "appointment_cancelled": _("Your appointment was cancelled"),
}
REMINDERS: dict[str, tuple[Text, timedelta]] = {
    "appointment_day_before": (_("Your appointment is within a day"), DAY_BEFORE),
    "appointment_hours_before": (_("Your appointment is within two hours"), HOURS_BEFORE),
}
OFFICE = frozenset({Role.HOSPITAL, Role.ADMIN})  # Who changes a doctor's calendar without being the doctor.

CALENDAR_STATUS: dict[str, str] = {
    Status.REQUESTED: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.REJECTED: "CANCELLED",
}


def register() -> None:
    """Make the topics of appointments known."""
    seen = Appointment.objects.visible_to
    for name, title in TITLES.items():
        register_topic(Topic(name, _renderer(title, _body), seen, kind=Kind.APPOINTMENTS))
    for name, (title, ahead) in REMINDERS.items():
        render, still_wanted = _renderer(title, _reminder), _still_within(ahead)
        register_topic(Topic(name, render, seen, still_wanted, kind=Kind.APPOINTMENTS))
    changed = _renderer(_("Your hospital changed a visit of yours"), _state)
    register_topic(Topic("visit_changed", changed, seen, kind=Kind.APPOINTMENTS))
    register_topic(Topic("calendar_changed", _calendar_changed, THEIR_OWN, kind=Kind.APPOINTMENTS))


def tell_about(topic: str, appointment: Appointment, *, now: datetime, sequence: int = 0) -> None:
    """Tell everybody who manages the patient; part of the caller's transaction.

    What may be told of one appointment several times has a `sequence`, or only the first would be sent.
    """
    recipients = managers_of([appointment.patient_id]).values_list("user", flat=True)
    told = [Announcement(appointment.pk, recipient, sequence) for recipient in recipients]
    announce_many(topic, told, now=now)


def tell_about_many(topic: str, appointment_ids: Sequence[UUID], *, now: datetime) -> None:
    """Tell everybody who manages the patients of several appointments, in two queries; in the caller's transaction."""
    patients = dict(Appointment.objects.filter(pk__in=appointment_ids).values_list("pk", "patient"))
    managers = managers_of(list(set(patients.values()))).values_list("patient", "user")
    users: dict[UUID, list[UUID]] = {}
    for patient, user in managers:
        users.setdefault(patient, []).append(user)
    told = [Announcement(pk, user) for pk, patient in patients.items() for user in users.get(patient, ())]
    announce_many(topic, told, now=now)


def tell_staff(topic: str, appointment: Appointment, *, now: datetime) -> None:
    """Tell the active staff of the hospital; part of the caller's transaction."""
    staff = StaffMember.objects.filter(hospital=appointment.hospital_id, is_active=True, user__is_active=True)
    told = [Announcement(appointment.pk, recipient) for recipient in staff.values_list("user", flat=True)]
    announce_many(topic, told, now=now)


def tell_doctor(appointment: Appointment, *, changed_by: User, now: datetime) -> None:
    """Tell the doctor what staff did to one of their visits; what the doctor or a patient does is no news of this kind.

    Part of the caller's transaction. Several changes within a minute are one message.
    """
    if appointment.doctor is not None and changed_by.role in OFFICE:
        minute = int(now.timestamp() // 60)
        announce_many("visit_changed", [Announcement(appointment.pk, appointment.doctor.user_id, minute)], now=now)


def tell_of_calendar(doctor: Doctor, *, changed_by: User, now: datetime) -> None:
    """Tell the doctor that staff changed when they work; in the caller's transaction, one message a minute at most."""
    if changed_by.role in OFFICE:
        change = uuid5(doctor.pk, f"{now:%Y-%m-%d %H:%M}")
        announce("calendar_changed", subject_id=change, recipient_ids=[doctor.user_id], now=now)


def _calendar_changed(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    changed = Message(_("Your schedule was changed"), _("Your hospital changed your working hours or your absences."))
    return dict.fromkeys(subject_ids, changed)


def _renderer(title: Text, body: Callable[[Appointment], Text]) -> Callable[[Sequence[UUID]], Mapping[UUID, Message]]:
    def render(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        appointments = Appointment.objects.filter(pk__in=subject_ids).select_related(
            "doctor__user", "doctor__hospital", "hospital", "patient"
        )
        return {appointment.pk: Message(title, body(appointment)) for appointment in appointments}

    return render


def _still_within(ahead: timedelta) -> Callable[[Sequence[UUID]], set[UUID]]:
    """Return what wants a reminder only while its visit stands, is to come, and is still that near."""

    def still_wanted(subject_ids: Sequence[UUID]) -> set[UUID]:
        now = timezone.now()
        near = Appointment.objects.filter(starts_at__gt=now, starts_at__lte=now + ahead)
        return set(near.filter(pk__in=subject_ids, status=Status.CONFIRMED).values_list("pk", flat=True))

    return still_wanted


def _body(appointment: Appointment) -> Text:
    """Return when and with whom, on the doctor's clock, with the zone's name beside it; of a request, where."""
    when = _when(appointment.starts_at, appointment.zone_name)
    if appointment.doctor is None:
        return format_lazy(_("{when}, {hospital}"), when=when, hospital=str(appointment.hospital))
    return format_lazy(_("{when}, Dr. {name}"), when=when, name=appointment.doctor.user.name)


def _state(appointment: Appointment) -> Text:
    """Return when, on the doctor's clock, and how the visit stands now; never who comes, for mail is read by others."""
    when = _when(appointment.starts_at, appointment.zone_name)
    return format_lazy("{when}: {state}", when=when, state=appointment.get_status_display())


def _reminder(appointment: Appointment) -> Text:
    """Return when on the patient's own clock, and on the doctor's where that differs, and with whom."""
    own = _when(appointment.starts_at, appointment.patient.time_zone)
    here = _when(appointment.starts_at, appointment.zone_name)
    name = appointment.doctor.user.name if appointment.doctor else ""
    if appointment.patient.time_zone == appointment.zone_name:
        return format_lazy(_("{when}, Dr. {name}"), when=own, name=name)
    return format_lazy(_("{when}, Dr. {name}. There it is {there}."), when=own, name=name, there=here)


def calendar_entry(appointment: Appointment, *, viewer: User) -> Entry:
    """Return an appointment as the viewer's calendar shows it.

    Calendars are read by others and kept elsewhere: a doctor's shows the patient's initials, and nobody's says what
    for, not even the department.
    """
    stages = {Status.REQUESTED: 0, Status.CANCELLED: 2, Status.REJECTED: 2}
    return Entry(
        uid=f"{appointment.pk}@careloop",
        sequence=appointment.move_count + stages.get(Status(appointment.status), 1),
        summary=str(_summary(appointment, viewer)),
        location=str(appointment.hospital or ""),
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        zone_name=appointment.zone_name,
        status=CALENDAR_STATUS.get(appointment.status, "CONFIRMED"),
        changed_at=appointment.updated_at.replace(microsecond=0),
    )


def _summary(appointment: Appointment, viewer: User) -> Text:
    if appointment.doctor is None:
        return _("Appointment asked for")
    if appointment.doctor.user_id == viewer.pk:
        patient = appointment.patient
        return format_lazy(_("Visit of {initials}"), initials=f"{patient.first_name[:1]}. {patient.last_name[:1]}.")
    return format_lazy(_("Appointment with Dr. {name}"), name=appointment.doctor.user.name)


def _when(moment: datetime, zone_name: str) -> str:
    return f"{date_format(moment.astimezone(zone(zone_name)), 'DATETIME_FORMAT')} ({zone_name})"
