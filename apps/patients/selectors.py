"""Answers about patients that are not one table's rows: what was done with a record, and how many a doctor treats."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.patients.models import CareRelationship, Patient


def access_log(*, reader: User, patient_id: UUID) -> QuerySet[AuditEvent]:
    """Return what was done with and read of a patient's record, to those who manage it; nothing to anybody else."""
    return AuditEvent.objects.filter(
        concerns_id__in=Patient.objects.managed_by(reader).filter(pk=patient_id).values("pk")
    )


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """A row of the access log with the name of who acted."""

    event: AuditEvent
    actor_name: str


def with_names(events: Iterable[AuditEvent]) -> list[AccessEntry]:
    """Return the events, in their order, with their actors' names, at one query."""
    rows = list(events)
    actors = User.objects.in_bulk({row.actor_id for row in rows if row.actor_id})
    return [AccessEntry(row, actors[row.actor_id].name if row.actor_id in actors else "") for row in rows]


def patient_counts(doctor_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, int]:
    """Return how many patients each of these doctors treats now, at one query; a doctor without any is left out."""
    live = CareRelationship.objects.live(now=now).filter(doctor__in=list(doctor_ids)).order_by()
    return dict(live.values_list("doctor").annotate(Count("pk")))
