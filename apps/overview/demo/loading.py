"""Demo data: a small hospital with people in it; whatever a service can make is made by that service."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services.registration import register_user
from apps.appointments.choices import Weekday
from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.selectors import doctor_free_slots
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.lifecycle import cancel_appointment, complete_appointment, mark_no_show
from apps.appointments.services.lifecycle import check_in as check_in_visit
from apps.appointments.services.rating import rate_doctor
from apps.appointments.services.requesting import reject_request, request_appointment
from apps.articles.choices import ArticleStatus
from apps.articles.models import Article
from apps.hospitals.choices import DoctorStatus, HospitalStatus
from apps.hospitals.models import Department, Doctor, Hospital, StaffMember
from apps.hospitals.services.applications import apply_as_doctor
from apps.hospitals.services.deciding import decide_hospital
from apps.notifications.choices import OPEN_STATES, DeliveryState
from apps.notifications.models import Delivery
from apps.overview.demo.chart import fill_chart, written_files
from apps.patients.choices import BloodGroup, Relation, Severity, Sex
from apps.patients.models import Allergy, Condition, Medication, Patient
from apps.patients.services.profile import add_entry, state_health_facts
from apps.patients.services.registering import add_patient, register_walk_in
from apps.records.services.notes import write_note
from apps.reminders.choices import DoseState, Outcome, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.drafting import draft_plans, request_draft
from apps.reminders.services.plans import activate_plan
from apps.reminders.services.rolling_over import roll_over_missed_doses

PASSWORD = "careloop-demo"  # noqa: S105 - refused in production
DAYS_OF_HISTORY = 4
NOTE = (
    "Blood pressure 150/95 at rest, no chest pain.\n"
    "Amlodipine 5 mg: 1 tablet twice daily for 10 days.\n"
    "- Measure your blood pressure every morning\n"
    "- Bring the ECG of last year"
)
ARTICLES = (
    (
        "Living well with high blood pressure",
        """Most people with high blood pressure feel nothing at all, and that is exactly the trouble.

## What helps

* Less salt
* A walk every day
* **Taking what was prescribed**, every day
""",
    ),
    (
        "Why antibiotics must be finished",
        """Feeling better on day three does not mean that the bacteria are gone.

Take every dose for as long as your doctor said, and never keep the rest for the next time.
""",
    ),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The logins and rows that the rest of the demo data is made with."""

    admin: User
    staff: User
    doctor: Doctor
    colleague: Doctor
    patient: User


def load_demo_data(*, now: datetime, say: Callable[[str], None]) -> None:
    """Make the demo data in one transaction, saying each part as it is done; what exists already is left alone."""
    if User.objects.filter(username="admin", email="admin@careloop.example").exists():
        say("the demo data is there already")
        return
    with written_files() as files, transaction.atomic():
        cast = _people(now)
        say("logins: admin, hospital, doctor, patient")
        _appointments(cast, now)
        say(f"{Appointment.objects.count()} appointments")
        _plan_with_history(cast, now - timedelta(days=DAYS_OF_HISTORY))
        say(f"{Dose.objects.count()} doses of {ActionPlan.objects.count()} plans, with check-ins")
        fill_chart(
            manager=cast.patient, doctor=cast.doctor, colleague=cast.colleague, staff=cast.staff, files=files, now=now
        )
        say("a record: visits, measurements, prescriptions, files, a grant and an emergency to review")
        _send_what_was_told(before=now)
        _articles(cast.doctor.user, now)
        say(f"{Article.objects.count()} articles")


def _people(now: datetime) -> Cast:
    admin = _login("admin", Role.ADMIN, "Ada", "Admin", now, is_staff=True, is_superuser=True)
    hospital = _hospital("Riverside General", "RG-0001", now, approved_by=admin)
    _hospital("Hilltop Clinic", "HC-0001", now, approved_by=None)
    staff = _login("hospital", Role.HOSPITAL, "Hana", "Park", now)
    StaffMember.objects.create(user=staff, hospital=hospital)
    cardiology, general = (
        Department.objects.create(hospital=hospital, name=name, description=about)
        for name, about in (("Cardiology", "Heart and circulation."), ("General medicine", "Where most things begin."))
    )
    doctor = _doctor("doctor", "Lena", "Okafor", cardiology, now)
    colleague = _doctor("doctor.silva", "Marco", "Silva", general, now)
    _applicant(now)
    patient = _login("patient", Role.PATIENT, "Amina", "Rahman", now)
    _patients(patient, staff, now)
    return Cast(admin, staff, doctor, colleague, patient)


