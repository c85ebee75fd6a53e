"""What accounts tell people: codes, new devices, changed passwords. Here, because accounts know no channels."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import CodePurpose
from apps.accounts.models import OneTimeCode, Session
from apps.accounts.services.codes import code_of
from apps.core.models import OutboxEvent
from apps.notifications.topics import Message, Text, Topic, register_topic

WHAT_FOR: dict[str, Text] = {
    CodePurpose.EMAIL_VERIFICATION: _("to confirm your e-mail address"),
    CodePurpose.PASSWORD_UPDATE: _("to choose a new password"),
    CodePurpose.PASSWORD_RESET: _("to reset your password"),
    CodePurpose.PATIENT_CLAIM: _("to take over your patient record"),
}
IF_NOT_YOU = _("If this was not you, change your password and sign out everywhere.")


def register() -> None:
    """Make the topics of accounts known."""
    register_topic(Topic("one_time_code", render=_render_codes, still_wanted=_codes_still_open))
    register_topic(Topic("new_device", render=_render_new_devices))
    register_topic(Topic("token_reused", render=_render_reuse))
    register_topic(Topic("password_changed", render=_render_password))


def _render_codes(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    return {code.pk: _code_message(code) for code in OneTimeCode.objects.filter(pk__in=subject_ids)}


def _code_message(issued: OneTimeCode) -> Message:
    """Return the message with the digits, computed now: only the one who reads the mail sees them."""
    words = _("Your code {purpose}. It is good for 10 minutes. Nobody of us will ever ask for it.")
    return Message(
        title=_("Your CareLoop code"),
        body=format_lazy(words, purpose=WHAT_FOR.get(issued.purpose, "")),
        detail=_("A code was sent to you by e-mail."),
        code=code_of(issued.pk),
    )


def _codes_still_open(subject_ids: Sequence[UUID]) -> set[UUID]:
    """Want a code to be sent only while it can still be used."""
    still = OneTimeCode.objects.open(now=timezone.now()).filter(pk__in=subject_ids)
    return set(still.values_list("pk", flat=True))


def _render_new_devices(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    return {
        session.pk: Message(
            _("New sign-in to your account"),
            format_lazy(
                _("Somebody signed in with {agent} from {address}. {advice}"),
                agent=session.agent or _("an unknown device"),
                address=session.address or _("an unknown address"),
                advice=IF_NOT_YOU,
            ),
        )
        for session in Session.objects.filter(pk__in=subject_ids)
    }


def _render_reuse(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    found = Session.objects.filter(pk__in=subject_ids).values_list("pk", flat=True)
    body = format_lazy(_("A sign-in was ended because its key was used twice. {advice}"), advice=IF_NOT_YOU)
    return dict.fromkeys(found, Message(_("A sign-in was ended for your safety"), body))


def _render_password(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    found = OutboxEvent.objects.filter(pk__in=subject_ids).values_list("pk", flat=True)
    body = format_lazy(_("Your password was changed and you were signed out everywhere. {advice}"), advice=IF_NOT_YOU)
    return dict.fromkeys(found, Message(_("Your password was changed"), body))
