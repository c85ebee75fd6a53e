"""Answers about patients that are not one table's rows: what was done with a record."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.patients.models import Patient


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
