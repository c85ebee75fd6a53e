"""The staff of hospitals: invited by e-mail, joining with a name and a password, deactivated."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import EndReason, Role
from apps.accounts.models import User
from apps.accounts.services.passwords import generate_password
from apps.accounts.services.registration import check_password_rules, keep_consent, register_user
from apps.accounts.services.sessions import end_all_sessions
from apps.core import audit
from apps.core.errors import RuleRefused
from apps.hospitals import messages
from apps.hospitals.models import Hospital, StaffMember
from apps.hospitals.services.managing import guard_manages, managed_hospital
from apps.hospitals.tokens import read_invitation

INVITATION_LIFETIME = timedelta(days=7)


class AlreadyStaff(RuleRefused):
    """Somebody with this address works here."""

    code = "already_staff"
    detail = _("Somebody with this e-mail address is on your staff already.")


class InvitationOver(RuleRefused):
    """The invitation was used, withdrawn, replaced by a newer one, or is too old: the four look alike."""

    status = 400
    code = "invitation_over"
    detail = _("This invitation is no longer good. Ask for a new one.")


class LastStaff(RuleRefused):
    """A hospital without staff is a locked house."""

    code = "last_staff"
    detail = _("This is the last active login of the hospital. Invite another one first.")


def invite_staff(*, actor: User, email: str, hospital_id: UUID | None = None, now: datetime) -> StaffMember:
    """Invite somebody to a hospital's staff by e-mail; inviting again sends a new link and ends the older one.

    The login is made at once and does not work until it is accepted. Raises NotAllowed, NotFound, AlreadyStaff.
    Announces `staff_invited`.
    """
    hospital = managed_hospital(actor=actor, hospital_id=hospital_id)
    address = email.strip().lower()
    with transaction.atomic():
        Hospital.objects.select_for_update().get(pk=hospital.pk)  # Two invitations of one address make one login.
        member = hospital.staff.filter(user__email=address).order_by("is_active", "-id").last()
        if member and member.is_active:
            raise AlreadyStaff
        member = member or StaffMember(hospital=hospital, user=_sleeping_login(address, now), is_active=False)
        member.invited_by, member.invitation = actor, member.invitation + 1
        member.invitation_expires_at = now + INVITATION_LIFETIME
        member.save()
        audit.record("staff_invited", actor_id=actor.pk, subject=member, tenant_id=hospital.pk)
        messages.invite(member, now=now)
    return member


def accept_invitation(
    *, token: str, first_name: str, last_name: str, phone: str, password: str, now: datetime
) -> StaffMember:
    """Join a hospital's staff with the link of an invitation, once; whoever has it reads the address's mail.

    Joining is consent to the present terms: the door asks for it, as wherever a person makes a login their own.
    Raises InvitationOver and InvalidInput (weak password).
    """
    try:
        member_id, invitation = read_invitation(token)
    except signing.BadSignature as failure:
        raise InvitationOver from failure
    with transaction.atomic():
        invited = StaffMember.objects.select_for_update().select_related("user", "hospital")
        member = invited.filter(pk=member_id, invitation=invitation, invitation_expires_at__gt=now).first()
        if member is None or member.user.suspended_at is not None:
            raise InvitationOver
        _wake(member.user, first_name=first_name, last_name=last_name, phone=phone, password=password, now=now)
        member.is_active, member.invitation_expires_at = True, None
        member.save(update_fields=["is_active", "invitation_expires_at", "updated_at"])
        audit.record("staff_joined", actor_id=member.user_id, subject=member, tenant_id=member.hospital_id)
    return member


def deactivate_staff(*, actor: User, member: StaffMember, now: datetime) -> StaffMember:
    """Deactivate a login of a hospital's staff, or withdraw an invitation; its sessions end.

    Doing it twice is no error. Raises NotAllowed and LastStaff.
    """
    guard_manages(actor=actor, hospital_id=member.hospital_id)
    with transaction.atomic():
        # The hospital first: of two who deactivate each other, the second finds itself the last.
        Hospital.objects.select_for_update().get(pk=member.hospital_id)
        locked = StaffMember.objects.select_for_update(of=("self",)).select_related("user").get(pk=member.pk)
        if locked.is_active and not _others(locked):
            raise LastStaff
        locked.is_active, locked.invitation_expires_at = False, None
        locked.save(update_fields=["is_active", "invitation_expires_at", "updated_at"])
        end_all_sessions(actor=actor, user=locked.user, reason=EndReason.SUSPENDED, now=now)
        audit.record("staff_deactivated", actor_id=actor.pk, subject=locked, tenant_id=locked.hospital_id)
    return locked


def _others(member: StaffMember) -> bool:
    active = StaffMember.objects.filter(hospital=member.hospital_id, is_active=True, user__is_active=True)
    return active.exclude(pk=member.pk).exists()


def _sleeping_login(email: str, now: datetime) -> User:
    """Make a login that nobody can use yet."""
    user = register_user(
        email=email, password=generate_password(), role=Role.HOSPITAL, is_self_registered=False, now=now
    )
    user.set_unusable_password()
    user.is_active = False
    user.save(update_fields=["password", "is_active", "updated_at"])
    return user


def _wake(user: User, *, first_name: str, last_name: str, phone: str, password: str, now: datetime) -> None:
    user.first_name, user.last_name, user.phone = first_name.strip(), last_name.strip(), phone.strip()
    check_password_rules(password=password, user=user)
    user.set_password(password)
    user.is_active, user.must_change_password, user.email_verified_at = True, False, now
    columns = ("first_name", "last_name", "phone", "password", "is_active", "must_change_password")
    user.save(update_fields=[*columns, "email_verified_at", "updated_at"])
    keep_consent(user=user, now=now)
