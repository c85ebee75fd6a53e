"""Who treats whom: chosen, made by an appointment, run out, ended, and the generation that ends plans."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Event

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.core.errors import NotAllowed, NotFound
from apps.core.models import AuditEvent, OutboxEvent
from apps.core.testing.proofs import LONGEST_WAIT, race, rounds, wait_until_blocked
from apps.hospitals.models import Doctor
from apps.patients.choices import Relation
from apps.patients.models import CareRelationship, HospitalRegistration, Management, Patient
from apps.patients.services.care import (
    AlreadyTreating,
    choose_doctor,
    end_relationship,
    raise_generation,
    treat_after_booking,
)
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

DAY = timedelta(days=1)


@pytest.fixture
def amina(db) -> User:
    return make_user("amina")


@pytest.fixture
def patient(amina) -> Patient:
    return make_patient(amina)


@pytest.fixture
def doctor(db) -> Doctor:
    return make_doctor("lena", make_hospital("Riverside"))


@pytest.fixture
def choose(amina, patient, doctor, now):
    def choose(*, actor=amina, patient=patient, doctor=doctor, at: datetime = now, notes="") -> CareRelationship:
        return choose_doctor(actor=actor, patient_id=patient.pk, doctor_id=doctor.pk, notes=notes, now=at)

    return choose


@pytest.fixture
def book(patient, doctor, now):
    """Make what a booked visit makes."""

    def book(*, visit: datetime = now + DAY, at: datetime = now, doctor=doctor) -> CareRelationship:
        with transaction.atomic():
            return treat_after_booking(patient=patient, doctor=doctor, visit_ends_at=visit, days=30, now=at)

    return book


class TestChoosing:
    def test_lasts_until_it_is_ended(self, choose, patient, doctor, now):
        made = choose(notes="After surgery")
        assert (made.patient, made.doctor, made.source, made.notes) == (patient, doctor, "CHOICE", "After surgery")
        assert (made.started_at, made.ends_at, made.ended_at, made.generation) == (now, None, None, 1)
        assert made.is_live(now=now + 10_000 * DAY)

    def test_is_audited_with_whom_it_concerns(self, choose, amina, patient):
        made = choose(notes="After surgery")
        event = AuditEvent.objects.get(action="doctor_chosen")
        assert (event.actor_id, event.subject_id, event.concerns_id) == (amina.pk, made.pk, patient.pk)
        assert event.details == {}

    def test_twice_is_refused_and_changes_nothing(self, choose):
        made = choose(notes="First")
        with pytest.raises(AlreadyTreating) as refusal:
            choose(notes="Second")
        assert (refusal.value.status, refusal.value.code) == (409, "already_treating")
        assert CareRelationship.objects.get().notes == made.notes == "First"
        assert AuditEvent.objects.count() == 1

    def test_of_several_doctors_is_possible_and_each_is_a_relationship_of_its_own(self, book, choose):
        booked, other = book(), choose(doctor=make_doctor("omar", None))
        assert choose().pk == booked.pk != other.pk
        assert CareRelationship.objects.count() == 2

    def test_of_a_doctor_for_a_dependant(self, choose, amina):
        child = make_patient(amina, relation=Relation.PARENT)
        assert choose(patient=child).patient == child

    def test_keeps_for_good_what_an_appointment_gave_for_a_time(self, book, choose, now):
        booked = book()
        booked.generation = raise_generation(relationship_id=booked.pk).generation
        kept = choose()
        assert (kept.pk, kept.source, kept.ends_at) == (booked.pk, "CHOICE", None)
        assert (kept.started_at, kept.generation) == (booked.started_at, booked.generation)

    def test_after_it_ran_out_is_a_new_one_and_the_old_ones_generation_is_over(self, book, choose, now):
        booked = book()
        later = booked.ends_at
        chosen = choose(at=later)
        booked.refresh_from_db()
        assert chosen.pk != booked.pk
        assert (booked.ended_at, booked.generation) == (later, 2)
        assert (chosen.started_at, chosen.generation) == (later, 1)
        assert CareRelationship.objects.live(now=later).get() == chosen

    def test_after_it_was_ended_is_a_new_one(self, choose, amina, now):
        first = choose()
        end_relationship(actor=amina, relationship=first, now=now)
        assert choose().pk != first.pk


class TestChoosingIsRefused:
    @pytest.mark.parametrize("role", [Role.PATIENT, Role.HOSPITAL, Role.ADMIN])
    def test_to_everybody_who_does_not_manage_the_patient(self, choose, role):
        with pytest.raises(NotFound):
            choose(actor=make_user("stranger", role))
        assert not CareRelationship.objects.exists()

    def test_to_the_doctor(self, choose, doctor):
        with pytest.raises(NotFound):
            choose(actor=doctor.user)

    def test_to_who_managed_the_patient_once(self, choose, now):
        Management.objects.update(ended_at=now)
        with pytest.raises(NotFound):
            choose()

    def test_for_a_doctor_who_does_not_practise(self, choose):
        Doctor.objects.update(is_active=False)
        with pytest.raises(NotFound):
            choose()
        assert not CareRelationship.objects.exists()


class TestEnding:
    def test_is_soft_raises_the_generation_and_is_announced(self, choose, amina, patient, now):
        made = choose()
        ended = end_relationship(actor=amina, relationship=made, now=now + DAY)
        row = CareRelationship.objects.get()
        assert (row.ended_at, row.generation) == (now + DAY, 2)
        assert (ended.ended_at, ended.generation) == (row.ended_at, row.generation)
        assert not row.is_live(now=now + DAY)
        published = OutboxEvent.objects.get()
        assert (published.topic, published.ids) == ("care.generation_raised", {"relationship_id": str(made.pk)})
        event = AuditEvent.objects.get(action="relationship_ended")
        assert (event.actor_id, event.subject_id, event.concerns_id) == (amina.pk, made.pk, patient.pk)

    def test_twice_is_harmless(self, choose, amina, now):
        made = choose()
        for days in range(2):
            end_relationship(actor=amina, relationship=made, now=now + days * DAY)
        row = CareRelationship.objects.get()
        assert (row.ended_at, row.generation) == (now, 2)
        assert OutboxEvent.objects.count() == AuditEvent.objects.filter(action="relationship_ended").count() == 1

    def test_leaves_other_relationships_alone(self, choose, amina, now):
        made, other = choose(), choose(doctor=make_doctor("omar", None))
        end_relationship(actor=amina, relationship=made, now=now)
        other.refresh_from_db()
        assert (other.ended_at, other.generation) == (None, 1)

    @pytest.mark.parametrize("who", ["doctor", "staff", "admin", "stranger"])
    def test_is_refused_to_all_but_the_patients_side(self, choose, doctor, now, who):
        made = choose()
        people: dict[str, Callable[[], User]] = {
            "doctor": lambda: doctor.user,
            "staff": lambda: make_staff("clerk", doctor.hospital),
            "admin": lambda: make_user("admin", Role.ADMIN),
            "stranger": lambda: make_user("stranger"),
        }
        with pytest.raises(NotAllowed):
            end_relationship(actor=people[who](), relationship=made, now=now)
        row = CareRelationship.objects.get()
        assert (row.ended_at, row.generation) == (None, 1)
        assert not OutboxEvent.objects.exists()


class TestAfterBooking:
    def test_the_doctor_may_treat_until_thirty_days_after_the_visit(self, book, now):
        made = book(visit=now + DAY)
        assert (made.source, made.started_at, made.ends_at) == ("APPOINTMENT", now, now + 31 * DAY)
        assert made.is_live(now=now + 30 * DAY)
        assert not made.is_live(now=now + 31 * DAY)

    def test_a_later_visit_extends_the_same_relationship(self, book, now):
        first, second = book(visit=now + DAY), book(visit=now + 9 * DAY)
        assert (second.pk, second.ends_at, second.generation) == (first.pk, now + 39 * DAY, 1)

    def test_an_earlier_visit_shortens_nothing(self, book, now):
        book(visit=now + 9 * DAY)
        assert book(visit=now + DAY).ends_at == now + 39 * DAY

    def test_what_the_patient_chose_stays_chosen(self, book, choose):
        chosen = choose(notes="Mine")
        booked = book()
        assert (booked.pk, booked.source, booked.ends_at, booked.notes) == (chosen.pk, "CHOICE", None, "Mine")

    def test_a_relationship_that_ran_out_is_replaced(self, book, now):
        first = book()
        second = book(visit=now + 100 * DAY, at=now + 90 * DAY)
        first.refresh_from_db()
        assert second.pk != first.pk
        assert (first.ended_at, first.generation) == (now + 90 * DAY, 2)

    def test_the_hospital_knows_the_patient_once(self, book, patient, doctor, now):
        book()
        book(visit=now + 2 * DAY)
        registration = HospitalRegistration.objects.get()
        assert (registration.hospital, registration.patient) == (doctor.hospital, patient)

    def test_with_an_independent_doctor_no_hospital_hears_of_it(self, book):
        book(doctor=make_doctor("solo", None))
        assert not HospitalRegistration.objects.exists()


class TestDoor:
    @pytest.fixture
    def client(self, amina, now) -> APIClient:
        client = APIClient()
        access = tokens.issue_pair(open_session(user=amina, now=now))["access"]
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        return client

    def test_chooses_shows_and_ends(self, client, patient, doctor):
        chosen = client.post("/api/v1/mappings/", {"patient": patient.pk, "doctor": doctor.pk}, format="json")
        assert chosen.status_code == 201
        path = f"/api/v1/mappings/{chosen.json()['id']}/"
        assert client.get(path).json() == chosen.json()
        assert client.delete(path).status_code == client.delete(path).status_code == 204
        assert client.get(path).json()["ended_at"] is not None

    def test_a_second_choice_is_409(self, client, choose, patient, doctor):
        choose()
        again = client.post("/api/v1/mappings/", {"patient": patient.pk, "doctor": doctor.pk}, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "already_treating")

    def test_nothing_is_ended_by_who_saw_an_older_state(self, client, choose):
        path = f"/api/v1/mappings/{choose().pk}/"
        seen = client.get(path)["ETag"]
        CareRelationship.objects.update(notes="Changed meanwhile")
        assert client.delete(path, HTTP_IF_MATCH=seen).status_code == 412
        assert CareRelationship.objects.get().ended_at is None
        assert client.delete(path, HTTP_IF_MATCH=client.get(path)["ETag"]).status_code == 204

    @pytest.mark.parametrize("changes", [{"doctor": "x"}, {"patient": None}, {"notes": "x" * 2001}, {"doctor": [1]}])
    def test_what_cannot_be_used_is_400(self, client, patient, doctor, changes):
        body = {"patient": str(patient.pk), "doctor": str(doctor.pk)} | changes
        assert client.post("/api/v1/mappings/", body, format="json").status_code == 400
        assert not CareRelationship.objects.exists()


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_one_choice_wins(self, choose, amina, now):
        for _ in range(rounds(2, 30)):
            outcomes = race([choose] * 8)
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyTreating"] * 7 + [
                "CareRelationship"
            ]
            end_relationship(actor=amina, relationship=CareRelationship.objects.get(ended_at=None), now=now)

    def test_a_relationship_ends_once(self, choose, amina, now):
        for _ in range(rounds(2, 30)):
            made = choose()
            race([partial(end_relationship, actor=amina, relationship=made, now=now)] * 8)
            made.refresh_from_db()
            assert made.generation == 2

    def test_a_choice_that_waits_for_an_end_is_a_new_relationship(self, choose, amina, now):
        made, is_locked = choose(), Event()

        def end() -> None:
            with transaction.atomic():
                CareRelationship.objects.select_for_update().get(pk=made.pk)
                is_locked.set()
                wait_until_blocked()
                end_relationship(actor=amina, relationship=made, now=now)

        def choose_meanwhile() -> CareRelationship:
            assert is_locked.wait(LONGEST_WAIT)
            chosen: CareRelationship = choose(notes="Again")
            return chosen

        _, chosen = race([end, choose_meanwhile])
        assert isinstance(chosen, CareRelationship), repr(chosen)
        assert (chosen.pk == made.pk, chosen.notes, chosen.is_live(now=now)) == (False, "Again", True)

    def test_a_booking_and_a_choice_at_once_give_one_relationship_that_is_kept(self, choose, book, amina, now):
        for _ in range(rounds(2, 30)):
            outcomes = race([choose, book] * 4)
            assert sum(isinstance(outcome, AlreadyTreating) for outcome in outcomes) == 3
            kept = CareRelationship.objects.get(ended_at=None)
            assert (kept.source, kept.ends_at) == ("CHOICE", None)
            end_relationship(actor=amina, relationship=kept, now=now)
