"""The closed lists of appointments, and which transitions are legal: the one table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Weekday(models.TextChoices):
    """Days of a weekly schedule, in the order of Python's `date.weekday()`."""

    MONDAY = "MONDAY", _("Monday")
    TUESDAY = "TUESDAY", _("Tuesday")
    WEDNESDAY = "WEDNESDAY", _("Wednesday")
    THURSDAY = "THURSDAY", _("Thursday")
    FRIDAY = "FRIDAY", _("Friday")
    SATURDAY = "SATURDAY", _("Saturday")
    SUNDAY = "SUNDAY", _("Sunday")


class RuleKind(models.TextChoices):
    """How a range of a schedule is given out."""

    SLOTS = "SLOTS", _("Bookable slots")


class Status(models.TextChoices):
    """The life of an appointment."""

    CONFIRMED = "CONFIRMED", _("Confirmed")
    CHECKED_IN = "CHECKED_IN", _("Checked in")
    COMPLETED = "COMPLETED", _("Completed")
    CANCELLED = "CANCELLED", _("Cancelled")
    NO_SHOW = "NO_SHOW", _("Not shown up")


LIVE = (Status.CONFIRMED, Status.CHECKED_IN)

TRANSITIONS: dict[str, frozenset[str]] = {
    Status.CONFIRMED: frozenset({Status.CHECKED_IN, Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}),
    Status.CHECKED_IN: frozenset({Status.COMPLETED, Status.CANCELLED}),
    Status.NO_SHOW: frozenset({Status.COMPLETED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset(),
}
