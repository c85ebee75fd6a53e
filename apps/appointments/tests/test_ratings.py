"""Ratings: by who was there, once, with an average that no race bends, under a first name only."""

from decimal import ROUND_HALF_UP, Decimal
from functools import partial

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.appointments.models import Appointment, Rating
from apps.appointments.services.rating import (
    AlreadyRated,
    NoVisitYet,
    change_rating,
    rate_doctor,
    take_rating_back,
)
from apps.appointments.tests.cast import NOW, book, client_of
from apps.core.errors import NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.hospitals.models import Doctor
from tests.world import make_doctor, make_patient, make_user

pytestmark = pytest.mark.django_db


def visited(name: str, doctor: Doctor, *, nth: int = 0) -> User:
    """Return somebody whose visit took place."""
    make_patient(user := make_user(name))
    Appointment.objects.create(
        patient=user.managements.get().patient,
        doctor=doctor,
        hospital=doctor.hospital,
        status="COMPLETED",
        starts_at=NOW,
        ends_at=NOW.replace(minute=20),
        local_date=NOW.date(),
    )
    return user


@pytest.fixture
def amina(doctor) -> User:
    return visited("amina", doctor)


def rate(user: User, doctor: Doctor, stars: int = 5, **changes) -> Rating:
    wanted = {"patient_id": None, "review": "Listens first."}
    return rate_doctor(actor=user, doctor_id=doctor.pk, stars=stars, **wanted | changes)


def figures(doctor: Doctor) -> tuple[Decimal, int]:
    doctor.refresh_from_db()
    return doctor.rating_average, doctor.rating_count


def test_the_average_follows_every_change(doctor, amina):
    first = rate(amina, doctor, 5)
    rate(visited("ben", doctor), doctor, 4)
    third = rate(visited("cleo", doctor), doctor, 4)
    assert figures(doctor) == (Decimal("4.33"), 3)
    change_rating(actor=amina, doctor_id=doctor.pk, rating_id=first.pk, changes={"stars": 1})
    assert figures(doctor) == (Decimal("3.00"), 3)
    take_rating_back(actor=amina, doctor_id=doctor.pk, rating_id=first.pk)
    assert figures(doctor) == (Decimal("4.00"), 2)
    Rating.objects.exclude(pk=third.pk).delete()
    owner = third.patient.managements.get().user
    take_rating_back(actor=owner, doctor_id=doctor.pk, rating_id=third.pk)
    assert figures(doctor) == (Decimal("0.00"), 0)
    assert AuditEvent.objects.filter(action="doctor_rated").count() == 3


@pytest.mark.parametrize("status", ["CONFIRMED", "CHECKED_IN", "CANCELLED", "NO_SHOW"])
def test_only_after_a_visit_that_took_place(doctor, amina, status):
    Appointment.objects.update(status=status)
    with pytest.raises(NoVisitYet):
        rate(amina, doctor)
    assert figures(doctor) == (Decimal(0), 0)


def test_not_a_doctor_whom_one_has_booked_only(doctor):
    make_patient(user := make_user("ben"))
    book(user, doctor)
    with pytest.raises(NoVisitYet):
        rate(user, doctor)


def test_once(doctor, amina):
    rate(amina, doctor)
    with pytest.raises(AlreadyRated):
        rate(amina, doctor, 1)
    assert figures(doctor) == (Decimal("5.00"), 1)


def test_for_nobody_elses_patient_and_no_doctor_who_left(doctor, amina):
    stranger = make_user("omar")
    with pytest.raises(NotFound):
        rate(stranger, doctor, patient_id=amina.managements.get().patient_id)
    Doctor.objects.update(is_active=False)
    with pytest.raises(NotFound):
        rate(amina, doctor)


def test_nobody_changes_anothers_or_moves_it_to_another_doctor(doctor, amina):
    rating = rate(amina, doctor)
    other = make_doctor("ines", doctor.hospital)
    with pytest.raises(NotAllowed):
        change_rating(actor=visited("ben", doctor), doctor_id=doctor.pk, rating_id=rating.pk, changes={"stars": 1})
    with pytest.raises(NotAllowed):
        take_rating_back(actor=doctor.user, doctor_id=doctor.pk, rating_id=rating.pk)
    with pytest.raises(NotFound):
        change_rating(actor=amina, doctor_id=other.pk, rating_id=rating.pk, changes={"stars": 1})
    assert figures(doctor) == (Decimal("5.00"), 1)


