"""The inbox, what people chose, and the ledger of deliveries. None holds a word: topics render their subjects."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Session
from apps.core.models import BaseModel
from apps.core.zones import validate_zone, zone
from apps.notifications.choices import OPEN_STATES, Channel, DeliveryState, Kind, Reason
from apps.notifications.querysets import (
    DeliveryQuerySet,
    NotificationQuerySet,
    PreferencesQuerySet,
    StreamTicketQuerySet,
)
from apps.notifications.quiet import quiet_until


class Notification(BaseModel):
    """One subject in one person's inbox, however often the person was reminded of it."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    topic = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    read_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True, help_text=_("Kept, so that telling again does not bring it back."))
    written_in = models.BigIntegerField(
        editable=False,
        db_default=Func(template="pg_current_xact_id()::text::bigint", output_field=models.BigIntegerField()),
        help_text=_("The transaction: ids say when a row was made, this says when it can be seen."),
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "topic", "subject_id"], name="one_inbox_row_per_subject"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="inbox_newest_first"),
            models.Index(fields=["recipient", "written_in", "id"], name="inbox_as_streamed"),
            models.Index(
                fields=["recipient"], name="inbox_unread", condition=Q(read_at=None, deleted_at=None)
            ),  # For the count that every page of a frontend shows.
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class Preferences(BaseModel):
    """How one person wants to be told outside of the inbox. Without a row: by e-mail, at any hour, no details."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    muted_by_email = ArrayField(models.CharField(max_length=20, choices=Kind.choices), default=list)
    wanted_by_sms = ArrayField(models.CharField(max_length=20, choices=Kind.choices), default=list)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    quiet_zone = models.CharField(max_length=64, blank=True, validators=[validate_zone])
    allows_detail = models.BooleanField(default=False, help_text=_("E-mails may say what the inbox says."))

    objects = PreferencesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("preferences")
        constraints = [
            models.CheckConstraint(
                name="security_is_never_muted", condition=~Q(muted_by_email__contains=[Kind.SECURITY.value])
            ),
            models.CheckConstraint(
                name="quiet_hours_are_whole",
                condition=Q(quiet_from=None, quiet_until=None, quiet_zone="")
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_zone=""),
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"

    def wants(self, kind: str, channel: str) -> bool:
        """Return whether messages of this kind may go out through this channel."""
        return kind in self.wanted_by_sms if channel == Channel.SMS else kind not in self.muted_by_email

    def quiet_at(self, moment: datetime) -> datetime | None:
        """Return when the quiet hours around this moment end, None when it is not quiet."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return quiet_until(moment, begins=self.quiet_from, ends=self.quiet_until, zone=zone(self.quiet_zone))


class Delivery(BaseModel):
    """One message to one recipient through one channel: leased to a worker, retried, never sent twice unnoticed.

    The row's id is the provider's idempotency key. `next_attempt_at` is also when a lease runs out.
    """

    topic = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    sequence = models.PositiveIntegerField(default=0, help_text=_("0 is the first message, then each nag."))
    recipient = models.CharField(
        max_length=254, help_text=_("A login's id, or a bare address for somebody without one.")
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    is_urgent = models.BooleanField(default=False, help_text=_("Quiet hours do not hold it back."))
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text=_("Without those that met no provider at all."))
    next_attempt_at = models.DateTimeField()
    useless_after = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True, help_text=_("Whose result counts: the fence against a worker thought dead."))
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True, help_text=_("When the provider said that it had arrived."))
    provider_id = models.CharField(max_length=100, blank=True, help_text=_("What the provider calls it."))
    may_be_repeated = models.BooleanField(
        default=False, help_text=_("The provider's answer was lost: it may have had it before.")
    )
    last_failure = models.CharField(max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "subject_id", "sequence", "recipient", "channel"], name="one_delivery_per_message"
            ),
        ]
        indexes = [
            # Made for the claim: only what is open, a channel's oldest first.
            models.Index(
                fields=["channel", "next_attempt_at"], name="delivery_due", condition=Q(state__in=OPEN_STATES)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.sequence} {self.channel} {self.state}"

    @property
    def address(self) -> str:
        """Return where it goes: the address that the login has now, or the bare one."""
        if self.user is None:
            return self.recipient
        return self.user.phone if self.channel == Channel.SMS else self.user.email

    @property
    def explanation(self) -> str:
        """Return in words why the recipient was, or was not, told."""
        return str(Reason(self.reason).label if self.reason else DeliveryState(self.state).label)


class Breaker(models.Model):
    """Whether a channel's provider answers: after several outages in a row it is asked seldom, by one message."""

    channel = models.CharField(max_length=10, choices=Channel.choices, primary_key=True)
    strikes = models.PositiveIntegerField(default=0, help_text=_("Outages in a row."))
    retry_at = models.DateTimeField(null=True, help_text=_("Nobody sends before; empty while all is well."))
    last_failure = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.channel} {self.strikes}"


class StreamTicket(BaseModel):
    """An address of the live stream, of which only a hash is kept: it opens once, and its reader may come back."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, help_text=_("It ends, and the stream with it."))
    ticket_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    objects = StreamTicketQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="stream_ticket_expiry")]