def _patients(person: User, staff: User, now: datetime) -> None:
    """Make the person's own record with its clinical profile, a child's, and a walk-in whom nobody manages yet."""
    own = add_patient(
        actor=person,
        relation=Relation.SELF,
        first_name="Amina",
        last_name="Rahman",
        birth_date=date(1984, 3, 2),
        sex=Sex.FEMALE,
        blood_group=BloodGroup.O_POSITIVE,
        phone="+15550100001",
        email=person.email,
        city="Dhaka",
        emergency_name="Omar Rahman",
        emergency_phone="+15550100009",
        emergency_relation="Husband",
        time_zone="Asia/Dhaka",
        now=now,
    )
    add_patient(
        actor=person,
        relation=Relation.PARENT,
        first_name="Sami",
        last_name="Rahman",
        birth_date=date(2019, 6, 14),
        sex=Sex.MALE,
        time_zone="Asia/Dhaka",
        now=now,
    )
    register_walk_in(
        actor=staff,
        first_name="Zoë",
        last_name="Łukasiewicz",
        birth_date=date(1957, 11, 8),
        phone="(555) 010-0077",
        email="zoe@careloop.example",
        time_zone="America/New_York",
        now=now,
    )
    profile: dict[str, Any] = {"actor": person, "patient_id": own.pk, "now": now}
    add_entry(kind=Allergy, substance="Penicillin", reaction="Rash", severity=Severity.MODERATE, **profile)
    add_entry(kind=Condition, name="High blood pressure", code="I10", started_date=date(2021, 4, 1), **profile)
    add_entry(kind=Medication, name="Vitamin D", dosage="1 tablet in the morning", **profile)
    state_health_facts(changes={"weight_kg": Decimal("64.5")}, **profile)


def _login(
    username: str,
    role: Role,
    first_name: str,
    last_name: str,
    now: datetime,
    *,
    is_staff: bool = False,
    is_superuser: bool = False,
) -> User:
    user = register_user(
        username=username,
        email=f"{username}@careloop.example",
        password=secrets.token_urlsafe(20),
        role=role,
        first_name=first_name,
        last_name=last_name,
        is_staff=is_staff,
        is_superuser=is_superuser,
        is_self_registered=role == Role.PATIENT,
        has_consented=role == Role.PATIENT,
        now=now,
    )
    user.set_password(PASSWORD)  # The rules would refuse it, rightly: it resembles the addresses.
    user.email_verified_at = now
    user.save(update_fields=["password", "email_verified_at"])
    return user


def _hospital(name: str, license_number: str, now: datetime, *, approved_by: User | None) -> Hospital:
    hospital = Hospital.objects.create(
        name=name,
        license_number=license_number,
        email=f"contact@{slugify(name)}.careloop.example",
        phone="+15550100100",
        address="1 River Street",
        city="Springfield",
        latitude=39.78 + len(name) / 1_000,
        longitude=-89.65,
        time_zone="America/New_York",
        cancellation_notice_hours=24,
    )
    if approved_by:
        return decide_hospital(actor=approved_by, hospital=hospital, decision=HospitalStatus.APPROVED, now=now)
    return hospital


def _doctor(username: str, first_name: str, last_name: str, department: Department, now: datetime) -> Doctor:
    doctor = Doctor.objects.create(
        user=_login(username, Role.DOCTOR, first_name, last_name, now),
        hospital=department.hospital,
        department=department,
        status=DoctorStatus.APPROVED,
        specialization=department.name,
        license_number=f"MD-{username}",
        qualification="MD",
        experience_years=12,
        consultation_fee=80,
        languages=["English", "Yoruba"],
        diseases_treated=["High blood pressure", "Migraine"],
        bio="Listens first.",
    )
    ScheduleRule.objects.bulk_create(
        ScheduleRule(doctor=doctor, weekday=day, from_time=start, to_time=end, slot_minutes=20)
        for day in Weekday.values
        for start, end in ((time(9), time(12)), (time(13), time(17)))
    )
    return doctor


def _applicant(now: datetime) -> None:
    """Let somebody wait in the administrators' queue."""
    apply_as_doctor(
        actor=_login("applicant", Role.DOCTOR, "Sara", "Lind", now),
        specialization="Dermatology",
        license_number="MD-0003",
        qualification="MD",
        experience_years=7,
        languages=["Svenska", "English"],
        diseases_treated=["Eczema"],
        city="Springfield",
        time_zone="America/Chicago",
        now=now,
    )


