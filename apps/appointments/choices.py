"""The closed lists of appointments, and which transitions are legal: the one table."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Weekday(models.IntegerChoices):
    """Days of a weekly schedule, as Python's `date.weekday()` counts them; the API names them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class RuleKind(models.TextChoices):
    """How a range of a schedule is given out."""

    SLOTS = "SLOTS", _("Bookable slots")
    QUEUE = "QUEUE", _("Places in a queue")


class Status(models.TextChoices):
    """The life of an appointment."""

    REQUESTED = "REQUESTED", _("Requested")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    CHECKED_IN = "CHECKED_IN", _("Checked in")
    COMPLETED = "COMPLETED", _("Completed")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")
    NO_SHOW = "NO_SHOW", _("Not shown up")


UNANSWERED = "unanswered"  # Why a request was rejected whose time came before an answer.

# How long before a visit its patient is reminded.
DAY_BEFORE, HOURS_BEFORE = timedelta(hours=24), timedelta(hours=2)

LIVE = (Status.CONFIRMED, Status.CHECKED_IN)
KEPT = (*LIVE, Status.COMPLETED, Status.NO_SHOW)  # What a day was made of, once it is looked back at.

TRANSITIONS: dict[str, frozenset[str]] = {
    Status.REQUESTED: frozenset({Status.CONFIRMED, Status.REJECTED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.CHECKED_IN, Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}),
    Status.CHECKED_IN: frozenset({Status.COMPLETED, Status.CANCELLED}),
    Status.NO_SHOW: frozenset({Status.COMPLETED}),
    Status.COMPLETED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
}
