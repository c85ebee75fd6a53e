"""Weekly schedules: adding, changing and removing rules, and replacing a whole week."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.choices import RuleKind
from apps.appointments.models import ScheduleRule
from apps.appointments.models.schedules import LONGEST, MOST_SEATS, SHORTEST
from apps.appointments.services.calendars import again_after_deadlock, changing_calendar, doctor_to_schedule
from apps.appointments.slots import MIDNIGHT
from apps.core import audit
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Doctor

MOST_RULES = 200
WRITABLE = (
    "kind",
    "weekday",
    "from_time",
    "to_time",
    "slot_minutes",
    "capacity",
    "valid_from",
    "valid_to",
    "is_active",
)
OVERLAP = "rules_of_a_doctor_never_overlap"
DEFAULT_MINUTES = {RuleKind.SLOTS.value: 20, RuleKind.QUEUE.value: 10}


class RulesOverlap(RuleRefused):
    """Two rules of the doctor would hold the same time of some date."""

    code = "rules_overlap"
    detail = _("The doctor has a range at this time already. Change that one, or give other times.")


class TooManyRules(RuleRefused):
    """A week of so many ranges is no week."""

    code = "too_many_rules"
    detail = _("A doctor has 200 ranges at most. Remove those that are over.")


@again_after_deadlock
def add_rule(
    *, actor: User, doctor_id: UUID | None, rule: Mapping[str, Any], affected: str, now: datetime
) -> ScheduleRule:
    """Add a range to a doctor's week (the actor's own without `doctor_id`).

    Raises NotAllowed, NotFound, InvalidInput, RulesOverlap, TooManyRules and AppointmentsAffected.
    """
    doctor = doctor_to_schedule(actor=actor, doctor_id=doctor_id)
    wanted = _checked(ScheduleRule(doctor=doctor, **_with_defaults(rule)))
    with changing_calendar(actor=actor, doctor_id=doctor.pk, affected=affected, now=now) as locked:
        _write([wanted], locked)
        _record("schedule_rule_added", actor, locked, wanted)
    return wanted


@again_after_deadlock
def change_rule(
    *,
    actor: User,
    rule_id: UUID,
    changes: Mapping[str, Any],
    affected: str,
    now: datetime,
    precondition: Callable[[ScheduleRule], None] | None = None,
) -> ScheduleRule:
    """Change a range of a week that the actor keeps; `precondition` is asked under the lock.

    Raises NotAllowed, NotFound, InvalidInput, RulesOverlap, AppointmentsAffected and NowhereToMove.
    """
    doctor_id = _rule_kept_by(actor, rule_id).doctor_id
    with changing_calendar(actor=actor, doctor_id=doctor_id, affected=affected, now=now) as doctor:
        rule = _reread(rule_id, precondition)
        for name, value in changes.items():
            setattr(rule, name, value)
        _checked(rule)
        _unless_overlapping(lambda: rule.save(update_fields=[*WRITABLE, "updated_at"]))
        _record("schedule_rule_changed", actor, doctor, rule)
    return rule


@again_after_deadlock
def remove_rule(
    *,
    actor: User,
    rule_id: UUID,
    affected: str,
    now: datetime,
    precondition: Callable[[ScheduleRule], None] | None = None,
) -> None:
    """Take a range out of a week that the actor keeps; raises as `change_rule` does."""
    doctor_id = _rule_kept_by(actor, rule_id).doctor_id
    with changing_calendar(actor=actor, doctor_id=doctor_id, affected=affected, now=now) as doctor:
        rule = _reread(rule_id, precondition)
        _record("schedule_rule_removed", actor, doctor, rule)
        rule.delete()


@again_after_deadlock
def replace_week(
    *, actor: User, doctor_id: UUID | None, rules: Sequence[Mapping[str, Any]], affected: str, now: datetime
) -> list[ScheduleRule]:
    """Put these ranges in the place of all that the doctor had; an empty list leaves no working time.

    Raises as `change_rule` does, and TooManyRules.
    """
    doctor = doctor_to_schedule(actor=actor, doctor_id=doctor_id)
    wanted = [_checked(ScheduleRule(doctor=doctor, **_with_defaults(rule))) for rule in rules]
    with changing_calendar(actor=actor, doctor_id=doctor.pk, affected=affected, now=now) as locked:
        locked.schedule_rules.all().delete()
        _write(wanted, locked)
        _record("schedule_replaced", actor, locked, None, rules=len(wanted))
    return list(ScheduleRule.objects.filter(doctor=doctor))


def _with_defaults(rule: Mapping[str, Any]) -> dict[str, Any]:
    kind = rule.get("kind") or RuleKind.SLOTS
    return {"slot_minutes": DEFAULT_MINUTES[kind], **rule, "kind": kind}


def _checked(rule: ScheduleRule) -> ScheduleRule:
    """Return the rule if it makes sense by itself; raises InvalidInput naming the field that does not."""
    _check_times(rule)
    if not SHORTEST <= rule.slot_minutes <= LONGEST:
        raise InvalidInput("slot_minutes", _("Give 5 to 480 minutes."), code="out_of_range")
    if rule.slot_minutes > _minutes(rule.from_time, rule.to_time):
        raise InvalidInput("slot_minutes", _("This is longer than the range itself."), code="longer_than_range")
    most = 1 if rule.kind == RuleKind.QUEUE else MOST_SEATS
    if not 1 <= rule.capacity <= most:
        detail = _("A queue calls one at a time.") if most == 1 else _("Give 1 to 50 places.")
        raise InvalidInput("capacity", detail, code="out_of_range")
    if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
        raise InvalidInput("valid_to", _("Give a day that is not before `valid_from`."), code="ends_before_start")
    return rule


def _check_times(rule: ScheduleRule) -> None:
    for name in ("from_time", "to_time"):
        wall: time = getattr(rule, name)
        if wall.second or wall.microsecond:
            raise InvalidInput(name, _("Give whole minutes, such as 09:30."), code="not_whole_minutes")
    if rule.to_time != MIDNIGHT and rule.to_time <= rule.from_time:
        raise InvalidInput(
            "to_time", _("Give a time after the start; split a range that passes midnight."), code="ends_before_start"
        )


def _minutes(start: time, end: time) -> int:
    """Return how long a range is by the clock; one that ends at 00:00 ends with the day."""
    return (end.hour * 60 + end.minute or 24 * 60) - (start.hour * 60 + start.minute)


def _write(wanted: Sequence[ScheduleRule], doctor: Doctor) -> None:
    if doctor.schedule_rules.count() + len(wanted) > MOST_RULES:
        raise TooManyRules
    _unless_overlapping(lambda: ScheduleRule.objects.bulk_create(wanted))


def _unless_overlapping(write: Callable[[], Any]) -> None:
    """Write, and say in words what the exclusion constraint, which has the last word, has against it."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as failure:
        if OVERLAP not in str(failure):
            raise
        raise RulesOverlap from failure


def _rule_kept_by(actor: User, rule_id: UUID) -> ScheduleRule:
    rules = ScheduleRule.objects.all() if actor.role == Role.ADMIN else ScheduleRule.objects.visible_to(actor)
    rule = rules.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    if actor.role not in {Role.DOCTOR, Role.HOSPITAL, Role.ADMIN}:
        raise NotAllowed
    return rule


def _reread(rule_id: UUID, precondition: Callable[[ScheduleRule], None] | None) -> ScheduleRule:
    """Return the rule as it is under the doctor's lock; raises NotFound when it went meanwhile."""
    rule = ScheduleRule.objects.select_related("doctor__hospital").filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    if precondition:
        precondition(rule)
    return rule


def _record(action: str, actor: User, doctor: Doctor, rule: ScheduleRule | None, **details: Any) -> None:
    audit.record(
        action,
        actor_id=actor.pk,
        subject=rule or doctor,
        tenant_id=doctor.hospital_id,
        details={"doctor_id": str(doctor.pk), **details},
    )
