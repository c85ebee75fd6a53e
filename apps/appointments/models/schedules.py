"""When a doctor works: weekly rules and absences, with the constraint that no two rules overlap on any date."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.fields.ranges import DateRangeField, DateTimeRangeField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.appointments.choices import RuleKind, Weekday
from apps.appointments.querysets import AbsenceQuerySet, ScheduleRuleQuerySet
from apps.appointments.slots import MIDNIGHT, Rule, Taken
from apps.core.models import BaseModel
from apps.hospitals.models import Doctor

SHORTEST, LONGEST = 5, 480
MOST_SEATS = 50


class WallStart(models.Func):
    """A wall-clock time laid on a day of no meaning: there is no range of times of day."""

    template = "(DATE '2000-01-01' + %(expressions)s)"
    output_field = models.DateTimeField()


class WallEnd(models.Func):
    """The same for an end: 00:00, a minute earlier, is 23:59, and a minute later the end of that day."""

    template = "(DATE '2000-01-01' + (%(expressions)s - INTERVAL '1 minute') + INTERVAL '1 minute')"
    output_field = models.DateTimeField()


class WallRange(models.Func):
    """The wall-clock time of a rule, `[from, to)`."""

    function = "TSRANGE"
    output_field = DateTimeRangeField()


class ValidRange(models.Func):
    """The dates on which a rule is valid, both ends included; an absent end is infinite."""

    function = "DATERANGE"
    output_field = DateRangeField()


class ScheduleRule(BaseModel):
    """One range of a doctor's week, in wall-clock time of the doctor's zone."""

    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="schedule_rules", db_index=False)
    kind = models.CharField(max_length=10, choices=RuleKind.choices, default=RuleKind.SLOTS)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    from_time = models.TimeField()
    to_time = models.TimeField(help_text=_("00:00 is the end of the day."))
    slot_minutes = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text=_("Length of a slot, or of a place in a queue."),
    )
    capacity = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True, help_text=_("A rule that is switched off gives no times."))

    objects = ScheduleRuleQuerySet.as_manager()

    class Meta:
        ordering = ["doctor_id", "weekday", "from_time", "id"]
        constraints = [
            models.CheckConstraint(
                name="rule_ends_after_it_starts",
                condition=Q(to_time__gt=models.F("from_time")) | Q(to_time=MIDNIGHT),
            ),
            models.CheckConstraint(name="rule_has_room", condition=Q(slot_minutes__gte=SHORTEST, capacity__gte=1)),
            models.CheckConstraint(
                name="rule_is_valid_from_before_to",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
            ),
            models.CheckConstraint(name="one_at_a_time_in_a_queue", condition=~Q(kind=RuleKind.QUEUE) | Q(capacity=1)),
            ExclusionConstraint(
                name="rules_of_a_doctor_never_overlap",
                expressions=[
                    ("doctor", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (WallRange(WallStart("from_time"), WallEnd("to_time")), RangeOperators.OVERLAPS),
                    (ValidRange("valid_from", "valid_to", models.Value("[]")), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_active=True),
            ),
        ]
        indexes = [
            # A doctor's week in its order: lists, free slots, and "next free" of a page of doctors.
            models.Index(fields=["doctor", "weekday", "from_time", "id"], name="rules_of_doctor"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.from_time:%H:%M}-{self.to_time:%H:%M}"

    def as_rule(self) -> Rule:
        """Return this range as the slot arithmetic takes it."""
        return Rule(
            weekday=self.weekday,
            from_time=self.from_time,
            to_time=self.to_time,
            slot_minutes=self.slot_minutes,
            capacity=self.capacity,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            kind=self.kind,
        )


class Absence(BaseModel):
    """A time in which a doctor is away; why is not shown to patients."""

    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="absences", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(name="absence_ends_after_it_starts", condition=Q(ends_at__gt=models.F("starts_at"))),
        ]
        indexes = [
            # What is still to come of a doctor's absences: asked with every look at free slots.
            models.Index(fields=["doctor", "ends_at"], name="absences_of_doctor"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} - {self.ends_at:%Y-%m-%d %H:%M} UTC"

    def as_taken(self) -> Taken:
        """Return this absence as the slot arithmetic takes it."""
        return Taken(self.starts_at, self.ends_at)
