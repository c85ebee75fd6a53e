"""Plans, their doses, one-time tasks and the drafting of them. What they say is sealed under the master keys."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import crypto
from apps.core.models import BaseModel
from apps.core.zones import validate_zone
from apps.patients.models import CareRelationship, Patient
from apps.records.models import Note
from apps.reminders.choices import OPEN_DOSES, DoseState, DraftState, PlanState
from apps.reminders.querysets import ActionPlanQuerySet, ChecklistItemQuerySet, DoseQuerySet


class PlanDraft(BaseModel):
    """The work of drafting plans from one note, off the request path."""

    note = models.OneToOneField(Note, on_delete=models.PROTECT, related_name="draft")
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="draft_waiting", condition=models.Q(state=DraftState.PENDING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class ActionPlan(BaseModel):
    """Something a patient does repeatedly, promised `promised_doses` times. Open only while its generation is."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="action_plans")
    relationship = models.ForeignKey(CareRelationship, on_delete=models.PROTECT, related_name="action_plans")
    generation = models.PositiveIntegerField()
    note = models.ForeignKey(Note, null=True, on_delete=models.PROTECT, related_name="action_plans")
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    action_sealed = models.BinaryField()
    dosage_sealed = models.BinaryField()
    schedule = models.JSONField(help_text=_("Structured, as the dosage parser writes it."))
    duration_days = models.PositiveIntegerField(null=True)
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    promised_doses = models.PositiveIntegerField(default=0)
    added_doses = models.PositiveIntegerField(default=0, help_text=_("One for each dose missed."))
    nag_minutes = models.PositiveIntegerField(default=60)
    activated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Plan {self.created_at:%Y-%m-%d} {self.state}"

    def place(self, part: str) -> str:
        """Return what a sealed text (`action` or `dosage`) of this plan is bound to."""
        return f"plan/{self.pk}/{part}"

    @property
    def action(self) -> str:
        """Return what to do, in clear; raises CannotOpen when the row was tampered with."""
        return crypto.unseal(self.action_sealed, place=self.place("action")).decode()

    @property
    def dosage_text(self) -> str:
        """Return how often, as the doctor wrote it; raises CannotOpen."""
        return crypto.unseal(self.dosage_sealed, place=self.place("dosage")).decode()

    def seal_texts(self, *, action: str, dosage_text: str) -> None:
        """Set both texts, sealed for this row."""
        self.action_sealed = crypto.seal(action.encode(), place=self.place("action"))
        self.dosage_sealed = crypto.seal(dosage_text.encode(), place=self.place("dosage"))


class ChecklistItem(BaseModel):
    """Something a patient does once."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="checklist_items")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="checklist_items")
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
        """Return what to do, in clear; raises CannotOpen."""
        return crypto.unseal(self.task_sealed, place=self.place).decode()

    def seal_task(self, task: str) -> None:
        """Set the text, sealed for this row."""
        self.task_sealed = crypto.seal(task.encode(), place=self.place)


class Dose(BaseModel):
    """One dose of a plan: when it is due, how often it was reminded, what became of it."""

    plan = models.ForeignKey(ActionPlan, on_delete=models.PROTECT, related_name="doses", db_index=False)
    number = models.PositiveIntegerField(help_text=_("1 is the plan's first dose."))
    state = models.CharField(max_length=10, choices=DoseState.choices, default=DoseState.SCHEDULED)
    due_at = models.DateTimeField()
    local_date = models.DateField(help_text=_("The day in the plan's zone."))
    misses_at = models.DateTimeField(help_text=_("From when on an unanswered dose is missed."))
    next_reminder_at = models.DateTimeField(null=True)
    reminders_sent = models.PositiveIntegerField(default=0)
    makes_up_for = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="made_up_by", help_text=_("The miss that added it.")
    )
    taken_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    skip_reason_sealed = models.BinaryField(null=True)

    objects = DoseQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_dose_per_number"),
            models.UniqueConstraint(fields=["plan", "due_at"], name="one_dose_per_moment"),
            models.CheckConstraint(name="dose_window_has_length", condition=models.Q(misses_at__gt=models.F("due_at"))),
        ]
        indexes = [
            # Made for the dispatcher: a sweep with nothing due reads one page of it.
            models.Index(fields=["next_reminder_at"], name="dose_to_remind", condition=models.Q(state__in=OPEN_DOSES)),
            # Made for the roll-over of missed doses.
            models.Index(fields=["misses_at"], name="dose_to_miss", condition=models.Q(state__in=OPEN_DOSES)),
        ]

    def __str__(self) -> str:
        return f"Dose {self.number} {self.state}"

    @property
    def place(self) -> str:
        """Return what the sealed reason is bound to."""
        return f"dose/{self.pk}/skip"

    @property
    def skip_reason(self) -> str:
        """Return why it was skipped, in clear; raises CannotOpen."""
        if self.skip_reason_sealed is None:
            return ""
        return crypto.unseal(self.skip_reason_sealed, place=self.place).decode()

    def seal_skip_reason(self, reason: str) -> None:
        """Set the reason, sealed for this row."""
        self.skip_reason_sealed = crypto.seal(reason.encode(), place=self.place)
