"""Every list costs as many queries for ten rows as for one, whoever reads it. A list without a case here fails."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from itertools import count

import pytest
from django.db.models import Model
from django.urls import include, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import KeyPair, Session, TotpDevice, User
from apps.accounts.services.sessions import open_session
from apps.appointments.models import Absence, Appointment, Rating, ScheduleRule
from apps.articles.choices import ArticleStatus
from apps.articles.models import Article, Comment
from apps.core import audit
from apps.core.crypto import KeyMaterial, encrypt_for, generate_key_material, seal
from apps.core.http.routing import Route, api_routes
from apps.core.http.views import CareLoopViewSet, ListMixin
from apps.core.models import AuditEvent, OutboxEvent, StoredFile
from apps.core.testing.queries import assert_flat_queries
from apps.core.zones import zone
from apps.hospitals.models import Department, Doctor, DoctorApplication, Hospital, StaffMember
from apps.notifications.models import Delivery, Notification
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
from apps.recommendations.api.serializers.medicines import VerdictOutput
from apps.recommendations.models import ChatMessage, Recommendation
from apps.recommendations.services.checking import Checked
from apps.records.models import (
    Annotation,
    AnnotationVersion,
    HealthRecord,
    Note,
    NoteKeyWrap,
    OrderedTest,
    Prescription,
    PrescriptionAttachment,
    PrescriptionLine,
    RecordFile,
    RecordShare,
    SafetyCheck,
    Visit,
    Vitals,
)
from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft
from tests import little_cast
from tests.world import make_doctor, make_hospital, make_staff, make_user

pytestmark = pytest.mark.django_db
client_of = little_cast.client_of


@cache
def material() -> KeyMaterial:
    """Return the one key pair that everybody has here: making one takes long, and nobody keeps secrets."""
    return generate_key_material(2048)


class Rows:
    """Makes rows of each kind, set by set, every row with parents of its own, so that a query for each would show.

    The reader sees them all: a doctor because they are the doctor's own, anybody else as manager of the patients.
    """

    def __init__(self, reader: User, now) -> None:
        self.reader, self.now, self.serial = reader, now, count()
        self.doctor = Doctor.objects.filter(user=reader).first()
        self.staff = StaffMember.objects.filter(user=reader).first()

    def users(self, number: int, role: Role = Role.PATIENT) -> list[User]:
        names = [f"user{next(self.serial)}" for _ in range(number)]
        return User.objects.bulk_create(
            User(username=name, email=f"{name}@example.org", first_name=name, role=role) for name in names
        )

    def hospitals(self, number: int) -> list[Hospital]:
        names = [f"Hospital {next(self.serial)}" for _ in range(number)]
        return Hospital.objects.bulk_create(
            Hospital(name=name, license_number=name, time_zone="Asia/Tokyo", status="APPROVED") for name in names
        )

    def departments(self, number: int) -> list[Department]:
        return Department.objects.bulk_create(
            Department(hospital=hospital, name="Heart") for hospital in self.hospitals(number)
        )

    def doctors(self, number: int) -> list[Doctor]:
        if self.doctor:
            return [self.doctor] * number
        users, departments = self.users(number, Role.DOCTOR), self.departments(number)
        return Doctor.objects.bulk_create(
            Doctor(
                user=user,
                hospital=self.staff.hospital if self.staff else department.hospital,
                department=department,
                status="APPROVED",
                specialization="Cardiology",
                license_number=user.username,
            )
            for user, department in zip(users, departments, strict=True)
        )

    def places(self, number: int) -> list[Hospital]:
        """Make hospitals that lie where the reader stands."""
        hospitals = self.hospitals(number)
        Hospital.objects.filter(pk__in=[each.pk for each in hospitals]).update(latitude=0, longitude=0)
        return hospitals

    def own_departments(self, number: int) -> list[Department]:
        place = place_of(self.reader)
        return Department.objects.bulk_create(
            Department(hospital=place, name=f"Department {next(self.serial)}") for _ in range(number)
        )

    def own_doctors(self, number: int) -> list[Doctor]:
        departments = self.own_departments(number)
        return Doctor.objects.bulk_create(
            Doctor(
                user=user,
                hospital=department.hospital,
                department=department,
                status="APPROVED",
                specialization="Cardiology",
                license_number=user.username,
            )
            for user, department in zip(self.users(number, Role.DOCTOR), departments, strict=True)
        )

    def invited(self, number: int) -> list[StaffMember]:
        return StaffMember.objects.bulk_create(
            StaffMember(user=user, hospital=place_of(self.reader), is_active=False, invitation_expires_at=self.now)
            for user in self.users(number, Role.HOSPITAL)
        )

    def applications(self, number: int) -> list[DoctorApplication]:
        applicants = Doctor.objects.bulk_create(
            Doctor(user=user, specialization="Cardiology", license_number=user.username, time_zone="UTC")
            for user in self.users(number, Role.DOCTOR)
        )
        return DoctorApplication.objects.bulk_create(
            DoctorApplication(doctor=applicant, submitted_at=self.now) for applicant in applicants
        )

    def patients(self, number: int) -> list[Patient]:
        patients = Patient.objects.bulk_create(
            Patient(first_name=f"Patient {next(self.serial)}", time_zone="Europe/Paris") for _ in range(number)
        )
        if not self.doctor:
            Management.objects.bulk_create(
                Management(patient=patient, user=self.reader, relation="GUARDIAN") for patient in patients
            )
        return patients

    def relationships(self, number: int) -> list[CareRelationship]:
        return CareRelationship.objects.bulk_create(
            CareRelationship(patient=patient, doctor=doctor, source="CHOICE", started_at=self.now)
            for patient, doctor in zip(self.patients(number), self.doctors(number), strict=True)
        )

    def caregivers(self, number: int) -> list[Caregiver]:
        return Caregiver.objects.bulk_create(
            Caregiver(patient=self.known(), user=user, consented_at=self.now) for user in self.users(number)
        )

    def known(self) -> Patient:
        """Return the one patient whose doctors, entries and log are listed; the reader manages or treats them."""
        patient = Patient.objects.get_or_create(first_name="Known")[0]
        if self.doctor:
            CareRelationship.objects.get_or_create(
                patient=patient, doctor=self.doctor, defaults={"source": "CHOICE", "started_at": self.now}
            )
        else:
            Management.objects.get_or_create(patient=patient, user=self.reader, relation="PARENT")
        return patient

    def doctors_of_known(self, number: int) -> list[CareRelationship]:
        return CareRelationship.objects.bulk_create(
            CareRelationship(patient=self.known(), doctor=doctor, source="CHOICE", started_at=self.now)
            for doctor in self.doctors(number)
        )

    def entries(self, number: int, kind: type[Model]) -> list[Model]:
        patient = self.known()
        return kind.objects.bulk_create(
            kind(patient=patient, recorded_by=user) for user in self.users(number, Role.DOCTOR)
        )

    def looks(self, number: int) -> list[AuditEvent]:
        patient = self.known()
        return AuditEvent.objects.bulk_create(
            AuditEvent(action="clinical_read", actor_id=user.pk, concerns_id=patient.pk)
            for user in self.users(number, Role.DOCTOR)
        )

    def appointments(self, number: int) -> list[Appointment]:
        starts = [self.now + timedelta(days=1, hours=next(self.serial)) for _ in range(number)]
        return Appointment.objects.bulk_create(
            Appointment(
                patient=patient,
                doctor=doctor,
                hospital=doctor.hospital,
                department=doctor.department,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=20),
                local_date=starts_at.date(),
            )
            for patient, doctor, starts_at in zip(self.patients(number), self.doctors(number), starts, strict=True)
        )

    def visits_of_today(self, number: int, days: int = 0, status: str = "CONFIRMED") -> list[Appointment]:
        """Return visits of a doctor's, each with a patient of its own, on one date of the doctor's."""
        local = (self.now + timedelta(days=days)).astimezone(zone(self.doctor.zone_name)).date()
        visits = self.appointments(number)
        Appointment.objects.filter(pk__in=[each.pk for each in visits]).update(local_date=local, status=status)
        return visits

    def visits_of_hospital(self, number: int) -> list[Appointment]:
        visits = self.appointments(number)
        own = self.staff.hospital if self.staff else None
        Appointment.objects.filter(pk__in=[each.pk for each in visits]).update(hospital=own)
        return visits

    def ratings(self, number: int) -> list[Rating]:
        rated = rated_doctor(self.reader)
        return Rating.objects.bulk_create(
            Rating(doctor=rated, patient=patient, author=self.reader, stars=4) for patient in self.patients(number)
        )

    def sessions(self, number: int) -> list[Session]:
        is_first = not next(self.serial)  # The reader is signed in: the first session is the client's own.
        return [open_session(user=self.reader, now=self.now) for _ in range(number - is_first)]

    def guarded_users(self, number: int) -> list[User]:
        users = self.users(number)
        TotpDevice.objects.bulk_create(
            TotpDevice(user=user, secret_sealed=b"x", confirmed_at=self.now) for user in users
        )
        return users

    def audit_events(self, number: int) -> None:
        tenant = StaffMember.objects.filter(user=self.reader).values_list("hospital", flat=True).first()
        for user in self.users(number):
            audit.record("patient_assigned", actor_id=user.pk, subject=user, tenant_id=tenant)

    def waiting_appointments(self, number: int) -> list[Appointment]:
        appointments = self.appointments(number)
        Doctor.objects.filter(pk__in=[each.doctor_id for each in appointments]).update(is_active=False)
        return appointments

    def rules(self, number: int) -> list[ScheduleRule]:
        ScheduleRule.objects.filter(is_active=True).delete()  # The reader's own week.
        return ScheduleRule.objects.bulk_create(
            ScheduleRule(doctor=doctor, weekday=0, from_time=time(9), to_time=time(10), is_active=False)
            for doctor in self.doctors(number)
        )

    def absences(self, number: int) -> list[Absence]:
        return Absence.objects.bulk_create(
            Absence(doctor=doctor, starts_at=self.now, ends_at=self.now + timedelta(days=1))
            for doctor in self.doctors(number)
        )

    def key_pairs(self, holder_ids) -> dict[object, KeyPair]:
        missing = set(holder_ids) - set(KeyPair.objects.values_list("holder_id", flat=True))
        pairs = [
            KeyPair(
                holder_id=holder_id,
                algorithm="RSA-OAEP-SHA256-2048+ED25519",
                public_key=material().public,
                signing_public_key=material().signing_public,
            )
            for holder_id in missing
        ]
        for pair in pairs:
            pair.private_key_sealed = seal(material().private, place=pair.place("private"))
            pair.signing_private_key_sealed = seal(material().signing_private, place=pair.place("signing"))
        KeyPair.objects.bulk_create(pairs)
        return {pair.holder_id: pair for pair in KeyPair.objects.filter(holder_id__in=holder_ids)}

    def notes(self, number: int, patient: Patient | None = None) -> list[Note]:
        treated = self.relationships(number)
        about = {one.pk: patient.pk if patient else one.patient_id for one in treated}
        pairs = self.key_pairs({*about.values()} | {one.doctor.user_id for one in treated})
        notes, wraps = [], []
        for one in treated:
            author = pairs[one.doctor.user_id]
            note = Note(
                patient_id=about[one.pk],
                author_id=one.doctor.user_id,
                relationship=one,
                generation=1,
                signing_key_pair=author,
            )
            readers = {str(pair.pk): pair for pair in (author, pairs[about[one.pk]])}
            envelope = encrypt_for(
                b"Feels better.",
                place=note.place,
                readers={key_id: bytes(pair.public_key) for key_id, pair in readers.items()},
                signing_private=material().signing_private,
            )
            note.ciphertext, note.signature = envelope.ciphertext, envelope.signature
            notes.append(note)
            wraps += [
                NoteKeyWrap(note=note, key_pair=readers[key_id], wrapped_key=wrap)
                for key_id, wrap in envelope.wraps.items()
            ]
        Note.objects.bulk_create(notes)
        NoteKeyWrap.objects.bulk_create(wraps)
        return notes

    def grants(self, number: int, kind: str = "OTP") -> list[AccessGrant]:
        return AccessGrant.objects.bulk_create(
            AccessGrant(
                patient=one.patient,
                doctor=one.doctor,
                relationship=one,
                hospital=one.doctor.hospital,
                kind=kind,
                reason="A fall",
                expires_at=self.now,
            )
            for one in self.relationships(number)
        )

    def emergencies(self, number: int) -> list[AccessGrant]:
        return self.grants(number, "BREAK_GLASS")

    def records(self, number: int) -> list[HealthRecord]:
        return self._with_files_and_shares(
            HealthRecord.objects.bulk_create(
                HealthRecord(patient=one.patient, doctor=one.doctor, uploaded_by=self.reader, title="Blood")
                for one in self.relationships(number)
            )
        )

    def own_records(self, number: int) -> list[HealthRecord]:
        """Make records of patients whom the reader manages, a doctor too."""
        records = self.records(number)
        Management.objects.bulk_create(
            [Management(patient_id=each.patient_id, user=self.reader, relation="GUARDIAN") for each in records],
            ignore_conflicts=True,
        )
        return records

    def records_of_known(self, number: int) -> list[HealthRecord]:
        patient = self.known()
        return self._with_files_and_shares(
            HealthRecord.objects.bulk_create(
                HealthRecord(patient=patient, doctor=self.doctor, uploaded_by=user, title="Blood")
                for user in self.users(number, Role.DOCTOR)
            )
        )

    def stored_files(self, number: int) -> list[StoredFile]:
        files = [StoredFile(name="a.pdf", media_type="application/pdf", size=1, sha256=b"x") for _ in range(number)]
        for each in files:
            each.key = str(each.pk)
        return StoredFile.objects.bulk_create(files)

    def _with_files_and_shares(self, records: list[HealthRecord]) -> list[HealthRecord]:
        RecordFile.objects.bulk_create(
            RecordFile(record=record, file=file, uploaded_by=self.reader)
            for record, file in zip(records, self.stored_files(len(records)), strict=True)
        )
        doctors = Doctor.objects.bulk_create(
            Doctor(user=user, specialization="Surgery", license_number=user.username, time_zone="UTC")
            for user in self.users(len(records), Role.DOCTOR)
        )
        RecordShare.objects.bulk_create(
            RecordShare(record=record, doctor=doctor, shared_by=self.reader)
            for record, doctor in zip(records, doctors, strict=True)
        )
        return records

    def the_record(self) -> HealthRecord:
        return HealthRecord.objects.get_or_create(
            title="The one", defaults={"patient": self.known(), "doctor": self.doctor, "uploaded_by": self.reader}
        )[0]

    def annotations(self, number: int) -> list[Annotation]:
        record = self.the_record()
        annotations = Annotation.objects.bulk_create(
            Annotation(record=record, author=user, text="Well.") for user in self.users(number, Role.DOCTOR)
        )
        AnnotationVersion.objects.bulk_create(
            AnnotationVersion(annotation=each, text="Hm.", replaced_at=self.now) for each in annotations
        )
        return annotations

    def visits(self, number: int) -> list[Visit]:
        return self._with_tests_and_vitals(
            [Visit(patient=one.patient, doctor=one.doctor, visited_at=self.now) for one in self.relationships(number)]
        )

    def visits_of_known(self, number: int) -> list[Visit]:
        patient = self.known()
        return self._with_tests_and_vitals(
            [Visit(patient=patient, doctor=doctor, visited_at=self.now) for doctor in self.doctors(number)]
        )

    def _with_tests_and_vitals(self, visits: list[Visit]) -> list[Visit]:
        visits = Visit.objects.bulk_create(visits)
        OrderedTest.objects.bulk_create(OrderedTest(visit=each, patient_id=each.patient_id) for each in visits)
        Vitals.objects.bulk_create(
            Vitals(
                visit=each, patient_id=each.patient_id, recorded_by=self.reader, measured_at=self.now, spo2_percent=98
            )
            for each in visits
        )
        return visits

    def prescriptions(self, number: int, patient: Patient | None = None, **columns: object) -> list[Prescription]:
        treated = self.relationships(number)
        checks = SafetyCheck.objects.bulk_create(
            SafetyCheck(patient=one.patient, checked_by=self.reader, knowledge_version="none") for one in treated
        )
        rows = [
            Prescription(patient=patient or one.patient, doctor=one.doctor, safety_check=check, **columns)
            for one, check in zip(treated, checks, strict=True)
        ]
        for each in rows:
            each.chain, each.verification_code = each.pk, each.pk.hex[-26:]
        Prescription.objects.bulk_create(rows)
        PrescriptionLine.objects.bulk_create(
            PrescriptionLine(prescription=each, position=0, name="Iron", dosage="1", structured={}) for each in rows
        )
        self.attach(rows)
        return rows

    def attach(self, owners: list[Prescription]) -> list[PrescriptionAttachment]:
        return PrescriptionAttachment.objects.bulk_create(
            PrescriptionAttachment(prescription=owner, file=file)
            for owner, file in zip(owners, self.stored_files(len(owners)), strict=True)
        )

    def attachments(self, number: int) -> None:
        """Attach files to one prescription, which has one already."""
        self.attach([self.the_chain()] * (number - 1 if number == 1 else number))

    def the_appointment(self) -> Appointment:
        return Appointment.objects.first() or self.appointments(1)[0]

    def prescriptions_of_appointment(self, number: int) -> list[Prescription]:
        return self.prescriptions(number, appointment=self.the_appointment())

    def notes_of_known(self, number: int) -> list[Note]:
        return self.notes(number, self.known())

    def prescriptions_of_known(self, number: int) -> list[Prescription]:
        return self.prescriptions(number, self.known())

    def the_chain(self) -> Prescription:
        return Prescription.objects.filter(version=1).first() or self.prescriptions_of_known(1)[0]

    def versions(self, number: int) -> None:
        """Make versions behind the first one, which is there already."""
        first = self.the_chain()
        is_alone = Prescription.objects.filter(chain=first.chain).count() == 1
        for _ in range(number - is_alone if number == 1 else number):
            last = Prescription.objects.filter(chain=first.chain).latest("version")
            check = SafetyCheck.objects.create(patient=last.patient, checked_by=self.reader, knowledge_version="none")
            Prescription.objects.create(
                patient=last.patient,
                doctor=last.doctor,
                safety_check=check,
                previous=last,
                chain=last.chain,
                version=last.version + 1,
                verification_code=check.pk.hex[-26:],
            )

    def plans(self, number: int) -> list[ActionPlan]:
        plans = [
            ActionPlan(
                patient_id=note.patient_id,
                relationship_id=note.relationship_id,
                generation=1,
                note=note,
                state="ACTIVE",
                schedule={"kind": "INTERVAL", "hours": 8},
                time_zone="Europe/Paris",
            )
            for note in self.notes(number)
        ]
        for plan in plans:
            plan.seal_texts(action="Take 1 tablet", dosage_text="every 8 hours")
            plan.seal_safety(Checked("none").recorded(reason=""))
        return ActionPlan.objects.bulk_create(plans)

    def items(self, number: int) -> list[ChecklistItem]:
        items = [
            ChecklistItem(
                note=note, patient_id=note.patient_id, relationship_id=note.relationship_id, generation=note.generation
            )
            for note in self.notes(number)
        ]
        for item in items:
            item.seal_task("Drink water")
        return ChecklistItem.objects.bulk_create(items)

    def drafts(self, number: int) -> list[PlanDraft]:
        drafts = [PlanDraft(note=note, next_attempt_at=self.now) for note in self.notes(number)]
        for draft in drafts:
            draft.seal_not_drafted(["Warfarin as discussed"])
        return PlanDraft.objects.bulk_create(drafts)

    def doses(self, number: int, state: str = "DUE") -> list[Dose]:
        return Dose.objects.bulk_create(
            Dose(
                plan=plan,
                number=1,
                state=state,
                due_at=self.now,
                local_date=self.now.date(),
                misses_at=self.now + timedelta(hours=8),
            )
            for plan in self.plans(number)
        )

    def answered_doses(self, number: int) -> list[Dose]:
        return self.doses(number, state="TAKEN")

    def notifications(self, number: int) -> list[Notification]:
        return Notification.objects.bulk_create(
            Notification(recipient=self.reader, topic="dose_due", subject_id=dose.pk) for dose in self.doses(number)
        )

    def deliveries(self, number: int) -> list[Delivery]:
        told = told_of_nothing(self.reader)
        return Delivery.objects.bulk_create(
            Delivery(
                topic=told.topic,
                subject_id=told.subject_id,
                sequence=next(self.serial),
                recipient=str(self.reader.pk),
                user=self.reader,
                channel="EMAIL",
                next_attempt_at=self.now,
            )
            for _ in range(number)
        )

    def chat_messages(self, number: int) -> None:
        rows = [ChatMessage(user=self.reader, knowledge_version="x") for _ in range(number)]
        for row in rows:
            row.seal_content({"question": "x", "answer": "x", "sources": []})
        ChatMessage.objects.bulk_create(rows)

    def recommendations(self, number: int) -> None:
        patients = self.patients(number)
        rows = [
            Recommendation(
                requested_by=self.reader, patient=patient, knowledge_version="x", response_time_ms=1, content_sealed=b""
            )
            for patient in patients
        ]
        for row in rows:
            row.seal_content({"medicine_name": "x", **VerdictOutput.example, "alternatives": [], "suggestion": "x"})
        Recommendation.objects.bulk_create(rows)

    def articles(self, number: int) -> list[Article]:
        return Article.objects.bulk_create(
            Article(
                title=f"Article by {author.username}",
                slug=author.username,
                body="x" * 60,
                author=author,
                status=ArticleStatus.PUBLISHED,
                published_at=self.now,
            )
            for author in self.users(number, Role.DOCTOR)
        )

    def own_articles(self, number: int) -> list[Article]:
        serials = [next(self.serial) for _ in range(number)]
        own = {"author": self.reader, "title": "A title of some length", "body": "x" * 60}
        return Article.objects.bulk_create(Article(slug=f"own-{serial}", **own) for serial in serials)

    def comments(self, number: int, article: Article | None = None) -> list[Comment]:
        return Comment.objects.bulk_create(
            Comment(article=article or self.articles(1)[0], author=author, text="This helps.")
            for author in self.users(number)
        )

    def own_comments(self, number: int) -> list[Comment]:
        said = {"author": self.reader, "text": "This helps."}
        return Comment.objects.bulk_create(Comment(article=each, **said) for each in self.articles(number))


def place_of(reader: User) -> Hospital:
    """Return the hospital that the reader works at, or one for everybody else to look at."""
    own = Hospital.objects.filter(staff__user=reader).first()
    return own or Hospital.objects.filter(name="Place").first() or make_hospital("Place")


def rated_doctor(reader: User) -> Doctor:
    """Return the doctor whose ratings are listed: the reader, or anybody."""
    return (
        Doctor.objects.filter(user=reader).first() or Doctor.objects.first() or make_doctor("rated", place_of(reader))
    )


def told_of_nothing(reader: User) -> Notification:
    """Return the reader's one notification whose subject is gone."""
    subject = {"topic": "dose_due", "subject_id": reader.pk}
    return Notification.objects.get_or_create(recipient=reader, **subject)[0]


