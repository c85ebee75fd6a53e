"""What hospitals tell people: decisions about them, and invitations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.hospitals.choices import DoctorStatus, HospitalStatus
from apps.hospitals.models import DoctorApplication, Hospital, StaffMember
from apps.hospitals.tokens import invitation_token
from apps.notifications.services.announcing import Announcement, announce, announce_many
from apps.notifications.topics import THEIR_OWN, Message, Topic, register_topic

DECISIONS: dict[str, Message] = {
    HospitalStatus.APPROVED: Message(_("Your hospital is approved"), _("It is approved: you can sign in and begin.")),
    HospitalStatus.REJECTED: Message(_("Your hospital was not approved"), _("It was not approved.")),
    HospitalStatus.SUSPENDED: Message(_("Your hospital is suspended"), _("It is suspended: nobody can sign in.")),
}
APPROVED = Message(
    _("Your application is approved"), _("Welcome: you are listed now, and patients can find you. Sign in again.")
)
ACCEPT_PATH = "/staff/accept/"


def register() -> None:
    """Make the topics of hospitals known."""
    register_topic(Topic("hospital_decided", _render_decisions, _decisions_on_hospital_of))
    register_topic(Topic("application_decided", _render_applications, THEIR_OWN))
    register_topic(Topic("staff_invited", _render_invitations, THEIR_OWN, _invitations_open))


def tell_of_decision(event: AuditEvent, hospital: Hospital, *, now: datetime) -> None:
    """Tell the active staff of a decision. The audit event is the subject: each decision is told, also a second one."""
    staff = hospital.staff.filter(is_active=True).values_list("user", flat=True)
    announce("hospital_decided", subject_id=event.pk, recipient_ids=staff, now=now)


def tell_of_application(application: DoctorApplication, *, now: datetime) -> None:
    """Tell an applicant what was decided."""
    announce("application_decided", subject_id=application.pk, recipient_ids=[application.doctor.user_id], now=now)


def invite(member: StaffMember, *, now: datetime) -> None:
    """Send the present invitation of a staff member; its number tells it from earlier ones."""
    announce_many("staff_invited", [Announcement(member.pk, member.user_id, member.invitation)], now=now)


def _decisions_on_hospital_of(reader: User) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(subject_id__in=Hospital.objects.staffed_by(reader).values("pk"))


def _render_decisions(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    events = AuditEvent.objects.filter(pk__in=subject_ids)
    hospitals = Hospital.objects.in_bulk([event.subject_id for event in events])
    return {
        event.pk: _decision(hospitals[event.subject_id], event.details["decision"])
        for event in events
        if event.subject_id in hospitals
    }


def _decision(hospital: Hospital, decision: str) -> Message:
    told = DECISIONS[decision]
    reason = hospital.decision_reason if hospital.status == decision else ""
    return Message(
        told.title, format_lazy("{name}: {body} {reason}", name=hospital.name, body=told.body, reason=reason)
    )


def _render_applications(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    return {one.pk: _application(one) for one in DoctorApplication.objects.filter(pk__in=subject_ids)}


def _application(application: DoctorApplication) -> Message:
    if application.status == DoctorStatus.APPROVED:
        return APPROVED
    body = format_lazy(
        _("Your application was not approved: {reason} You may change it and apply again."), reason=application.reason
    )
    return Message(_("Your application was not approved"), body)


def _render_invitations(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    members = StaffMember.objects.filter(pk__in=subject_ids).select_related("hospital")
    return {member.pk: _invitation(member) for member in members}


def _invitation(member: StaffMember) -> Message:
    """Return the words with the link, signed now: only whoever reads the mail sees it."""
    return Message(
        _("You are invited to CareLoop"),
        format_lazy(
            _("{hospital} invites you to its staff. Choose your name and password behind the link, within 7 days."),
            hospital=member.hospital.name,
        ),
        link=f"{settings.FRONTEND_URL or settings.SITE_URL}{ACCEPT_PATH}?token={invitation_token(member)}",
    )


def _invitations_open(subject_ids: Sequence[UUID]) -> set[UUID]:
    open_now = StaffMember.objects.filter(pk__in=subject_ids, invitation_expires_at__gt=timezone.now())
    return set(open_now.values_list("pk", flat=True))
