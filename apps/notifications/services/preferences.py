"""How a person wants to be told outside of the inbox."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import RuleRefused
from apps.notifications.choices import Kind
from apps.notifications.models import Preferences


class SecurityNotMutable(RuleRefused):
    """What concerns the safety of a login is always sent."""

    code = "security_not_mutable"
    detail = _("Messages about the safety of your account cannot be muted.")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when to when, on the wall clock of which zone, nothing goes out that can wait."""

    begins: time
    ends: time
    time_zone: str


@dataclass(frozen=True, slots=True)
class Choice:
    """All that a person chooses."""

    muted_by_email: Collection[str]
    wanted_by_sms: Collection[str]
    quiet_hours: QuietHours | None
    allows_detail: bool


def locked_preferences(*, actor: User) -> Preferences:
    """Return the actor's preferences, made if there are none yet, locked for the rest of the transaction."""
    Preferences.objects.bulk_create([Preferences(user=actor)], ignore_conflicts=True)
    return Preferences.objects.select_for_update().get(user=actor)


def choose_preferences(*, actor: User, choice: Choice, now: datetime) -> Preferences:
    """Replace the actor's preferences; raises SecurityNotMutable. Messages that wait already follow them too."""
    if Kind.SECURITY in choice.muted_by_email:
        raise SecurityNotMutable
    with transaction.atomic():
        kept = locked_preferences(actor=actor)
        quiet = choice.quiet_hours
        kept.muted_by_email = sorted(choice.muted_by_email)
        kept.wanted_by_sms = sorted(choice.wanted_by_sms)
        kept.quiet_from, kept.quiet_until = (quiet.begins, quiet.ends) if quiet else (None, None)
        kept.quiet_zone = quiet.time_zone if quiet else ""
        kept.allows_detail = choice.allows_detail
        kept.updated_at = now
        kept.save()
        audit.record("notification_preferences_changed", actor_id=actor.pk, subject=kept)
    return kept