@dataclass(frozen=True)
class Case:
    """How the rows of a list are made, who reads them, what its `{pk}` is, and a filter that hides all other rows."""

    path: str
    rows: Callable[[Rows, int], object]
    readers: tuple[str, ...] = ("manager",)
    parent: Callable[[User], Model] | None = None
    query: str = ""

    def url(self, reader: User) -> str:
        """Return the address of the list."""
        address = f"/api/v1/{self.path}?{self.query}"
        return address.replace("{pk}", str(self.parent(reader).pk) if self.parent else "")


def known(reader: User) -> Patient:
    """Return the patient whose rows a nested list shows."""
    return Rows(reader, timezone.now()).known()


def one_record(reader: User) -> HealthRecord:
    """Return the record whose annotations are listed."""
    return Rows(reader, timezone.now()).the_record()


def one_appointment(reader: User) -> Appointment:
    """Return the appointment whose prescriptions are listed."""
    return Rows(reader, timezone.now()).the_appointment()


def one_chain(reader: User) -> Prescription:
    """Return the prescription whose versions are listed."""
    return Rows(reader, timezone.now()).the_chain()


def one_article(reader: User) -> Article:
    """Return the article whose comments are listed."""
    return Article.objects.filter(author=reader).first() or Article.objects.create(
        title="A title of some length",
        slug="commented",
        body="x" * 60,
        author=reader,
        status=ArticleStatus.PUBLISHED,
        published_at=timezone.now(),
    )


