"""Plans, their doses, one-time tasks and the drafting of them. What they say is sealed under the master keys."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import crypto, sealing
from apps.core.models import BaseModel
from apps.core.zones import validate_zone, zone
from apps.patients.models import CareRelationship, Patient
from apps.recommendations.dosage import AsNeeded
from apps.records.models import Note
from apps.reminders.choices import (
    NEVER_BEGUN_PLANS,
    OPEN_DOSES,
    UNENDED_PLANS,
    DoseState,
    DraftState,
    PlanState,
)
from apps.reminders.querysets import ActionPlanQuerySet, ChecklistItemQuerySet, DoseQuerySet, PlanDraftQuerySet
from apps.reminders.schedule import Calendar, read_schedule


def house_nag_minutes() -> int:
    """Return after how many minutes the house reminds again."""
    return int(settings.DOSE_NAG_MINUTES)


def house_escalate_after() -> int:
    """Return after how many unanswered nags the house tells a caregiver."""
    return int(settings.DOSE_ESCALATE_AFTER)


def _sealed(value: Any, *, place: str) -> bytes:
    return crypto.seal(json.dumps(value).encode(), place=place)


def _unopened_check() -> dict[str, Any]:
    """Return, in the shape of a check, that nothing is known: no reason that was given before stands any more."""
    gap = {"kind": "medicine", "subject": sealing.unreadable(), "reason": sealing.unreadable()}
    found: dict[str, Any] = {"knowledge_version": "", "findings": [], "not_checked": [gap]}
    return {**found, "is_critical": False, "override_reason": ""}


class PlanDraft(BaseModel):
    """The work of drafting plans from one note, off the request path."""

    note = models.OneToOneField(Note, on_delete=models.PROTECT, related_name="draft")
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_failure = models.CharField(max_length=200, blank=True)
    not_drafted_sealed = models.BinaryField(null=True)

    objects = PlanDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="draft_waiting", condition=models.Q(state=DraftState.PENDING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"

    @property
    def place(self) -> str:
        """Return what the sealed lines are bound to."""
        return f"draft/{self.pk}/not-drafted"

    @property
    def not_drafted(self) -> list[str]:
        """Return the note's lines about doses, times or medicines that became nothing; that they do not open is one."""
        if self.not_drafted_sealed is None:
            return []
        lines = sealing.opened_if_possible(self, "not_drafted_sealed")
        return [sealing.unreadable()] if lines is None else list(json.loads(lines))

    def seal_not_drafted(self, lines: Sequence[str]) -> None:
        """Set those lines, sealed for this row."""
        self.not_drafted_sealed = _sealed(list(lines), place=self.place)


class ActionPlan(BaseModel):
    """Something a patient does repeatedly, promised `promised_doses` times. Open only while its generation is."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="action_plans")
    relationship = models.ForeignKey(CareRelationship, on_delete=models.PROTECT, related_name="action_plans")
    generation = models.PositiveIntegerField()
    note = models.ForeignKey(
        Note, null=True, on_delete=models.PROTECT, related_name="action_plans", help_text=_("None: entered by hand.")
    )
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    action_sealed = models.BinaryField()
    dosage_sealed = models.BinaryField()
    safety_sealed = models.BinaryField(null=True, help_text=_("What the safety rules said, and why it began anyhow."))
    schedule = models.JSONField(help_text=_("Structured, as the dosage parser writes it."))
    duration_days = models.PositiveIntegerField(null=True)
    total_doses = models.PositiveIntegerField(null=True, help_text=_("Goes before the duration."))
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    first_day = models.DateField(null=True, help_text=_("Every-n-days and monthly doses count from it."))
    promised_doses = models.PositiveIntegerField(default=0)
    added_doses = models.PositiveIntegerField(default=0, help_text=_("One for each dose missed."))
    nag_minutes = models.PositiveIntegerField(default=house_nag_minutes)
    escalate_after = models.PositiveIntegerField(
        default=house_escalate_after, help_text=_("Unanswered nags until a caregiver is told; 0 is never.")
    )
    is_time_critical = models.BooleanField(default=False, help_text=_("Reminded of in quiet hours too."))
    activated_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True, help_text=_("When the days of an as-needed plan are over."))
    ended_at = models.DateTimeField(null=True)
    changes = models.PositiveIntegerField(default=0, help_text=_("How often people were told that it changed."))

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Made for the end of as-needed plans, which no dose brings about.
            models.Index(
                fields=["ends_at"],
                name="plan_to_end",
                condition=models.Q(state=PlanState.ACTIVE, ends_at__isnull=False),
            ),
            # Made for the roll-over, which asks every minute whose generation is over.
            models.Index(fields=["relationship"], name="plan_unended", condition=models.Q(state__in=UNENDED_PLANS)),
        ]
        constraints = [
            models.CheckConstraint(
                name="no_plan_begins_unchecked",
                condition=models.Q(state__in=NEVER_BEGUN_PLANS) | models.Q(safety_sealed__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Plan {self.created_at:%Y-%m-%d} {self.state}"

    @property
    def calendar(self) -> Calendar:
        """Return the calendar that an activated plan's doses follow."""
        assert self.activated_at is not None  # noqa: S101 - a draft has no doses
        area = zone(self.time_zone)
        first_day = self.first_day or self.activated_at.astimezone(area).date()
        return Calendar(read_schedule(self.schedule), area, self.activated_at, first_day)

    @property
    def as_needed(self) -> AsNeeded | None:
        """Return the limits of what is taken as needed; None for a plan with times."""
        schedule = read_schedule(self.schedule)
        return schedule if isinstance(schedule, AsNeeded) else None

    def place(self, part: str) -> str:
        """Return what a sealed part (`action`, `dosage` or `safety`) of this plan is bound to."""
        return f"plan/{self.pk}/{part}"

    @property
    def action(self) -> str:
        """Return what to do, or the house's sentence where it does not open."""
        return sealing.readable(self, "action_sealed")

    @property
    def dosage_text(self) -> str:
        """Return how often, as the doctor wrote it, or the house's sentence where it does not open."""
        return sealing.readable(self, "dosage_sealed")

    def seal_texts(self, *, action: str, dosage_text: str) -> None:
        """Set both texts, sealed for this row."""
        self.action_sealed = crypto.seal(action.encode(), place=self.place("action"))
        self.dosage_sealed = crypto.seal(dosage_text.encode(), place=self.place("dosage"))

    @property
    def safety_check(self) -> Mapping[str, Any] | None:
        """Return what the safety rules said; None where nobody asked them. What does not open is not called safe."""
        if self.safety_sealed is None:
            return None
        said = sealing.opened_if_possible(self, "safety_sealed")
        return _unopened_check() if said is None else dict(json.loads(said))

    def seal_safety(self, check: Mapping[str, Any]) -> None:
        """Set what the safety rules said, sealed for this row."""
        self.safety_sealed = _sealed(dict(check), place=self.place("safety"))


