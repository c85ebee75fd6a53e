"""The cast and what belongs to it: two hospitals, people with roles, and one row of each kind for three tenancies."""

import io
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.choices import Role
from apps.accounts.models import Session, User
from apps.accounts.services.sessions import open_session
from apps.appointments.choices import Status, Weekday
from apps.appointments.models import Absence, Appointment, Rating, ScheduleRule
from apps.appointments.selectors import doctor_free_slots
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.rating import rate_doctor
from apps.appointments.services.requesting import request_appointment
from apps.articles.choices import ArticleStatus
from apps.articles.models import Article, Comment
from apps.core.files import attach, write_upload
from apps.core.testing.uploads import pdf, picture
from apps.core.zones import zone
from apps.hospitals.choices import DoctorStatus, HospitalStatus, PaperKind
from apps.hospitals.models import ApplicationPaper, Department, Doctor, DoctorApplication, Hospital, StaffMember
from apps.hospitals.services.applications import apply_as_doctor
from apps.hospitals.services.papers import add_papers, set_image
from apps.notifications.models import Notification
from apps.patients.choices import GrantKind, Relation
from apps.patients.models import (
    AccessGrant,
    Allergy,
    Caregiver,
    CareRelationship,
    Condition,
    Management,
    Medication,
    Patient,
)
from apps.patients.services.care import choose_doctor, end_relationship
from apps.patients.services.caregivers import choose_caregiver
from apps.patients.services.profile import add_entry
from apps.recommendations.models import Recommendation
from apps.recommendations.safety import Proposal
from apps.recommendations.services.recommending import Question, recommend
from apps.records.models import (
    Annotation,
    HealthRecord,
    Note,
    OrderedTest,
    Prescription,
    PrescriptionAttachment,
    RecordFile,
    Visit,
)
from apps.records.services.annotating import annotate
from apps.records.services.attaching import attach_files
from apps.records.services.health import add_record
from apps.records.services.notes import write_note
from apps.records.services.prescribing import issue_prescription
from apps.records.services.visits import write_visit
from apps.reminders.choices import Outcome
from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.drafting import draft_plans, request_draft
from apps.reminders.services.entering import enter_plan
from apps.reminders.services.pausing import pause_plan
from apps.reminders.services.plans import activate_plan

PASSWORD = "correct horse battery"
RECORD_TITLE = "Blood count of the spring"
DIAGNOSIS = "Iron deficiency anaemia"
COMPLAINT = "Tired for many weeks"
ANNOTATION = "Haemoglobin is too low."
NOTE = """Feels better.
Amoxicillin 500 mg: 1 tablet every 8 hours for 2 days.
Paracetamol 500 mg: 1 tablet at night.
- Drink water"""


@dataclass
class Circle:
    """One patient with one doctor, and a row of each kind between them."""

    patient: Patient
    doctor: Doctor
    hospital: Hospital
    department: Department
    relationship: CareRelationship
    caregiver: Caregiver
    allergy: Allergy
    condition: Condition
    medication: Medication
    appointment: Appointment
    request: Appointment
    yesterday: Appointment  # Nobody has said yet what became of it.
    rating: Rating
    rule: ScheduleRule
    absence: Absence
    grant: AccessGrant
    emergency: AccessGrant
    record: HealthRecord
    file: RecordFile
    annotation: Annotation
    visit: Visit
    test: OrderedTest
    prescription: Prescription
    recommendation: Recommendation
    attachment: PrescriptionAttachment
    note: Note
    plan: ActionPlan
    paused: ActionPlan
    draft: ActionPlan
    drafting: PlanDraft
    item: ChecklistItem
    dose: Dose
    taken: Dose  # A moment ago, as needed.
    notification: Notification
    user: User
    session: Session
    staff: StaffMember
    application: DoctorApplication
    article: Article
    comment: Comment
    unpublished: Article  # Its author hears what readers said before it went back to the moderators.
    remark: Comment
    paper: ApplicationPaper

    @property
    def applicant(self) -> Doctor:
        """Return the doctor who applied."""
        return self.application.doctor


@dataclass
class World:
    """Everybody and everything. `own` is the patient's circle, `tenant` another's at the same hospital, `foreign`
    one's at another hospital."""

    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    circles: dict[str, Circle] = field(default_factory=dict)
    dependant: Patient | None = None

    def token(self, person: str) -> str:
        """Return a real access token of that person."""
        return tokens.issue_pair(open_session(user=self.people[person], now=self.now))["access"]


