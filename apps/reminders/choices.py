"""The closed lists of plans and doses, and which transitions are legal."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlanState(models.TextChoices):
    """The life of an action plan."""

    DRAFT = "DRAFT", _("Draft")
    ACTIVE = "ACTIVE", _("Active")
    COMPLETED = "COMPLETED", _("Completed")
    LAPSED = "LAPSED", _("Lapsed: too many doses missed")
    CANCELLED = "CANCELLED", _("Cancelled")


OPEN_PLANS = (PlanState.DRAFT, PlanState.ACTIVE)


class DoseState(models.TextChoices):
    """The life of one dose."""

    SCHEDULED = "SCHEDULED", _("Scheduled")
    DUE = "DUE", _("Due")
    TAKEN = "TAKEN", _("Taken")
    SKIPPED = "SKIPPED", _("Skipped")
    MISSED = "MISSED", _("Missed")
    CANCELLED = "CANCELLED", _("Cancelled")


OPEN_DOSES = (DoseState.SCHEDULED, DoseState.DUE)
CLOSED_DUE_DOSES = (DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED)  # What adherence counts.


class Outcome(models.TextChoices):
    """What a check-in says became of a dose."""

    TAKEN = "TAKEN", _("Taken")
    SKIPPED = "SKIPPED", _("Skipped")


class DraftState(models.TextChoices):
    """What has become of drafting a plan from a note."""

    PENDING = "PENDING", _("Waiting")
    DRAFTED = "DRAFTED", _("Drafted")
    FAILED = "FAILED", _("Failed")