class ChecklistItem(BaseModel):
    """Something a patient does once. To be done only while its generation is current, as a plan."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="checklist_items")
    relationship = models.ForeignKey(CareRelationship, on_delete=models.PROTECT, related_name="checklist_items")
    generation = models.PositiveIntegerField()
    note = models.ForeignKey(
        Note, null=True, on_delete=models.PROTECT, related_name="checklist_items", help_text=_("None: entered by hand.")
    )
    task_sealed = models.BinaryField()
    done_at = models.DateTimeField(null=True)

    objects = ChecklistItemQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Task {self.pk}"

    @property
    def place(self) -> str:
        """Return what the sealed text is bound to."""
        return f"checklist/{self.pk}"

    @property
    def task(self) -> str:
        """Return what to do, or the house's sentence where it does not open."""
        return sealing.readable(self, "task_sealed")

    def seal_task(self, task: str) -> None:
        """Set the text, sealed for this row."""
        self.task_sealed = crypto.seal(task.encode(), place=self.place)


class Dose(BaseModel):
    """One dose of a plan: when it is due, how often it was reminded, what became of it.

    Of an as-needed plan one dose is open at a time: `due_at` is from when on it may be taken, and nothing misses it.
    """

    plan = models.ForeignKey(ActionPlan, on_delete=models.PROTECT, related_name="doses", db_index=False)
    number = models.PositiveIntegerField(help_text=_("1 is the plan's first dose."))
    state = models.CharField(max_length=10, choices=DoseState.choices, default=DoseState.SCHEDULED)
    due_at = models.DateTimeField()
    local_date = models.DateField(help_text=_("The day in the plan's zone."))
    misses_at = models.DateTimeField(null=True, help_text=_("From when on an unanswered dose is missed."))
    next_reminder_at = models.DateTimeField(null=True)
    reminders_sent = models.PositiveIntegerField(default=0)
    told_before = models.PositiveIntegerField(
        default=0, help_text=_("How many of the reminders were of another time, from which it was moved.")
    )
    told_at = models.DateTimeField(null=True, help_text=_("When its first reminder was written."))
    postponed_from = models.DateTimeField(
        null=True, help_text=_("When it was due before a late answer to the one before it moved it.")
    )
    makes_up_for = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="made_up_by",
        db_index=False,
        help_text=_("The miss that added it."),
    )
    taken_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    skip_reason_sealed = models.BinaryField(null=True)

    objects = DoseQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_dose_per_number"),
            models.UniqueConstraint(
                fields=["makes_up_for"], name="one_dose_per_miss", condition=models.Q(makes_up_for__isnull=False)
            ),
            # Judged when the statement ends: a plan that is laid out anew moves each dose to where another one was.
            models.UniqueConstraint(
                fields=["plan", "due_at"], name="one_dose_per_moment", deferrable=models.Deferrable.IMMEDIATE
            ),
            models.CheckConstraint(
                name="dose_window_has_length",
                condition=models.Q(misses_at=None) | models.Q(misses_at__gt=models.F("due_at")),
            ),
        ]
        # What is nearly always empty is indexed only where it is not: every reminder writes each index of the row.
        indexes = [
            # Made for the dispatcher: a sweep with nothing due reads one page of it.
            models.Index(fields=["next_reminder_at"], name="dose_to_remind", condition=models.Q(state__in=OPEN_DOSES)),
            # Made for the roll-over of missed doses.
            models.Index(fields=["misses_at"], name="dose_to_miss", condition=models.Q(state__in=OPEN_DOSES)),
            # Made for a login that is to be removed: who answered what.
            models.Index(
                fields=["answered_by"], name="dose_answered_by", condition=models.Q(answered_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Dose {self.number} {self.state}"

    def is_told_late(self) -> bool:
        """Return whether the first reminder came so late that it says so and no nag follows."""
        return self.told_at is not None and self.told_at - self.due_at > timedelta(minutes=settings.DOSE_LATE_MINUTES)

    @property
    def place(self) -> str:
        """Return what the sealed reason is bound to."""
        return f"dose/{self.pk}/skip"

    @property
    def skip_reason(self) -> str:
        """Return why it was skipped, or the house's sentence where it does not open."""
        return "" if self.skip_reason_sealed is None else sealing.readable(self, "skip_reason_sealed")

    def seal_skip_reason(self, reason: str) -> None:
        """Set the reason, sealed for this row."""
        self.skip_reason_sealed = crypto.seal(reason.encode(), place=self.place)