def make_user(username: str, role: Role = Role.PATIENT, **columns: object) -> User:
    """Return a login whose password is PASSWORD."""
    user = User(
        username=username,
        email=f"{username}@example.org",
        first_name=username.replace("_", " ").title(),
        last_name="Person",
        role=role,
        is_self_registered=role == Role.PATIENT,
        **{"email_verified_at": timezone.now(), **columns},
    )
    user.set_password(PASSWORD)
    user.save()
    return user


def make_patient(user: User, *, relation: Relation = Relation.SELF, time_zone: str = "Europe/Paris") -> Patient:
    """Return a patient whom the login manages."""
    patient = Patient.objects.create(first_name=user.first_name, last_name=user.last_name, time_zone=time_zone)
    Management.objects.create(patient=patient, user=user, relation=relation)
    return patient


def make_hospital(name: str, *, time_zone: str = "America/New_York", status: str = HospitalStatus.APPROVED) -> Hospital:
    """Return a hospital, approved unless said otherwise."""
    return Hospital.objects.create(name=name, license_number=f"L-{name}", time_zone=time_zone, status=status)


def make_staff(username: str, hospital: Hospital) -> User:
    """Return a login of a hospital's staff."""
    user = make_user(username, Role.HOSPITAL)
    StaffMember.objects.create(user=user, hospital=hospital)
    return user


def make_doctor(username: str, hospital: Hospital | None, department: Department | None = None) -> Doctor:
    """Return an approved doctor with twenty-minute slots round the clock, every day."""
    doctor = Doctor.objects.create(
        user=make_user(username, Role.DOCTOR),
        hospital=hospital,
        department=department,
        status=DoctorStatus.APPROVED,
        specialization="Cardiology",
        license_number=f"D-{username}",
        time_zone="" if hospital else "UTC",
    )
    ScheduleRule.objects.bulk_create(
        ScheduleRule(doctor=doctor, weekday=day, from_time=time(6), to_time=time(22)) for day in Weekday.values
    )
    return doctor


def make_applicant(username: str, *, now: datetime) -> DoctorApplication:
    """Return the application, still open, of somebody who wants to be a doctor here."""
    user = make_user(username, Role.DOCTOR)
    facts = {"specialization": "Cardiology", "license_number": f"D-{username}", "qualification": "MD"}
    return apply_as_doctor(actor=user, now=now, **facts)


def book(user: User, doctor: Doctor, *, now: datetime, nth: int = 0) -> Appointment:
    """Book the nth free slot of tomorrow or later for the login's own patient."""
    tomorrow = (now + timedelta(days=1)).date()
    slot = doctor_free_slots(doctor, first=tomorrow, last=tomorrow + timedelta(days=7), now=now)[nth]
    return book_appointment(
        actor=user, doctor_id=doctor.pk, patient_id=None, starts_at=slot.starts_at, reason="A cough", now=now
    )


def enter(doctor: Doctor, patient: Patient, dosage_text: str, *, now: datetime) -> ActionPlan:
    """Return an active plan of the doctor's own."""
    what = {"action": "Paracetamol 500 mg", "dosage_text": dosage_text, "schedule": None, "activate": True}
    return enter_plan(actor=doctor.user, patient_id=patient.pk, **what, now=now)


