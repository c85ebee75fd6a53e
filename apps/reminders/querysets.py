"""How plans and doses are asked for: who may see them, and which of them are open."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

from apps.patients.querysets import is_live_relationship, managed_patient
from apps.reminders.choices import CLOSED_DUE_DOSES, OPEN_DOSES, DoseState, PlanState

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.reminders.models import ActionPlan, ChecklistItem, Dose


class ActionPlanQuerySet(models.QuerySet["ActionPlan"]):
    """Action plans of every state."""

    def visible_to(self, user: "User") -> "ActionPlanQuerySet":
        """Return the plans the user wrote as a doctor, drafts included, and the others of managed patients."""
        return self.filter(Q(relationship__doctor__user=user) | managed_patient(user) & ~Q(state=PlanState.DRAFT))

    def open(self, *, now: datetime) -> "ActionPlanQuerySet":
        """Return the active plans whose care relationship is live and still of their generation."""
        return self.filter(is_live_relationship("relationship", "generation", now=now), state=PlanState.ACTIVE)


class ChecklistItemQuerySet(models.QuerySet["ChecklistItem"]):
    """Things to do once."""

    def visible_to(self, user: "User") -> "ChecklistItemQuerySet":
        """Return the items of managed patients and of the user's own notes."""
        return self.filter(Q(note__author=user) | managed_patient(user))


class DoseQuerySet(models.QuerySet["Dose"]):
    """Doses of every state."""

    def visible_to(self, user: "User") -> "DoseQuerySet":
        """Return the doses of managed patients and of plans the user wrote as a doctor."""
        return self.filter(managed_patient(user, "plan__patient") | Q(plan__relationship__doctor__user=user))

    def open(self, *, now: datetime) -> "DoseQuerySet":
        """Return the doses that still await an answer: of open plans only."""
        open_relationship = is_live_relationship("plan__relationship", "plan__generation", now=now)
        return self.filter(open_relationship, state__in=OPEN_DOSES, plan__state=PlanState.ACTIVE)

    def tally(self) -> dict[str, int]:
        """Return how many doses were due and answered or missed, and how many of those were taken."""
        return self.aggregate(
            due=Count("pk", filter=Q(state__in=CLOSED_DUE_DOSES)),
            taken=Count("pk", filter=Q(state=DoseState.TAKEN)),
            missed=Count("pk", filter=Q(state=DoseState.MISSED)),
            skipped=Count("pk", filter=Q(state=DoseState.SKIPPED)),
        )