BOTH = ("manager", "doctor")
CASES = [
    Case("auth/sessions/", Rows.sessions),
    Case("users/", Rows.guarded_users, ("admin",), query="role=PATIENT"),
    Case("audit-logs/", Rows.audit_events, ("admin", "staff"), query="action=patient_assigned"),
    Case("hospitals/", Rows.hospitals),
    Case("hospitals/departments/", Rows.departments),
    Case("hospitals/nearby/", Rows.places, query="lat=0&lng=0"),
    Case("hospitals/{pk}/departments/", Rows.own_departments, parent=place_of),
    Case("hospitals/{pk}/doctors/", Rows.own_doctors, parent=place_of),
    Case("hospitals/staff/", Rows.invited, ("staff", "admin"), query="state=INVITED"),
    Case("hospitals/doctors/", Rows.own_doctors, ("staff", "admin")),
    Case("doctors/", Rows.doctors),
    Case("doctors/search/", Rows.doctors, query="search=cardiologi"),
    Case("doctors/applications/", Rows.applications, ("admin",)),
    Case("patients/", Rows.relationships, BOTH),
    Case("patients/{pk}/doctors/", Rows.doctors_of_known, parent=known),
    Case("patients/{pk}/caregivers/", Rows.caregivers, parent=known),
    Case("patients/{pk}/allergies/", lambda rows, number: rows.entries(number, Allergy), BOTH, known),
    Case("patients/{pk}/conditions/", lambda rows, number: rows.entries(number, Condition), BOTH, known),
    Case("patients/{pk}/medications/", lambda rows, number: rows.entries(number, Medication), BOTH, known),
    Case("patients/{pk}/access-log/", Rows.looks, parent=known),
    Case("doctors/my-patients/", Rows.relationships, ("doctor",)),
    Case("mappings/", Rows.relationships, BOTH),
    Case("doctors/{pk}/ratings/", Rows.ratings, BOTH, rated_doctor),
    Case("appointments/", Rows.appointments, BOTH),
    Case("appointments/my-appointments/", Rows.appointments),
    Case("appointments/hospital-appointments/", Rows.visits_of_hospital, ("staff",)),
    Case("appointments/doctor-appointments/", Rows.appointments, ("doctor",)),
    Case("appointments/doctor/today/", Rows.visits_of_today, ("doctor",)),
    Case("appointments/doctor/tomorrow/", lambda rows, number: rows.visits_of_today(number, 1), ("doctor",)),
    Case("appointments/doctor/upcoming/", Rows.appointments, ("doctor",)),
    Case(
        "appointments/doctor/completed/",
        lambda rows, number: rows.visits_of_today(number, status="COMPLETED"),
        ("doctor",),
    ),
    Case("appointments/needs-reassignment/", Rows.waiting_appointments, ("admin",)),
    Case("doctors/schedules/", Rows.rules, ("doctor", "staff")),
    Case("doctors/my-schedules/", Rows.rules, ("doctor",)),
    Case("doctors/absences/", Rows.absences, ("doctor", "staff")),
    Case("access/grants/", Rows.grants, BOTH),
    Case("access/break-glass/", Rows.emergencies, ("manager", "doctor", "staff", "admin")),
    Case("records/", Rows.records, BOTH),
    Case("records/my-reports/", Rows.own_records, BOTH),
    Case("reports/", Rows.own_records, BOTH),
    Case("patients/{pk}/records/", Rows.records_of_known, BOTH, known),
    Case("patients/{pk}/reports/", Rows.records_of_known, BOTH, known),
    Case("records/{pk}/annotations/", Rows.annotations, BOTH, one_record),
    Case("visits/", Rows.visits, BOTH),
    Case("patients/{pk}/visits/", Rows.visits_of_known, BOTH, known),
    Case("patients/{pk}/tests/", Rows.visits_of_known, BOTH, known),
    Case("patients/{pk}/vitals/", Rows.visits_of_known, BOTH, known),
    Case("prescriptions/", Rows.prescriptions, BOTH),
    Case("prescriptions/{pk}/versions/", Rows.versions, BOTH, one_chain),
    Case("prescriptions/{pk}/attachments/", Rows.attachments, BOTH, one_chain),
    Case(
        "prescriptions/by-appointment/", Rows.prescriptions_of_appointment, BOTH, one_appointment, "appointment_id={pk}"
    ),
    Case("prescriptions/patient-history/", Rows.prescriptions_of_known, BOTH, known, "patient_id={pk}"),
    Case("prescriptions/patient/{pk}/", Rows.prescriptions_of_known, BOTH, known),
    Case("patients/{pk}/prescriptions/", Rows.prescriptions_of_known, BOTH, known),
    Case("notes/", Rows.notes, BOTH),
    Case("notes/patient/{pk}/", Rows.notes_of_known, BOTH, known),
    Case("patients/{pk}/notes/", Rows.notes_of_known, BOTH, known),
    Case("action-plans/", Rows.plans, BOTH),
    Case("plan-drafts/", Rows.drafts, ("doctor",)),
    Case("checklist-items/", Rows.items, BOTH),
    Case("reminders/", Rows.doses, BOTH),
    Case("reminders/adherence/", Rows.answered_doses, BOTH),
    Case("notifications/", Rows.notifications, BOTH),
    Case("notifications/{pk}/deliveries/", Rows.deliveries, parent=told_of_nothing),
    Case("chat/history/", Rows.chat_messages, BOTH),
    Case("recommendations/history/", Rows.recommendations, BOTH),
    Case("blogs/", Rows.articles),
    Case("blogs/my-posts/", Rows.own_articles, ("doctor",)),
    Case("blogs/comments/", Rows.comments),
    Case("blogs/my-comments/", Rows.own_comments),
    Case(
        "blogs/{pk}/comments/", lambda rows, number: rows.comments(number, one_article(rows.reader)), parent=one_article
    ),
]
# GET handlers of paginated views that answer something else than a list. Each says what.
NO_LISTS: dict[str, str] = {
    "files/{pk}/download/": "the bytes of one file",
    "blogs/{pk}/image/": "one picture",
    "prescriptions/{pk}/pdf/": "one prescription on paper",
    "prescriptions/attachments/{pk}/download/": "the bytes of one file",
}
EACH_CASE = [pytest.param(case, reader, id=f"{case.path} {reader}") for case in CASES for reader in case.readers]