def make_circle(
    user: User,
    patient: Patient,
    doctor: Doctor,
    department: Department,
    application: DoctorApplication,
    *,
    now: datetime,
) -> Circle:
    """Let the doctor treat the patient: a booking, a note, a running plan with a dose due, a draft, a task."""
    appointment = book(user, doctor, now=now)
    note = write_note(actor=doctor.user, patient_id=patient.pk, text=NOTE, replaces_plans=True, now=now)
    request_draft(note_id=note.pk, now=now)
    draft_plans(now=now)
    plan = ActionPlan.objects.get(note=note, schedule__kind="INTERVAL")
    activate_plan(actor=doctor.user, plan_id=plan.pk, duration_days=None, total_doses=None, now=now)
    dispatch_due_doses(now=now)
    plan.refresh_from_db()
    dose = Dose.objects.get(plan=plan, number=1)
    paused = enter(doctor, patient, "1 tablet daily for 3 days", now=now)
    as_needed = enter(doctor, patient, "1 tablet as needed every 6 hours for 3 days", now=now)
    taken = Dose.objects.get(plan=as_needed)
    record = make_record(user, patient, doctor, now=now)
    article, unpublished = make_article(doctor.user, now=now), make_article(doctor.user, now=now, is_public=False)
    visit = write_visit(
        actor=doctor.user,
        patient_id=patient.pk,
        chief_complaint=COMPLAINT,
        vitals={"weight_kg": 70, "height_cm": 175},
        tests=[{"name": "Ferritin"}],
        now=now,
    )
    prescription = issue_prescription(
        actor=doctor.user,
        patient_id=patient.pk,
        diagnosis=DIAGNOSIS,
        medicines=[{"name": "Ferrous sulfate", "dosage": "1 tablet", "frequency": "twice daily"}],
        now=now,
    )
    paper = write_upload(field="files", name="paper.pdf", stream=io.BytesIO(pdf()))
    return Circle(
        patient=patient,
        doctor=doctor,
        hospital=doctor.hospital,
        department=department,
        relationship=CareRelationship.objects.get(patient=patient, doctor=doctor),
        caregiver=choose_caregiver(actor=user, patient_id=patient.pk, email="relative@example.org", now=now),
        allergy=add_entry(actor=user, kind=Allergy, patient_id=patient.pk, substance="Penicillin", now=now),
        condition=add_entry(actor=user, kind=Condition, patient_id=patient.pk, name="Asthma", now=now),
        medication=add_entry(actor=user, kind=Medication, patient_id=patient.pk, name="Salbutamol", now=now),
        appointment=appointment,
        request=request_appointment(
            actor=user,
            hospital_id=doctor.hospital_id,
            department_id=department.pk,
            requested_time=now + timedelta(days=30),
            patient_id=patient.pk,
            reason="A cough",
            now=now,
        ),
        yesterday=_visit(appointment, starts_at=now - timedelta(days=1)),
        rating=_rating(user, appointment, now=now),
        rule=_rule_beside(appointment),
        absence=Absence.objects.create(
            doctor=doctor, starts_at=now + timedelta(days=90), ends_at=now + timedelta(days=91), reason="Holidays"
        ),
        grant=_past_grant(patient, doctor, GrantKind.OTP, now),
        emergency=_past_grant(patient, doctor, GrantKind.BREAK_GLASS, now),
        record=record,
        file=record.files.get(),
        annotation=annotate(actor=doctor.user, record=record, text=ANNOTATION, now=now),
        visit=visit,
        test=visit.tests.get(),
        prescription=prescription,
        attachment=attach_files(actor=doctor.user, prescription=prescription, files=[paper], now=now)[0],
        recommendation=recommend(actor=user, question=Question(Proposal("Ibuprofen"), patient_id=patient.pk), now=now),
        note=note,
        plan=plan,
        paused=pause_plan(actor=doctor.user, plan_id=paused.pk, now=now),
        draft=ActionPlan.objects.get(note=note, schedule__kind="WALL_CLOCK"),
        drafting=note.draft,
        item=ChecklistItem.objects.get(note=note),
        dose=dose,
        taken=check_in(actor=user, dose_id=taken.pk, outcome=Outcome.TAKEN, at=None, reason="", now=now),
        notification=Notification.objects.get(recipient=user, subject_id=dose.pk),
        user=user,
        session=open_session(user=user, now=now),
        staff=make_staff(f"clerk_of_{user.username}", doctor.hospital).staff_member,
        application=application,
        article=article,
        comment=Comment.objects.create(article=article, author=user, text="This helps."),
        unpublished=unpublished,
        remark=Comment.objects.create(article=unpublished, author=user, text="Which salt?"),
        paper=make_paper(application, now=now),
    )


def make_paper(application: DoctorApplication, *, now: datetime) -> ApplicationPaper:
    """Return a scanned licence that the applicant adds to an application that waits."""
    scan = write_upload(field="files", name="licence.pdf", stream=io.BytesIO(pdf()))
    applicant = application.doctor.user
    return add_papers(actor=applicant, application=application, kind=PaperKind.LICENSE, files=[scan], now=now)[0]


def give_picture(user: User, *, now: datetime) -> None:
    """Give a doctor a picture."""
    written = write_upload(field="file", name="me.png", stream=io.BytesIO(picture()))
    set_image(actor=user, files=[written], now=now)


def _rating(user: User, appointment: Appointment, *, now: datetime) -> Rating:
    _visit(appointment, starts_at=now - timedelta(days=9), status=Status.COMPLETED)
    return rate_doctor(actor=user, doctor_id=appointment.doctor_id, patient_id=None, stars=4, review="Listens first.")


def _visit(appointment: Appointment, *, starts_at: datetime, status: str = Status.CONFIRMED) -> Appointment:
    """Return a visit of the past with the same people."""
    return Appointment.objects.create(
        patient=appointment.patient,
        doctor=appointment.doctor,
        hospital=appointment.hospital,
        department=appointment.department,
        status=status,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=20),
        local_date=starts_at.astimezone(zone(appointment.zone_name)).date(),
    )