def _appointments(cast: Cast, now: datetime) -> None:
    """Make a visit of every state: missed, held and rated, arrived today, cancelled, to come; and two requests."""
    long_ago, past = now - timedelta(days=DAYS_OF_HISTORY + 5), now - timedelta(days=DAYS_OF_HISTORY + 2)
    missed = _book(cast, long_ago, reason="Check-up")
    mark_no_show(actor=cast.staff, appointment_id=missed.pk, now=missed.ends_at)
    completed = _book(cast, past, reason="Check-up")
    complete_appointment(actor=cast.doctor.user, appointment_id=completed.pk, now=completed.ends_at)
    rate_doctor(actor=cast.patient, doctor_id=cast.doctor.pk, patient_id=None, stars=5, review="Listens first.")
    arrived = _book(cast, now - timedelta(days=1), reason="Blood pressure")  # Mornings come sooner than a day later.
    check_in_visit(actor=cast.staff, appointment_id=arrived.pk, now=arrived.starts_at)
    cancelled = _book(cast, now + timedelta(days=2), reason="Headache")  # Before the hospital's notice.
    cancel_appointment(actor=cast.patient, appointment_id=cancelled.pk, reason="Feeling better", now=now)
    _book(cast, now + timedelta(days=3), reason="Blood pressure again")
    _ask(cast, now + timedelta(days=5), reason="A second opinion", now=now)
    refused = _ask(cast, now + timedelta(days=6), reason="A tattoo", now=now)
    reject_request(actor=cast.staff, appointment_id=refused.pk, reason="We do not do this here.", now=now)


def _ask(cast: Cast, at: datetime, *, reason: str, now: datetime) -> Appointment:
    """Ask the doctor's department for an appointment with whoever suits."""
    department = Department.objects.get(doctors=cast.doctor)
    return request_appointment(
        actor=cast.patient,
        hospital_id=department.hospital_id,
        department_id=department.pk,
        requested_time=at,
        patient_id=None,
        reason=reason,
        now=now,
    )


def _book(cast: Cast, around: datetime, *, reason: str) -> Appointment:
    first = around.date()
    slot = doctor_free_slots(cast.doctor, first=first, last=first + timedelta(days=3), now=around)[0]
    return book_appointment(
        actor=cast.patient,
        doctor_id=cast.doctor.pk,
        patient_id=None,
        starts_at=slot.starts_at,
        reason=reason,
        now=around,
    )


def _plan_with_history(cast: Cast, began: datetime) -> None:
    """Write a note, activate the plan that says for how long, and live through four days of it, one dose missed."""
    patient = Patient.objects.managed_by(cast.patient).get(managements__relation=Relation.SELF)
    note = write_note(actor=cast.doctor.user, patient_id=patient.pk, text=NOTE, replaces_plans=True, now=began)
    request_draft(note_id=note.pk, now=began)
    draft_plans(now=began)
    for plan in ActionPlan.objects.filter(note=note, state=PlanState.DRAFT, duration_days__isnull=False):
        activate_plan(actor=cast.doctor.user, plan_id=plan.pk, duration_days=None, total_doses=None, now=began)
    for hours in range(0, DAYS_OF_HISTORY * 24, 2):
        moment = began + timedelta(hours=hours)
        dispatch_due_doses(now=moment)
        roll_over_missed_doses(now=moment)
        for dose in Dose.objects.filter(plan__note=note, state=DoseState.DUE).exclude(number=3):
            check_in(actor=cast.patient, dose_id=dose.pk, outcome=Outcome.TAKEN, at=moment, reason="", now=moment)


def _send_what_was_told(*, before: datetime) -> None:
    """Write down that the messages of the days played here went out when they were due.

    Nobody sent them, as nobody took the doses: left waiting they would be given up, days too late, as in an outage.
    """
    waiting = Delivery.objects.filter(created_at__lt=before, state__in=OPEN_STATES)
    waiting.update(state=DeliveryState.SENT, attempts=1, sent_at=F("created_at"))


def _articles(author: User, now: datetime) -> None:
    for title, body in ARTICLES:
        Article.objects.create(
            title=title,
            slug=slugify(title),
            body=body,
            author=author,
            status=ArticleStatus.PUBLISHED,
            published_at=now,
        )