def is_list(route: Route) -> bool:
    """Return whether a route answers a collection, as far as the URL map tells."""
    if route.method != "GET" or route.action in {None, "retrieve"} or route.path == "/api/v1/schema/":
        return False
    overrides = getattr(getattr(route.view, route.action), "kwargs", {})
    return overrides.get("pagination_class", getattr(route.view, "pagination_class", None)) is not None


def test_every_list_has_a_case_and_every_case_a_route():
    lists = {route.path.removeprefix("/api/v1/") for route in api_routes() if is_list(route)}
    routes = {route.path.removeprefix("/api/v1/") for route in api_routes() if route.method == "GET"}
    cases = {case.path for case in CASES}
    assert lists - cases - set(NO_LISTS) == set(), "a list without a case: say in CASES how its rows are made"
    assert cases | set(NO_LISTS) <= routes


def make_reader(who: str) -> User:
    if who == "doctor":
        return make_doctor("reader", make_hospital("Home")).user
    if who == "staff":
        return make_staff("reader", make_hospital("Home"))
    return make_user("reader", Role.ADMIN if who == "admin" else Role.PATIENT)


@pytest.mark.parametrize(("case", "who"), EACH_CASE)
def test_a_list_costs_the_same_for_one_row_and_for_ten(case, who, client_of, now):
    reader = make_reader(who)
    rows = Rows(reader, now)
    assert_flat_queries(client_of(reader), case.url(reader), grow=lambda number: case.rows(rows, number))


