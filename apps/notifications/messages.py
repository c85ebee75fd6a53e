"""What accounts tell people: codes, new devices, changed passwords. Here, because accounts know no channels."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import CodePurpose, Role
from apps.accounts.models import OneTimeCode, Session, User
from apps.accounts.services.codes import code_of, sent_together
from apps.core.models import OutboxEvent
from apps.notifications.choices import Kind
from apps.notifications.devices import device_of
from apps.notifications.topics import THEIR_OWN, Message, Text, Topic, register_topic

WHAT_FOR: dict[str, Text] = {
    CodePurpose.EMAIL_VERIFICATION: _("to confirm your e-mail address"),
    CodePurpose.PASSWORD_UPDATE: _("to choose a new password"),
    CodePurpose.PASSWORD_RESET: _("to reset your password"),
    CodePurpose.PATIENT_CLAIM: _("to take over your patient record"),
}
IF_NOT_YOU = _("If this was not you, change your password and sign out everywhere.")
# What may have happened to a login; each is told to its person (the last to the other administrators).
CHANGES: dict[str, tuple[Text, Text]] = {
    "password_changed": (
        _("Your password was changed"),
        _("Your password was changed and you were signed out everywhere."),
    ),
    "second_factor_changed": (
        _("Your second factor was changed"),
        _("The second factor of your account was set up or removed."),
    ),
    "keys_registered": (
        _("Your encryption keys were changed"),
        _("New notes for you are encrypted with keys that a program of yours has registered."),
    ),
    "administrator_made": (
        _("There is a new administrator"),
        _("Another login may now administer CareLoop. If nobody of you did this, suspend it."),
    ),
}


def register() -> None:
    """Make the topics of accounts known."""
    register_topic(Topic("one_time_code", _render_codes, THEIR_OWN, _codes_still_open, kind=Kind.SECURITY))
    register_topic(Topic("new_device", _render_new_devices, THEIR_OWN, kind=Kind.SECURITY))
    register_topic(Topic("token_reused", _render_reuse, THEIR_OWN, kind=Kind.SECURITY))
    for name, (title, body) in CHANGES.items():
        seen_by = _told_to_administrators if name == "administrator_made" else THEIR_OWN
        register_topic(Topic(name, _render_change(title, body), seen_by, kind=Kind.SECURITY))


def _told_to_administrators(reader: User) -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.all() if reader.role == Role.ADMIN else OutboxEvent.objects.none()


def _render_codes(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    """Return the messages with the digits, computed now: only the one who reads the mail sees them."""
    asked = OneTimeCode.objects.filter(pk__in=subject_ids)
    together = sent_together(asked)
    owners = [code.subject_id for codes in together.values() for code in codes]
    usernames = dict(User.objects.filter(pk__in=owners).values_list("pk", "username"))
    return {code_id: _code_message(codes, usernames) for code_id, codes in together.items()}


def _code_message(together: Sequence[OneTimeCode], usernames: Mapping[UUID, str]) -> Message:
    words = _("Use this code {purpose}. It is good for 10 minutes. Nobody of us will ever ask for it.")
    return Message(
        title=_("Your CareLoop code"),
        body=format_lazy(words, purpose=WHAT_FOR.get(together[0].purpose, "")),
        detail=_("A code was sent to you by e-mail."),
        # What is no login (a patient's record) has no name here.
        codes=[(usernames.get(code.subject_id, ""), code_of(code.pk)) for code in together],
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
                agent=device_of(session.agent),
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


def _render_change(title: Text, body: Text) -> Callable[[Sequence[UUID]], Mapping[UUID, Message]]:
    def render(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        found = OutboxEvent.objects.filter(pk__in=subject_ids).values_list("pk", flat=True)
        return dict.fromkeys(found, Message(title, format_lazy("{} {}", body, IF_NOT_YOU)))

    return render
