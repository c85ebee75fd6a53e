"""Adherence: what of the doses due was taken, for a patient and for a doctor's patients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from apps.accounts.models import User
from apps.patients.models import Patient
from apps.reminders.choices import CLOSED_DUE_DOSES, DoseState
from apps.reminders.models import Dose


@dataclass(frozen=True, slots=True)
class Adherence:
    """Doses answered or missed so far, and the share of them that was taken (None before the first)."""

    patient_id: UUID
    patient_name: str
    due: int
    taken: int
    missed: int
    skipped: int
    streak: int

    @property
    def rate(self) -> float | None:
        """Return taken / due, rounded to two decimals."""
        return round(self.taken / self.due, 2) if self.due else None


def adherence_visible_to(user: User) -> list[Adherence]:
    """Return the adherence of each patient whose doses the user may see, lowest first. Three queries."""
    doses = Dose.objects.visible_to(user).filter(state__in=CLOSED_DUE_DOSES)
    tallies = doses.values("plan__patient").annotate(
        due=Count("pk"),
        taken=Count("pk", filter=Q(state=DoseState.TAKEN)),
        missed=Count("pk", filter=Q(state=DoseState.MISSED)),
        skipped=Count("pk", filter=Q(state=DoseState.SKIPPED)),
    )
    rows = {row["plan__patient"]: row for row in tallies}
    streaks = _streaks(user, list(rows))
    found = [
        _adherence(patient, rows[patient.pk], streaks[patient.pk]) for patient in Patient.objects.filter(pk__in=rows)
    ]
    return sorted(found, key=lambda one: (one.rate or 0.0, one.patient_name))


def _adherence(patient: Patient, row: Mapping[str, Any], streak: int) -> Adherence:
    counts = {name: row[name] for name in ("due", "taken", "missed", "skipped")}
    return Adherence(patient.pk, patient.name, streak=streak, **counts)


def _streaks(user: User, patient_ids: list[UUID]) -> dict[UUID, int]:
    """Return how many doses in a row, up to the latest, each patient has taken."""
    latest_first = Dose.objects.visible_to(user).filter(plan__patient__in=patient_ids, state__in=CLOSED_DUE_DOSES)
    streaks = dict.fromkeys(patient_ids, 0)
    broken: set[UUID] = set()
    for patient_id, state in latest_first.order_by("-due_at").values_list("plan__patient", "state"):
        if state != DoseState.TAKEN:
            broken.add(patient_id)
        elif patient_id not in broken:
            streaks[patient_id] += 1
    return streaks