# --- The helper itself, on lists that are not flat ----------------------------------------------------------


class EventOutput(serializers.Serializer):
    """Asks for its row once more."""

    topic = serializers.SerializerMethodField()

    def get_topic(self, event: OutboxEvent) -> str:
        return OutboxEvent.objects.get(pk=event.pk).topic


class AskingViewSet(ListMixin, CareLoopViewSet):
    """One query for each row."""

    permission_classes = [AllowAny]
    queryset = OutboxEvent.objects.all()
    serializer_class = EventOutput


urlpatterns = [path("api/v1/asking/", AskingViewSet.as_view({"get": "list"})), path("", include("config.urls"))]


def publish(number: int) -> None:
    OutboxEvent.objects.bulk_create(OutboxEvent(topic="it's 5", ids={}) for _ in range(number))


@pytest.mark.urls(__name__)
class TestTheHelper:
    def test_a_query_for_each_row_is_shown_with_what_to_do(self):
        with pytest.raises(AssertionError) as told:
            assert_flat_queries(APIClient(), "/api/v1/asking/", grow=publish)
        assert "costs 2 queries for 1 row(s) and 11 for 10" in str(told.value)
        assert '1 -> 10 x SELECT "core_outboxevent"' in str(told.value)
        assert "select_related()" in str(told.value)
        assert str(told.value).count(" x SELECT") == 1  # One group, however many rows.

    def test_a_case_that_makes_no_rows_proves_nothing(self):
        with pytest.raises(AssertionError, match="shows 0 rows instead of 1"):
            assert_flat_queries(APIClient(), "/api/v1/asking/", grow=lambda number: None)

    def test_a_list_that_is_refused_proves_nothing(self):
        with pytest.raises(AssertionError, match="400"):
            assert_flat_queries(APIClient(), "/api/v1/asking/?x=1", grow=publish)