class TestDoor:
    @pytest.fixture
    def path(self, doctor) -> str:
        return f"/api/v1/doctors/{doctor.pk}/ratings/"

    def test_everybody_reads_first_names_only(self, doctor, amina, path):
        rate(amina, doctor)
        answer = APIClient().get(path)
        (row,) = answer.json()["results"]
        assert (row["reviewer"], row["rating"], row["review"], row["is_mine"]) == ("Amina", 5, "Listens first.", False)
        for secret in (amina.last_name, amina.email, str(amina.pk), str(amina.managements.get().patient_id)):
            assert secret not in answer.content.decode()
        assert client_of(amina).get(path).json()["results"][0]["is_mine"] is True

    def test_writes_under_the_names_of_system_002_too(self, amina, path):
        answer = client_of(amina).post(path, {"rating": 4, "review_text": "Kind"}, format="json")
        assert (answer.status_code, answer.json()["review"]) == (201, "Kind")
        own = f"{path}{answer.json()['id']}/"
        tag = APIClient().get(own)
        changed = client_of(amina).patch(own, {"rating": 2}, format="json")
        assert (changed.json()["rating"], changed.json()["review"]) == (2, "Kind")
        stale = client_of(amina).put(own, {"rating": 1}, format="json", HTTP_IF_MATCH=tag["ETag"])
        assert stale.status_code == 412
        assert client_of(amina).delete(own).status_code == 204
        assert APIClient().get(own).status_code == 404

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"rating": 0}, "/rating"),
            ({"rating": 6}, "/rating"),
            ({}, "/rating"),
            ({"rating": "x"}, "/rating"),
            ({"rating": 4, "review": "x" * 201}, "/review"),
            ({"rating": 4, "review_text": "x" * 201}, "/review_text"),
            ({"rating": 4, "patient": "me"}, "/patient"),
        ],
    )
    def test_refuses_what_is_no_rating(self, amina, path, body, pointer):
        answer = client_of(amina).post(path, body, format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer

    def test_the_breakdown_adds_up(self, doctor, amina, path):
        rate(amina, doctor, 5)
        for name, stars in (("ben", 4), ("cleo", 4)):
            rate(visited(name, doctor), doctor, stars)
        shown = APIClient().get(f"{path}breakdown/").json()
        assert (shown["rating_average"], shown["rating_count"]) == (4.33, 3)
        assert [(row["stars"], row["count"], row["percentage"]) for row in shown["breakdown"]] == [
            (5, 1, 33.3),
            (4, 2, 66.7),
            (3, 0, 0.0),
            (2, 0, 0.0),
            (1, 0, 0.0),
        ]

    def test_of_a_doctor_nobody_has_rated(self, path):
        shown = APIClient().get(f"{path}breakdown/").json()
        assert (shown["rating_count"], sum(row["percentage"] for row in shown["breakdown"])) == (0, 0)

    def test_of_a_doctor_who_is_not_listed(self, doctor, path):
        Doctor.objects.update(is_active=False)
        assert [APIClient().get(each).status_code for each in (path, f"{path}breakdown/")] == [404, 404]


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_the_exact_average_and_nobody_rates_twice(doctor):
    for number in range(rounds(2, 20)):
        users = [visited(f"p{number}-{each}", doctor) for each in range(8)]
        acts = [partial(rate, user, doctor, 1 + each % 5) for each, user in enumerate(users)] * 2
        answers = race(acts)
        assert sum(isinstance(each, Rating) for each in answers) == 8
        assert {type(each).__name__ for each in answers} == {"Rating", "AlreadyRated"}
        given = list(Rating.objects.values_list("stars", flat=True))
        exact = (Decimal(sum(given)) / len(given)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert figures(doctor) == (exact, len(given))
