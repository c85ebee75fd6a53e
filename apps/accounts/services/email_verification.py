"""Proving that an e-mail address is read by the person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import CodePurpose
from apps.accounts.models import User
from apps.accounts.services import codes
from apps.core import audit
from apps.core.errors import RuleRefused


class AlreadyVerified(RuleRefused):
    """The address is confirmed."""

    code = "already_verified"
    detail = _("Your e-mail address is confirmed already.")


def request_verification(*, actor: User, now: datetime) -> None:
    """Send the actor a code; raises AlreadyVerified and TooManyAttempts."""
    if actor.email_verified_at is not None:
        raise AlreadyVerified
    codes.issue_code(purpose=CodePurpose.EMAIL_VERIFICATION, subject_id=actor.pk, requester=str(actor.pk), now=now)


def confirm_verification(*, actor: User, code: str, now: datetime) -> User:
    """Mark the actor's address as confirmed; raises AlreadyVerified and WrongCode."""
    if actor.email_verified_at is not None:
        raise AlreadyVerified
    codes.redeem_code(
        purpose=CodePurpose.EMAIL_VERIFICATION, subject_id=actor.pk, requester=str(actor.pk), code=code, now=now
    )
    with transaction.atomic():
        actor.email_verified_at = now
        actor.save(update_fields=["email_verified_at", "updated_at"])
        audit.record("email_verified", actor_id=actor.pk, subject=actor)
    return actor
