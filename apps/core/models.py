"""The base of every model, and the tables of the house's plumbing: audit, outbox, stored answers, files."""

from django.db import models
from django.utils import timezone

from apps.core.ids import uuid7


class BaseModel(models.Model):
    """Every row: a version 7 UUID, when it was made and when it was last changed (UTC)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True


class AuditEvent(models.Model):
    """One thing that somebody did or read. Append-only: the database refuses UPDATE and DELETE.

    Ids instead of foreign keys: the log outlives what it speaks of and stands below every other app.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=64)
    actor_id = models.UUIDField(null=True)
    subject_type = models.CharField(max_length=64, blank=True)
    subject_id = models.UUIDField(null=True)
    concerns_id = models.UUIDField(null=True, help_text="The patient whom this is about.")
    tenant_id = models.UUIDField(null=True, help_text="The hospital at which it happened.")
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["concerns_id", "-id"], name="audit_by_person_concerned"),
            models.Index(fields=["tenant_id", "-id"], name="audit_by_tenant"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"


class AuditUnsealed(models.Model):
    """The queue of events that the sealing job has not linked yet; filled by a trigger, so no writer can forget it."""

    event_id = models.UUIDField(primary_key=True)
    added_at = models.DateTimeField()

    class Meta:
        db_table = "core_audit_unsealed"


class AuditSeal(models.Model):
    """One link of the hash chain over the audit log; append-only like the events themselves."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]


class OutboxEvent(models.Model):
    """Something that happened and that floors above must hear of; written in the transaction in which it happened."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    topic = models.CharField(max_length=64)
    ids = models.JSONField(help_text="Ids only, never text.")
    created_at = models.DateTimeField(default=timezone.now)
    relayed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    last_failure = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        # Made for the relay's only question; the delivered millions stay outside.
        indexes = [
            models.Index(fields=["retry_at", "id"], name="outbox_waiting", condition=models.Q(relayed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"


class StoredAnswer(models.Model):
    """The answer to a POST with an Idempotency-Key, sealed under the key itself, of which only a hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caller_id = models.UUIDField()
    key_hash = models.BinaryField(max_length=32)
    request_hash = models.BinaryField(max_length=32)
    sealed_answer = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller_id", "key_hash"], name="one_answer_per_key"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="stored_answer_expiry")]


class Budget(models.Model):
    """How often something was tried within a window; the key is a hash of what is limited and for whom."""

    key_hash = models.BinaryField(max_length=32, primary_key=True)
    window_started_at = models.DateTimeField()
    spent = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["window_started_at"], name="budget_expiry")]


class StoredFile(BaseModel):
    """Bytes in the private store. The row commits after its bytes are written, and outlives them when they are removed.

    Whose file it is, and who may read it, the apps above say: each row there points to one of these.
    """

    key = models.CharField(max_length=80, unique=True, editable=False, help_text="Server-made: a day and an id.")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes, as they are stored.")
    sha256 = models.BinaryField(max_length=32)
    removed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When the bytes were gone.")

    class Meta:
        indexes = [
            # Made for the sweeper's question; what is kept stays outside.
            models.Index(
                fields=["removed_at"],
                name="stored_file_to_erase",
                condition=models.Q(removed_at__isnull=False, erased_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.key
