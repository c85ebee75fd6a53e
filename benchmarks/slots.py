"""The free slots of a doctor for 30 days: cost, and growth with what lies in the past."""

import contextlib
import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.appointments.choices import Weekday
from apps.appointments.models import Appointment, ScheduleRule
from apps.core.crypto import read_key_ring
from apps.core.zones import zone
from apps.hospitals.models import Doctor
from benchmarks.capturing import captured, positions
from benchmarks.filling import fill_appointments, fill_people, staff_user
from benchmarks.floor.recipes import SlotsCookbook
from benchmarks.listing import Costs, Side, in_turns, refuse_other_bytes
from benchmarks.load import fetch, request_bytes
from benchmarks.report import Figure
from benchmarks.sizes import Size
from benchmarks.stage import Stage, Web
from benchmarks.statements import ratio

COST_GOAL, GROWTH_GOAL = 2.0, 1.2
ASKED = "30 days"


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure with few appointments first, where that is asked for, then with many."""
    fill_people(size)
    doctor = give_a_week(Doctor.objects.filter(hospital__staff__user=staff_user())[0])
    few: Costs = {}
    if size.few_appointments > Appointment.objects.count():
        fill_appointments(size, size.few_appointments)
        few = _measured(stage, size, doctor)
    fill_appointments(size, size.appointments)
    many = _measured(stage, size, doctor)
    rows = f"{size.appointments:,} rows"
    yield ratio(f"free slots, {ASKED}, {rows}: API / floor", many["API", ASKED], many["floor", ASKED], COST_GOAL)
    if few:
        what = f"free slots, {ASKED}, {rows} against {size.few_appointments:,}: API / API"
        yield ratio(what, many["API", ASKED], few["API", ASKED], GROWTH_GOAL)


def give_a_week(doctor: Doctor) -> Doctor:
    """Let the doctor work every day from nine to five, in slots of twenty minutes."""
    ScheduleRule.objects.filter(doctor=doctor).delete()
    ScheduleRule.objects.bulk_create(
        ScheduleRule(doctor=doctor, weekday=day, from_time=time(9), to_time=time(17)) for day in Weekday.values
    )
    return doctor


def _measured(stage: Stage, size: Size, doctor: Doctor) -> Costs:
    """Measure API and floor in turns, after a look whether both write the same."""
    now = datetime.now(tz=UTC)
    token = tokens.issue_pair(open_session(user=staff_user(), now=now))["access"]
    first = now.astimezone(zone(doctor.zone_name)).date()
    last = first + timedelta(days=29)
    target = f"/api/v1/doctors/{doctor.pk}/slots/?from={first}&to={last}"
    with (
        stage.web("api", "--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application") as api,
        _floor(stage, target, token, first, last) as floor,
    ):
        request = request_bytes(target, token)
        refuse_other_bytes(floor, token, {target: fetch(api.port, request)})
        sides = {("API", ASKED): api, ("floor", ASKED): floor}
        return in_turns({key: Side(web, stage.database_pid, request) for key, web in sides.items()}, size)


@contextlib.contextmanager
def _floor(stage: Stage, target: str, token: str, first: date, last: date) -> Iterator[Web]:
    """Run the bare program, with the statements that the API ran."""
    statements = tuple(captured(target, token, model._meta.db_table) for model in (Doctor, ScheduleRule, Appointment))
    cookbook = SlotsCookbook(
        dsn=stage.database_url,
        key=next(iter(read_key_ring(settings.SIGNING_KEYS).values())),
        audience=str(settings.SIMPLE_JWT["AUDIENCE"]),
        issuer=str(settings.SIMPLE_JWT["ISSUER"]),
        statements=statements,
        zone_position=positions(statements[0][0], ["hospitals_hospital.time_zone"])[0],
        first=first,
        last=last,
    )
    written = stage.folder / "slots"
    written.write_bytes(pickle.dumps(cookbook))
    with stage.web("floor", "--interface", "rsgi", "benchmarks.floor.slots:app", FLOOR_COOKBOOK=str(written)) as web:
        yield web