def make_article(author: User, *, now: datetime, is_public: bool = True) -> Article:
    """Return an article with a picture that everybody may read, or one that waits for the moderators."""
    subject = "salt" if is_public else "sugar"
    image = attach(write_upload(field="image", name="salt.png", stream=io.BytesIO(picture()))) if is_public else None
    return Article.objects.create(
        title=f"What {author.username} says of {subject}",
        slug=f"{subject}-of-{author.username}".replace("_", "-"),
        body="Salt **matters**, most of all the salt that nobody sees. " * 2,
        image=image,
        author=author,
        status=ArticleStatus.PUBLISHED if is_public else ArticleStatus.PENDING,
        published_at=now if is_public else None,
    )


def make_record(user: User, patient: Patient, doctor: Doctor | None, *, now: datetime) -> HealthRecord:
    """Return a record with one file that the login adds, assigned to the doctor if there is one."""
    written = write_upload(field="files", name="blood.pdf", stream=io.BytesIO(pdf()))
    return add_record(
        actor=user,
        patient_id=patient.pk,
        doctor_id=doctor.pk if doctor else None,
        files=[written],
        title=RECORD_TITLE,
        description="Haemoglobin 9.1",
        now=now,
    )


def _past_grant(patient: Patient, doctor: Doctor, kind: GrantKind, now: datetime) -> AccessGrant:
    """Return a grant that has run out, so that it opens nothing."""
    return AccessGrant.objects.create(
        patient=patient,
        doctor=doctor,
        kind=kind,
        hospital=doctor.hospital,
        reason="A fall in the street",
        expires_at=now - timedelta(days=1),
    )


def _rule_beside(appointment: Appointment) -> ScheduleRule:
    """Return a rule of the doctor's that the appointment does not need."""
    rules = ScheduleRule.objects.filter(doctor=appointment.doctor_id)
    return rules.exclude(weekday=appointment.local_date.weekday())[0]


def make_world(now: datetime) -> World:
    """Return the whole cast with its rows."""
    world = World(now=now)
    home, away = make_hospital("Home"), make_hospital("Away", time_zone="Asia/Tokyo")
    heart = Department.objects.create(hospital=home, name="Heart")
    bones = Department.objects.create(hospital=away, name="Bones")
    doctors = {
        "doctor": make_doctor("doctor", home, heart),
        "colleague": make_doctor("colleague", home, heart),
        "ex_doctor": make_doctor("ex_doctor", home, heart),
        "foreign_doctor": make_doctor("foreign_doctor", away, bones),
    }
    world.people = {name: doctor.user for name, doctor in doctors.items()} | {
        "patient": make_user("patient"),
        "other_patient": make_user("other_patient"),
        "foreign_patient": make_user("foreign_patient"),
        "hospital": make_staff("hospital", home),
        "foreign_hospital": make_staff("foreign_hospital", away),
        "admin": make_user("admin", Role.ADMIN, is_staff=True, is_superuser=True),
    }
    applications = {name: make_applicant(name, now=now) for name in ("applicant", "other_applicant", "third_applicant")}
    world.people["applicant"] = applications["applicant"].doctor.user
    patients = {name: make_patient(world.people[name]) for name in ("patient", "other_patient", "foreign_patient")}
    world.dependant = make_patient(world.people["patient"], relation=Relation.PARENT)
    make_user("relative")
    _past_care(world, patients["patient"], doctors["ex_doctor"], now)
    world.circles = {
        name: make_circle(
            world.people[who], patients[who], doctors[treating], department, applications[applicant], now=now
        )
        for name, who, treating, department, applicant in (
            ("own", "patient", "doctor", heart, "applicant"),
            ("tenant", "other_patient", "colleague", heart, "other_applicant"),
            ("foreign", "foreign_patient", "foreign_doctor", bones, "third_applicant"),
        )
    }
    for circle in world.circles.values():
        give_picture(circle.doctor.user, now=now)
    return world


def _past_care(world: World, patient: Patient, ex_doctor: Doctor, now: datetime) -> None:
    """Let the ex-doctor have treated the patient, written a note, and been left."""
    actor = world.people["patient"]
    chosen = choose_doctor(actor=actor, patient_id=patient.pk, doctor_id=ex_doctor.pk, now=now)
    write_note(actor=ex_doctor.user, patient_id=patient.pk, text="An old note.", replaces_plans=True, now=now)
    add_entry(actor=ex_doctor.user, kind=Allergy, patient_id=patient.pk, substance="Latex", now=now)
    end_relationship(actor=actor, relationship=chosen, now=now)


ABSENT = UUID("01900000-0000-7000-8000-00000000dead")
