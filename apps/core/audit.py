"""The audit log: writing one row per act, sealing rows into a hash chain, and finding the first broken link."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.utils import timezone

from apps.core.context import current_call
from apps.core.models import AuditEvent, AuditSeal, AuditUnsealed

GENESIS = bytes(32)
SEALING_LOCK = 0x6175646974  # "audit" in ASCII; two sealing jobs at once would fork the chain.
LONGEST_UNSEALED = timedelta(seconds=60)


def record(
    action: str,
    *,
    actor_id: UUID | None,
    subject: models.Model | None = None,
    concerns_id: UUID | None = None,
    tenant_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one audit row in the present transaction; `details` holds codes and ids, never names or clinical text."""
    event = _event(action, actor_id, concerns_id, details)
    event.tenant_id = tenant_id
    if subject:
        event.subject_type, event.subject_id = subject._meta.label_lower, subject.pk
    event.save(force_insert=True)
    return event


def record_each(
    action: str, *, actor_id: UUID | None, concerns_ids: Iterable[UUID], details: Mapping[str, Any] | None = None
) -> None:
    """Write one audit row for each person concerned, in one statement however many they are."""
    AuditEvent.objects.bulk_create(_event(action, actor_id, concerns_id, details) for concerns_id in concerns_ids)


def _event(
    action: str, actor_id: UUID | None, concerns_id: UUID | None, details: Mapping[str, Any] | None
) -> AuditEvent:
    call = current_call()
    return AuditEvent(
        action=action,
        actor_id=actor_id,
        concerns_id=concerns_id,
        address=call.address,
        agent=call.agent[:200],
        trace_id=call.trace_id,
        details=dict(details or {}),
    )


def seal_audit(*, now: datetime, limit: int = 5_000) -> int:
    """Link up to `limit` waiting events to the chain, oldest first, and return how many were linked.

    An event that is gone cannot be linked; it stays in the queue, where `verify_audit` finds it.
    """
    with transaction.atomic():
        if not _sole_sealer():
            return 0
        waiting = list(AuditUnsealed.objects.order_by("event_id")[:limit].values_list("event_id", flat=True))
        events = AuditEvent.objects.in_bulk(waiting)
        position, previous = _end_of_chain()
        seals = []
        for event_id in filter(events.__contains__, waiting):
            position += 1
            link = link_hash(previous, events[event_id])
            seals.append(
                AuditSeal(position=position, event_id=event_id, previous_hash=previous, hash=link, sealed_at=now)
            )
            previous = link
        AuditSeal.objects.bulk_create(seals, batch_size=1_000)
        AuditUnsealed.objects.filter(event_id__in=events).delete()
    return len(seals)


def link_hash(previous: bytes, event: AuditEvent) -> bytes:
    """Return the SHA-256 that links `event` to the link before it, over every column of the event."""
    columns = {field.attname: getattr(event, field.attname) for field in AuditEvent._meta.concrete_fields}
    columns["at"] = event.at.timestamp()
    canonical = json.dumps(columns, sort_keys=True, default=str, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode()).digest()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the log: the position in the chain (None when unsealed), the event, and what is wrong."""

    position: int | None
    event_id: UUID
    what: str


def verify_audit(*, now: datetime | None = None) -> Iterator[Fault]:
    """Yield the first broken link of the chain, if any, then every event removed before it was sealed or left unsealed.

    Left unsealed means for more than 60 s.
    """
    broken = _first_broken_link()
    if broken:
        yield broken
    is_there = models.Exists(AuditEvent.objects.filter(pk=models.OuterRef("pk")))
    for event_id in AuditUnsealed.objects.exclude(is_there).order_by("pk").values_list("pk", flat=True).iterator():
        yield Fault(None, event_id, "the event is gone and was never sealed")
    since = (now or timezone.now()) - LONGEST_UNSEALED
    unsealed = AuditEvent.objects.filter(
        ~models.Exists(AuditSeal.objects.filter(event_id=models.OuterRef("pk"))), at__lt=since
    )
    for event_id in unsealed.order_by("id").values_list("pk", flat=True).iterator():
        yield Fault(None, event_id, "unsealed for more than 60 seconds")


def _first_broken_link() -> Fault | None:
    expected, position = GENESIS, 0
    for batch in _batches_of_seals():
        events = AuditEvent.objects.in_bulk([seal.event_id for seal in batch])
        for seal in batch:
            position += 1
            event = events.get(seal.event_id)
            if seal.position != position:
                return Fault(position, seal.event_id, "a link is missing before this one")
            if event is None:
                return Fault(position, seal.event_id, "the event is gone")
            if bytes(seal.previous_hash) != expected or bytes(seal.hash) != link_hash(expected, event):
                return Fault(position, seal.event_id, "the event or its link was changed")
            expected = bytes(seal.hash)
    return None


def _batches_of_seals(size: int = 2_000) -> Iterator[list[AuditSeal]]:
    position = 0
    while batch := list(AuditSeal.objects.filter(position__gt=position).order_by("position")[:size]):
        yield batch
        position = batch[-1].position


def _sole_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [SEALING_LOCK])
        row: tuple[bool] = cursor.fetchone()
    return row[0]


def _end_of_chain() -> tuple[int, bytes]:
    last = AuditSeal.objects.order_by("-position").values_list("position", "hash").first()
    return (last[0], bytes(last[1])) if last else (0, GENESIS)
