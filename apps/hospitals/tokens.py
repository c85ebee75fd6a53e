"""Invitations as links: signed, never stored, so that neither a row nor a queue opens the door."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.core import signing

if TYPE_CHECKING:
    from apps.hospitals.models import StaffMember

SALT = "careloop.staff-invitation"


def invitation_token(member: "StaffMember") -> str:
    """Return what proves that somebody reads the mail of this invitation; a newer invitation makes it worthless."""
    return signing.dumps([str(member.pk), member.invitation], salt=SALT)


def read_invitation(token: str) -> tuple[UUID, int]:
    """Return the staff member and the invitation that a token names; raises BadSignature."""
    try:
        member, invitation = signing.loads(token, salt=SALT)
        return UUID(member), int(invitation)
    except (TypeError, ValueError) as failure:  # Signed by us, but for something else.
        raise signing.BadSignature from failure
