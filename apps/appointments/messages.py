"""What appointments tell people, and to whom."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.appointments.models import Appointment
from apps.core.zones import zone
from apps.hospitals.models import StaffMember
from apps.notifications.services.announcing import Announcement, announce_many
from apps.notifications.topics import Message, Text, Topic, register_topic
from apps.patients.querysets import managers_of

TITLES: dict[str, Text] = {
    "appointment_requested": _("A patient asks for an appointment"),
    "appointment_confirmed": _("Your appointment is confirmed"),
    "appointment_rejected": _("Your request for an appointment was rejected"),
    "appointment_moved": _("Your appointment has a new time"),
    "appointment_cancelled": _("Your appointment was cancelled"),
}


def register() -> None:
    """Make the topics of appointments known."""
    for name, title in TITLES.items():
        register_topic(Topic(name, render=_renderer(title)))


def tell_about(topic: str, appointment: Appointment, *, now: datetime, sequence: int = 0) -> None:
    """Tell everybody who manages the patient; part of the caller's transaction.

    What may be told of one appointment several times has a `sequence`, or only the first would be sent.
    """
    recipients = managers_of([appointment.patient_id]).values_list("user", flat=True)
    told = [Announcement(appointment.pk, recipient, sequence) for recipient in recipients]
    announce_many(topic, told, now=now)


def tell_staff(topic: str, appointment: Appointment, *, now: datetime) -> None:
    """Tell the active staff of the hospital; part of the caller's transaction."""
    staff = StaffMember.objects.filter(hospital=appointment.hospital_id, is_active=True, user__is_active=True)
    told = [Announcement(appointment.pk, recipient) for recipient in staff.values_list("user", flat=True)]
    announce_many(topic, told, now=now)


def _renderer(title: Text) -> Callable[[Sequence[UUID]], Mapping[UUID, Message]]:
    def render(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        appointments = Appointment.objects.filter(pk__in=subject_ids).select_related(
            "doctor__user", "doctor__hospital", "hospital"
        )
        return {appointment.pk: Message(title, _body(appointment)) for appointment in appointments}

    return render


def _body(appointment: Appointment) -> Text:
    """Return when and with whom, on the doctor's clock, with the zone's name beside it; of a request, where."""
    local = appointment.starts_at.astimezone(zone(appointment.zone_name))
    when = {"when": date_format(local, "DATETIME_FORMAT"), "zone": appointment.zone_name}
    if appointment.doctor is None:
        return format_lazy(_("{when} ({zone}), {hospital}"), **when, hospital=str(appointment.hospital))
    return format_lazy(_("{when} ({zone}), Dr. {name}"), **when, name=appointment.doctor.user.name)
