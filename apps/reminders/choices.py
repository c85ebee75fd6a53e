"""The closed lists of plans and doses, and which transitions are legal: the one table of each."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlanState(models.TextChoices):
    """The life of an action plan."""

    DRAFT = "DRAFT", _("Draft")
    ACTIVE = "ACTIVE", _("Active")
    PAUSED = "PAUSED", _("Paused")
    COMPLETED = "COMPLETED", _("Completed")
    LAPSED = "LAPSED", _("Lapsed: too many doses missed")
    CANCELLED = "CANCELLED", _("Cancelled")


PLAN_TRANSITIONS: dict[str, frozenset[str]] = {
    PlanState.DRAFT: frozenset({PlanState.ACTIVE, PlanState.CANCELLED}),
    PlanState.ACTIVE: frozenset({PlanState.PAUSED, PlanState.COMPLETED, PlanState.LAPSED, PlanState.CANCELLED}),
    PlanState.PAUSED: frozenset({PlanState.ACTIVE, PlanState.CANCELLED}),
    PlanState.COMPLETED: frozenset({PlanState.ACTIVE}),  # Its last answer was taken back.
    PlanState.LAPSED: frozenset(),
    PlanState.CANCELLED: frozenset(),
}
UNENDED_PLANS = (PlanState.DRAFT, PlanState.ACTIVE, PlanState.PAUSED)
STARTED_PLANS = (PlanState.ACTIVE, PlanState.PAUSED)
NEVER_BEGUN_PLANS = (PlanState.DRAFT, PlanState.CANCELLED)  # The second perhaps.


class DoseState(models.TextChoices):
    """The life of one dose."""

    SCHEDULED = "SCHEDULED", _("Scheduled")
    DUE = "DUE", _("Due")
    TAKEN = "TAKEN", _("Taken")
    SKIPPED = "SKIPPED", _("Skipped")
    MISSED = "MISSED", _("Missed")
    CANCELLED = "CANCELLED", _("Cancelled")


OPEN_DOSES = (DoseState.SCHEDULED, DoseState.DUE)
ANSWERED_DOSES = (DoseState.TAKEN, DoseState.SKIPPED)
CLOSED_DUE_DOSES = (*ANSWERED_DOSES, DoseState.MISSED)  # What adherence counts.


class Outcome(models.TextChoices):
    """What a check-in says became of a dose."""

    TAKEN = "TAKEN", _("Taken")
    SKIPPED = "SKIPPED", _("Skipped")


class Times(models.TextChoices):
    """By whose clock a traveller takes the doses from now on."""

    HOME = "HOME", _("As at home: the same moments, whatever the clocks here show")
    LOCAL = "LOCAL", _("By the clocks here: the same times of day")


class DraftState(models.TextChoices):
    """What has become of drafting a plan from a note."""

    PENDING = "PENDING", _("Waiting")
    DRAFTED = "DRAFTED", _("Drafted")
    FAILED = "FAILED", _("Failed")
    END_TO_END = "END_TO_END", _("Not read: only the readers' own devices can open the note")
