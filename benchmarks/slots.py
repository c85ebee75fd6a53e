"""The free slots of a doctor for 30 days: cost, and growth with what lies in the past."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.appointments.choices import Weekday
from apps.appointments.models import Appointment, ScheduleRule
from apps.hospitals.models import Doctor
from benchmarks.filling import fill_appointments, fill_people, staff_user
from benchmarks.report import Figure
from benchmarks.sizes import Size
from benchmarks.stage import Stage
from benchmarks.statements import Costs, ratio, take_turns

COST_GOAL, GROWTH_GOAL = 2.0, 1.2
ASKED = "30 days"


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure with few appointments first, where that is asked for, then with many."""
    fill_people(size)
    doctor = give_a_week(Doctor.objects.filter(hospital__staff__user=staff_user())[0])
    few: Costs = {}
    if size.few_appointments > Appointment.objects.count():
        fill_appointments(size, size.few_appointments)
        few, _ = _measured(stage, size, doctor)
    fill_appointments(size, size.appointments)
    many, floor = _measured(stage, size, doctor)
    rows = f"{size.appointments:,} rows"
    yield ratio(f"free slots, {ASKED}, {rows}: API / floor", many[ASKED], floor[ASKED], COST_GOAL)
    if few:
        what = f"free slots, {ASKED}, {rows} against {size.few_appointments:,}: API / API"
        yield ratio(what, many[ASKED], few[ASKED], GROWTH_GOAL)


def give_a_week(doctor: Doctor) -> Doctor:
    """Let the doctor work every day from nine to five, in slots of twenty minutes."""
    ScheduleRule.objects.filter(doctor=doctor).delete()
    ScheduleRule.objects.bulk_create(
        ScheduleRule(doctor=doctor, weekday=day, from_time=time(9), to_time=time(17)) for day in Weekday.values
    )
    return doctor


def _measured(stage: Stage, size: Size, doctor: Doctor) -> tuple[Costs, Costs]:
    now = datetime.now(tz=UTC)
    token = tokens.issue_pair(open_session(user=staff_user(), now=now))["access"]
    last = now.date() + timedelta(days=29)
    target = f"/api/v1/doctors/{doctor.pk}/slots/?from={now.date()}&to={last}"
    return take_turns(stage, size, {ASKED: target}, token, Appointment._meta.db_table)
