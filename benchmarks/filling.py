"""Filling the database, one statement for many rows. Row number n of a kind has a known id, so nothing is looked up."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.hospitals.choices import DoctorStatus, HospitalStatus
from apps.hospitals.models import Department, Doctor, Hospital, StaffMember
from apps.notifications.models import Delivery, Notification
from apps.patients.choices import CareSource, Relation
from apps.patients.models import CareRelationship, HospitalRegistration, Management, Patient
from apps.reminders.choices import PlanState
from apps.reminders.models import ActionPlan, Dose
from benchmarks.sizes import Size

FIRST_DAY = date(2025, 1, 6)
SLOTS_A_DAY = 8
DOSES_A_PLAN = 5
DUE = datetime(2025, 6, 1, 12, tzinfo=UTC)  # When the last of the laid-out doses is due.
SPECIALIZATIONS = ("Cardiology", "Oncology", "Neurology", "Dermatology", "Pediatrics", "Surgery", "Psychiatry")
CITIES = ("Dhaka", "Lagos", "Paris", "Lyon", "Accra", "Quito", "Lima", "Oslo", "Zürich", "São Paulo", "Kraków")
LANGUAGES = ("French", "Bengali", "Yoruba", "Español", "Polski")
DISEASES = ("Asthma", "Migraine", "High blood pressure", "Diabetes", "Eczema", "Epilepsy", "Gout", "Anaemia")
_CHUNK = 100_000
_HOLE = "<default>"
_ZONE = "America/New_York"

# One hexadecimal digit a kind. The ids sort by number, as version 7 ids sort by age.
(
    _HOSPITAL,
    _DEPARTMENT,
    _STAFF,
    _DOCTOR,
    _DOCTOR_LOGIN,
    _PATIENT,
    _LOGIN,
    _APPOINTMENT,
    _CARE,
    _PLAN,
    _DOSE,
    _OTHER,
    _PERSON,
    _LISTED,
    _LISTED_LOGIN,
    _PLACE,
) = "0123456789abcdef"
_NUMBERED = """
CREATE OR REPLACE FUNCTION numbered(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('0190000' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
"""


def staff_user() -> User:
    """Return the login of the staff of the hospital whose list is asked for."""
    user: User = User.objects.get(pk=UUID(f"0190000{_STAFF}-0000-7000-8000-{0:012x}"))
    return user


def fill_people(size: Size) -> None:
    """Make hospitals, staff, doctors, patients and the logins that manage them, once."""
    if Hospital.objects.exists():
        return
    _say(f"{size.hospitals} hospitals, {size.doctors} doctors, {size.patients:,} patients")
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERED)
    _fill_hospitals(size)
    _fill_doctors(size)
    _fill_patients(size)
    tidy(Hospital, Department, StaffMember, User, Doctor, Patient, Management)


def _fill_hospitals(size: Size) -> None:
    hospitals = f"generate_series(0, {size.hospitals - 1}) n"
    insert(
        Hospital,
        hospitals,
        id=_id(_HOSPITAL),
        name="'Hospital ' || n",
        license_number="'L-' || n",
        time_zone=f"'{_ZONE}'",
        status=f"'{HospitalStatus.APPROVED}'",
    )
    insert(Department, hospitals, id=_id(_DEPARTMENT), hospital_id=_id(_HOSPITAL), name="'Heart'")
    _fill_logins(hospitals, _STAFF, "staff", Role.HOSPITAL)
    insert(StaffMember, hospitals, id=_id(_OTHER), user_id=_id(_STAFF), hospital_id=_id(_HOSPITAL))


def _fill_doctors(size: Size) -> None:
    doctors = f"generate_series(0, {size.doctors - 1}) n"
    _fill_logins(doctors, _DOCTOR_LOGIN, "doctor", Role.DOCTOR)
    insert(
        Doctor,
        doctors,
        id=_id(_DOCTOR),
        user_id=_id(_DOCTOR_LOGIN),
        hospital_id=_id(_HOSPITAL, _hospital_of("n", size)),
        status=f"'{DoctorStatus.APPROVED}'",
        specialization="'Cardiology'",
        license_number="'D-' || n",
    )


def _fill_patients(size: Size) -> None:
    patients = f"generate_series(0, {size.patients - 1}) n"
    _fill_logins(patients, _LOGIN, "patient", Role.PATIENT)
    insert(
        Patient,
        patients,
        id=_id(_PATIENT),
        first_name="'Amina' || n",
        last_name="'Rahman'",
        time_zone="'Europe/Paris'",
    )
    self_managed = f"'{Relation.SELF}'"
    insert(Management, patients, id=_id(_OTHER), patient_id=_id(_PATIENT), user_id=_id(_LOGIN), relation=self_managed)


def _fill_logins(source: str, kind: str, word: str, role: Role) -> None:
    insert(
        User,
        source,
        id=_id(kind),
        email_verified_at="now()",
        username=f"'{word}' || n",
        email=f"'{word}' || n || '@example.org'",
        first_name="'Lena'",
        last_name="'Okafor' || n",
        role=f"'{role}'",
        password="'!'",
    )


def _hospital_of(doctor: str, size: Size) -> str:
    """Return in SQL where a doctor works: every fifth in the hospital that is asked, the others in all the others."""
    return f"CASE WHEN {doctor} % 5 = 0 THEN 0 ELSE 1 + {doctor} % {size.hospitals - 1} END"


def fill_appointments(size: Size, count: int) -> None:
    """Add appointments until there are `count`: eight a day for each doctor, day after day, no patient twice a day."""
    first = Appointment.objects.count()
    for start in range(first, count, _CHUNK):
        end = min(start + _CHUNK, count)
        _say(f"appointments {start:,} to {end:,} of {count:,}")
        insert(Appointment, _appointments(size, start, end), **_APPOINTMENT_COLUMNS)
    tidy(Appointment)


def _appointments(size: Size, start: int, end: int) -> str:
    """Return in SQL what makes each appointment: its number, doctor, hospital, patient, beginning and status."""
    a_day = SLOTS_A_DAY * size.doctors
    return f"""(
        SELECT n, doctor, {_hospital_of("doctor", size)} AS hospital,
            (n % {a_day} + 37 * day) % {size.patients} AS patient,
            ('{FIRST_DAY}'::timestamp + day * interval '1 day' + interval '9 hours'
                + slot % {SLOTS_A_DAY} * interval '20 minutes') AT TIME ZONE '{_ZONE}' AS starts_at,
            (slot * 7 + doctor * 3) % 20 AS fate
        FROM (
            SELECT n, n % {size.doctors} AS doctor, n / {size.doctors} AS slot, n / {a_day} AS day
            FROM generate_series({start}, {end - 1}) n
        ) AS numbers
    ) AS appointments"""


def _id(kind: str, number: str = "n") -> str:
    return f"numbered('{kind}', {number})"


_APPOINTMENT_COLUMNS = {
    "id": _id(_APPOINTMENT),
    "patient_id": _id(_PATIENT, "patient"),
    "doctor_id": _id(_DOCTOR, "doctor"),
    "hospital_id": _id(_HOSPITAL, "hospital"),
    "department_id": _id(_DEPARTMENT, "hospital"),
    "status": "CASE WHEN fate < 12 THEN 'CONFIRMED' WHEN fate < 17 THEN 'COMPLETED' "
    "WHEN fate < 19 THEN 'CANCELLED' ELSE 'NO_SHOW' END",
    "starts_at": "starts_at",
    "ends_at": "starts_at + interval '20 minutes'",
    "local_date": f"(starts_at AT TIME ZONE '{_ZONE}')::date",
    "reason": "'Chest feels tight on stairs'",
}


def lay_doses(size: Size, count: int) -> None:
    """Lay out exactly `count` doses, the last due at DUE, of plans that are open; nobody was told of any yet."""
    _say(f"{count:,} doses")
    with connection.cursor() as cursor:
        tables = ", ".join(model._meta.db_table for model in (Dose, Notification, Delivery))
        cursor.execute(f"TRUNCATE {tables}")
    _fill_plans(size, -(-count // DOSES_A_PLAN))
    due_at = f"'{DUE.isoformat()}'::timestamptz - n % {DOSES_A_PLAN} * interval '10 minutes' - n % 599 * interval '1 s'"
    for start in range(0, count, _CHUNK):
        numbers = f"generate_series({start}, {min(start + _CHUNK, count) - 1}) n"
        insert(
            Dose,
            f"(SELECT n, {due_at} AS due_at FROM {numbers}) AS doses",
            id=_id(_DOSE),
            plan_id=_id(_PLAN, f"n / {DOSES_A_PLAN}"),
            number=f"n % {DOSES_A_PLAN} + 1",
            due_at="due_at",
            next_reminder_at="due_at",
            misses_at="due_at + interval '12 hours'",
            local_date="due_at::date",
        )
    tidy(Dose, Notification, Delivery)


def take_doses_away() -> None:
    """Remove all plans: those of `lay_doses` are sealed with nothing, and whoever opened one would fail."""
    with connection.cursor() as cursor:
        tables = ", ".join(model._meta.db_table for model in (ActionPlan, Dose, Notification, Delivery))
        cursor.execute(f"TRUNCATE {tables}")


def fill_care(size: Size) -> None:
    """Let one doctor treat each patient, once."""
    if CareRelationship.objects.exists():
        return
    insert(
        CareRelationship,
        f"generate_series(0, {size.patients - 1}) n",
        id=_id(_CARE),
        patient_id=_id(_PATIENT),
        doctor_id=_id(_DOCTOR, f"n % {size.doctors}"),
        source=f"'{CareSource.CHOICE}'",
        started_at="now()",
    )
    tidy(CareRelationship)


def _fill_plans(size: Size, count: int) -> None:
    """Share `count` plans out among the patients; what is there already stays."""
    fill_care(size)
    owner = f"n % {size.patients}"
    insert(
        ActionPlan,
        f"generate_series({ActionPlan.objects.filter(state=PlanState.ACTIVE).count()}, {count - 1}) n",
        id=_id(_PLAN),
        patient_id=_id(_PATIENT, owner),
        relationship_id=_id(_CARE, owner),
        generation="1",
        state=f"'{PlanState.ACTIVE}'",
        action_sealed=r"'\x00'",
        dosage_sealed=r"'\x00'",
        safety_sealed=r"'\x00'",
        schedule="'{}'",
        time_zone="'Europe/Paris'",
        activated_at="now()",
    )
    tidy(ActionPlan)


def fill_directory(count: int, first_names: Sequence[str], last_names: Sequence[str]) -> None:
    """Add doctors with names drawn from these until there are `count`; the triggers fold each of them."""
    first = Doctor.objects.filter(license_number__startswith="listed ").count()
    _say(f"doctors {first:,} to {count:,}")
    source = f"generate_series({first}, {count - 1}) n"
    insert(
        User,
        source,
        id=_id(_LISTED_LOGIN),
        username="'listed' || n",
        email="''",
        first_name=_named(first_names, "n::bigint * 7919"),
        last_name=_named(last_names, "n::bigint * 104729 + n / 1500"),
        role=f"'{Role.DOCTOR}'",
        password="'!'",
    )
    insert(
        Doctor,
        source,
        id=_id(_LISTED),
        user_id=_id(_LISTED_LOGIN),
        hospital_id=_id(_HOSPITAL, "n % 2"),
        status=f"'{DoctorStatus.APPROVED}'",
        specialization=_named(SPECIALIZATIONS, "n"),
        license_number="'listed ' || n",
        city=_named(CITIES, "n"),
        languages=f"ARRAY['English', {_named(LANGUAGES, 'n')}]",
        diseases_treated=f"ARRAY[{_named(DISEASES, 'n')}]",
        rating_average="(n % 51) / 10.0",
        experience_years="n % 40",
        consultation_fee="n % 300",
    )
    tidy(User, Doctor)


def fill_places(count: int) -> None:
    """Add hospitals until there are `count`, half of them crowded into ten degrees and half all over the globe."""
    first = Hospital.objects.filter(license_number__startswith="place ").count()
    _say(f"places {first:,} to {count:,}")
    insert(
        Hospital,
        f"generate_series({first}, {count - 1}) n",
        id=_id(_PLACE),
        name="'Place ' || n",
        license_number="'place ' || n",
        time_zone=f"'{_ZONE}'",
        status=f"'{HospitalStatus.APPROVED}'",
        latitude="CASE WHEN n % 2 = 0 THEN 45 + n * 7919 % 10007 / 1000.0 ELSE n * 7919 % 17989 / 100.0 - 90 END",
        longitude="CASE WHEN n % 2 = 0 THEN 5 + n * 5003 % 10009 / 1000.0 ELSE n * 5003 % 35993 / 100.0 - 180 END",
    )
    tidy(Hospital)


def _named(names: Sequence[str], number: str) -> str:
    """Return in SQL the name that a number falls on."""
    listed = ", ".join(f"'{name}'" for name in names)
    return f"(ARRAY[{listed}])[1 + ({number}) % {len(names)}]"


def fill_searchable(count: int, known: int, first_names: Sequence[str], last_names: Sequence[str]) -> None:
    """Add people until there are `count`, and let the hospital that is asked know the first `known` of them."""
    first = Patient.objects.filter(phone__startswith="+1777").count()
    _say(f"people {first:,} to {count:,}")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX patient_by_name")  # Made anew below: row by row it takes minutes.
    insert(
        Patient,
        f"generate_series({first}, {count - 1}) n",
        id=_id(_PERSON),
        first_name=_named(first_names, "abs(hashtext('first' || n)::bigint)"),
        last_name=_named(last_names, "abs(hashtext('last' || n)::bigint)"),
        phone="'+1777' || lpad(n::text, 7, '0')",
    )
    if first < known:
        insert(
            HospitalRegistration,
            f"generate_series({first}, {min(known, count) - 1}) n",
            id=_id(_PERSON),
            hospital_id=_id(_HOSPITAL, "0"),
            patient_id=_id(_PERSON),
        )
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX patient_by_name ON patients_patient USING gin (folded_name gin_trgm_ops)")
    tidy(Patient, HospitalRegistration)


def insert(model: type[Model], source: str, /, **columns: str) -> None:
    """Insert a row for each row of `source`; columns that are not given get their field's default, as in `save()`."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    if unknown := columns.keys() - {field.column for field in fields}:
        raise LookupError(f"{model.__name__} has no column {', '.join(unknown)}.")
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(f"({columns.get(str(field.column), _HOLE)})::{field.db_type(connection)}" for field in fields)
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} FROM {source}'
    defaults = [_default(field) for field in fields if field.column not in columns]
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("%", "%%").replace(_HOLE, "%s"), defaults)


def _default(field: "Field[Any, Any]") -> Any:
    is_clock = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    value = datetime.now(tz=UTC) if is_clock else field.get_default()
    return field.get_db_prep_save(value, connection)


def tidy(*models: type[Model]) -> None:
    """Leave the tables as autovacuum would in time, so that no round pays for what an earlier one left behind."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f'VACUUM (ANALYZE) "{model._meta.db_table}"')
        cursor.execute("CHECKPOINT")


def _say(text: str) -> None:
    print(f"  filling: {text}", file=sys.stderr, flush=True)


def days(first: int, last: int) -> tuple[str, str]:
    """Return two days of the filled calendar, counted from its first, as query parameters take them."""
    return (FIRST_DAY + timedelta(days=first)).isoformat(), (FIRST_DAY + timedelta(days=last)).isoformat()
