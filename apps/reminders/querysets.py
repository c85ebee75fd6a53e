"""How plans and doses are asked for: who may see them, and which of them are open."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, F, Q, Subquery, Value, When

from apps.patients.querysets import any_of, is_live_relationship, managed_patient
from apps.reminders.choices import (
    CLOSED_DUE_DOSES,
    OPEN_DOSES,
    STARTED_PLANS,
    UNENDED_PLANS,
    DoseState,
    PlanState,
)

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft

Rows = models.QuerySet[Any, Any]
UNDOING = timedelta(minutes=1)  # Longer than it takes to take back an answer in the last permitted second.


class ActionPlanQuerySet(models.QuerySet["ActionPlan"]):
    """Action plans of every state."""

    def visible_to(self, user: "User") -> "ActionPlanQuerySet":
        """Return the plans the user wrote as a doctor, drafts included, and the others of managed patients."""
        return self.filter(_written_by_or_for(self.model, user, hidden=Q(state=PlanState.DRAFT)))

    def current(self, *, now: datetime) -> "ActionPlanQuerySet":
        """Return the plans of every state whose care relationship is live and still of their generation."""
        return self.filter(_is_current(now))

    def open(self, *, now: datetime) -> "ActionPlanQuerySet":
        """Return the active plans that are current."""
        return self.current(now=now).filter(state=PlanState.ACTIVE)

    def followed(self, *, now: datetime) -> "ActionPlanQuerySet":
        """Return the current plans that have begun, a completed one too while its last answer may be taken back."""
        undone_since = now - timedelta(minutes=settings.CHECK_IN_UNDO_MINUTES) - UNDOING
        may_go_on = Q(state=PlanState.COMPLETED, ended_at__gte=undone_since)
        return self.current(now=now).filter(Q(state__in=STARTED_PLANS) | may_go_on)

    def outdated(self, *, now: datetime) -> "ActionPlanQuerySet":
        """Return the plans that a newer note or the end of the relationship has ended, not written down as such yet."""
        return self.filter(~_is_current(now), state__in=UNENDED_PLANS)

    def as_of(self, now: datetime) -> "ActionPlanQuerySet":
        """Bring along `current_state`: CANCELLED from the moment in which the generation passed, and `end_date`."""
        doses = apps.get_model("reminders", "Dose").objects.filter(plan=models.OuterRef("pk"))
        last = doses.exclude(state=DoseState.CANCELLED).order_by("-number").values("local_date")[:1]
        is_over = Q(state__in=UNENDED_PLANS) & ~Q(_is_current(now))
        return self.annotate(current_state=_state_unless(is_over, PlanState.CANCELLED), end_date=Subquery(last))


class PlanDraftQuerySet(models.QuerySet["PlanDraft"]):
    """The drafting of plans from notes."""

    def visible_to(self, user: "User") -> "PlanDraftQuerySet":
        """Return the drafting of the notes that the user wrote: what became of it is nobody else's business."""
        return self.filter(note__author=user)


class ChecklistItemQuerySet(models.QuerySet["ChecklistItem"]):
    """Things to do once."""

    def visible_to(self, user: "User") -> "ChecklistItemQuerySet":
        """Return the items of managed patients and those the user asked for as a doctor."""
        return self.filter(_written_by_or_for(self.model, user))

    def current(self, *, now: datetime) -> "ChecklistItemQuerySet":
        """Return the items that no newer note has replaced, done or not."""
        return self.filter(_is_current(now))

    def as_of(self, now: datetime) -> "ChecklistItemQuerySet":
        """Bring along `is_open`: neither done nor replaced by a newer note."""
        return self.annotate(is_open=Case(When(Q(_is_current(now), done_at=None), then=True), default=False))


class DoseQuerySet(models.QuerySet["Dose"]):
    """Doses of every state."""

    def visible_to(self, user: "User") -> "DoseQuerySet":
        """Return the doses of managed patients and of plans the user wrote as a doctor."""
        plans: Rows = apps.get_model("reminders", "ActionPlan").objects.visible_to(user).values("pk")
        return self.filter(plan__in=plans)

    def open(self, *, now: datetime) -> "DoseQuerySet":
        """Return the doses that still await an answer: of open plans only."""
        return self.filter(_is_current(now, "plan__"), state__in=OPEN_DOSES, plan__state=PlanState.ACTIVE)

    def as_of(self, now: datetime) -> "DoseQuerySet":
        """Bring along `current_state`: CANCELLED from the moment in which the plan's generation passed."""
        is_over = Q(state__in=OPEN_DOSES) & ~Q(_is_current(now, "plan__"), plan__state__in=STARTED_PLANS)
        return self.annotate(current_state=_state_unless(is_over, DoseState.CANCELLED))

    def counted(self) -> "DoseQuerySet":
        """Return what adherence counts."""
        return self.filter(is_counted())

    def tally(self) -> dict[str, int]:
        """Return how many doses were due and answered or missed, and how many of those were taken."""
        counts: dict[str, int] = self.counted().aggregate(**tallies())
        return counts


def is_counted(path: str = "") -> Q:
    """Return "the dose at `path` was due and is settled"; what is taken as needed is never due."""
    return Q(**{f"{path}state__in": CLOSED_DUE_DOSES, f"{path}misses_at__isnull": False})


def tallies(path: str = "", *, within: Q | None = None) -> dict[str, Count]:
    """Return the counts of adherence over the counted doses at `path`, or those of them `within`."""
    states = {name: Q(**{f"{path}state": name.upper()}) for name in ("taken", "missed", "skipped")}
    of_all, counted = within or Q(), f"{path}pk"
    return {
        "due": Count(counted, filter=within),
        **{name: Count(counted, filter=of_all & is_it) for name, is_it in states.items()},
    }


def _is_current(now: datetime, path: str = "") -> Exists:
    return is_live_relationship(f"{path}relationship", f"{path}generation", now=now)


def _state_unless(is_over: Q, over: str) -> Case:
    return Case(When(is_over, then=Value(over)), default=F("state"))


def _written_by_or_for(model: type[models.Model], user: "User", *, hidden: Q | None = None) -> Q:
    """Return "written by this user as a doctor, or of a managed patient and not hidden", each by its index."""
    rows: Rows = model._default_manager.all()
    of_patients = rows.filter(managed_patient(user))
    of_patients = of_patients.exclude(hidden) if hidden else of_patients
    return any_of(of_patients.values("pk"), rows.filter(relationship__doctor__user=user).values("pk"))
