"""The inbox and the ledger of deliveries. Neither holds a word: topics render their subjects when asked."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Session
from apps.core.models import BaseModel
from apps.notifications.choices import OPEN_STATES, Channel, DeliveryState
from apps.notifications.querysets import DeliveryQuerySet, NotificationQuerySet


class Notification(BaseModel):
    """One subject in one person's inbox, however often the person was reminded of it."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    topic = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "topic", "subject_id"], name="one_inbox_row_per_subject"),
        ]
        indexes = [models.Index(fields=["recipient", "-id"], name="inbox_newest_first")]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


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
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease = models.UUIDField(null=True, help_text=_("Whose result counts: the fence against a worker thought dead."))
    sent_at = models.DateTimeField(null=True)
    may_be_repeated = models.BooleanField(
        default=False, help_text=_("A worker vanished after claiming: the provider may have had it before.")
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
            # Made for the claim: only what is open, oldest first.
            models.Index(fields=["next_attempt_at"], name="delivery_due", condition=models.Q(state__in=OPEN_STATES)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.sequence} {self.channel} {self.state}"


class StreamTicket(BaseModel):
    """A one-time address of the live stream: only its hash is kept, for a minute."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, help_text=_("It ends, and the stream with it."))
    ticket_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
