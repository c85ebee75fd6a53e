"""Caregivers: chosen by a manager with consent, told, seeing nothing else, ended by either side."""

from datetime import timedelta
from functools import partial

import pytest

from apps.core.budgets import spend
from apps.core.errors import NotAllowed, NotFound, TooManyAttempts
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race
from apps.notifications.models import Delivery, Notification
from apps.notifications.topics import topic_named
from apps.patients.models import Caregiver, Management, Patient
from apps.patients.services.caregivers import (
    MOST_CAREGIVERS,
    TRIES,
    TRY_WINDOW,
    AlreadyTold,
    choose_caregiver,
    end_caregiver,
)
from apps.patients.services.registering import give_up_patient
from tests.care import Care, client_of, make_care
from tests.world import make_user

RELATIVE = {"email": "relative@example.org", "consent": True}


@pytest.fixture
def care(db, now) -> Care:
    return make_care(now)


@pytest.fixture
def relative(db):
    return make_user("relative")


@pytest.fixture
def path(care):
    return f"/api/v1/patients/{care.patient.pk}/caregivers/"


@pytest.fixture
def manager(care, now):
    return client_of(care.manager, now=now)


class TestChoosing:
    def test_keeps_the_consent_and_tells_the_caregiver(self, care, relative, manager, path):
        answer = manager.post(path, {**RELATIVE, "email": " Relative@Example.org "}, "json")
        assert (answer.status_code, answer.json()["email"]) == (201, "relative@example.org")
        kept = Caregiver.objects.get()
        assert (kept.patient, kept.user, kept.ended_at) == (care.patient, relative, None)
        assert kept.consented_at is not None
        assert manager.get(path).json()["results"] == [answer.json()]
        assert Notification.objects.get(topic="caregiver_chosen").recipient == relative
        assert Delivery.objects.filter(topic="caregiver_chosen", user=relative).exists()
        message = topic_named("caregiver_chosen").render([kept.pk])[kept.pk]
        assert care.patient.name in str(message.detail)
        assert care.patient.name not in str(message.body)
        event = AuditEvent.objects.get(action="caregiver_chosen")
        assert (event.actor_id, event.concerns_id) == (care.manager.pk, care.patient.pk)

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"consent": False}, "/consent"),
            ({"email": "nobody"}, "/email"),
            ({"email": "absent@example.org"}, "/email"),
            ({"email": "unconfirmed@example.org"}, "/email"),
            ({"email": "asleep@example.org"}, "/email"),
            (
                {"email": "doctor@example.org"},
                "/email",
            ),  # Made by a hospital: nobody confirmed that it is theirs alone.
        ],
    )
    def test_what_cannot_be_is_400_at_its_field(self, relative, manager, path, changes, pointer):
        make_user("unconfirmed", email_verified_at=None), make_user("asleep", is_active=False)
        answer = manager.post(path, {**RELATIVE, **changes}, "json")
        assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, [pointer])
        assert not Caregiver.objects.exists()

    def test_nobody_is_told_twice(self, care, relative, manager, path):
        assert manager.post(path, RELATIVE, "json").status_code == 201
        for email in (RELATIVE["email"], care.manager.email):
            answer = manager.post(path, {**RELATIVE, "email": email}, "json")
            assert (answer.status_code, answer.json()["code"]) == (409, "already_told")

    def test_ten_at_most(self, care, relative, manager, path, now):
        for number in range(MOST_CAREGIVERS):
            Caregiver.objects.create(patient=care.patient, user=make_user(f"aunt{number}"), consented_at=now)
        answer = manager.post(path, RELATIVE, "json")
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_caregivers")

    def test_addresses_are_not_tried_out(self, care, relative, now):
        for _ in range(TRIES):
            spend("choose-caregiver", str(care.manager.pk), limit=TRIES, window=TRY_WINDOW, now=now)
        with pytest.raises(TooManyAttempts):
            choose_caregiver(actor=care.manager, patient_id=care.patient.pk, email=relative.email, now=now)

    def test_a_try_that_was_refused_stays_counted_under_a_key_too(self, manager, path):
        headers = {"Idempotency-Key": "k1"}
        codes = [
            manager.post(path, {**RELATIVE, "email": "absent@example.org"}, "json", headers=headers).status_code
            for _ in range(TRIES + 1)
        ]
        assert codes == [400] * TRIES + [429]


class TestWhoMay:
    def test_nobody_but_a_manager_chooses_or_lists(self, care, relative, path, now):
        stranger = make_user("stranger")
        for user in (care.doctor.user, relative, stranger):
            client = client_of(user, now=now)
            assert client.get(path).status_code == 404
            assert client.post(path, RELATIVE, "json").status_code == 404
        with pytest.raises(NotFound):
            choose_caregiver(actor=stranger, patient_id=care.patient.pk, email=relative.email, now=now)
        assert not Caregiver.objects.exists()

    def test_a_caregiver_sees_nothing_else_of_the_patient(self, care, relative, manager, path, now):
        manager.post(path, RELATIVE, "json")
        theirs = client_of(relative, now=now)
        for door in ("", "allergies/", "clinical-profile/", "doctors/", "access-log/", "caregivers/"):
            assert theirs.get(f"/api/v1/patients/{care.patient.pk}/{door}").status_code == 404

    def test_either_side_ends_it_and_nobody_else(self, care, relative, manager, path, now):
        for ending in (manager, client_of(relative, now=now)):
            chosen = manager.post(path, RELATIVE, "json").json()["id"]
            assert client_of(care.doctor.user, now=now).delete(f"{path}{chosen}/").status_code == 404
            assert ending.delete(f"{path}{chosen}/").status_code == 204
            assert manager.get(path).json()["results"] == []
        assert Caregiver.objects.count() == 2
        with pytest.raises(NotAllowed):
            end_caregiver(actor=make_user("stranger"), caregiver=Caregiver.objects.first(), now=now)

    def test_of_another_patient_is_absent_under_this_one(self, care, relative, manager, now):
        chosen = choose_caregiver(actor=care.manager, patient_id=care.patient.pk, email=relative.email, now=now)
        other = make_care(now, name="other")
        Management.objects.create(patient=other.patient, user=care.manager, relation="GUARDIAN")
        assert manager.delete(f"/api/v1/patients/{other.patient.pk}/caregivers/{chosen.pk}/").status_code == 404

    def test_with_the_last_manager_the_caregivers_go(self, care, relative, now):
        child = Patient.objects.create(first_name="Sami")
        Management.objects.create(patient=child, user=care.manager, relation="PARENT")
        chosen = choose_caregiver(actor=care.manager, patient_id=child.pk, email=relative.email, now=now)
        give_up_patient(actor=care.manager, patient=child, now=now + timedelta(days=1))
        chosen.refresh_from_db()
        assert chosen.ended_at == now + timedelta(days=1)
        assert topic_named("caregiver_chosen").still_wanted([chosen.pk]) == set()


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_chosen(now):
    care, relative = make_care(now), make_user("relative")
    act = partial(choose_caregiver, actor=care.manager, patient_id=care.patient.pk, email=relative.email, now=now)
    outcomes = race([act] * 6)
    assert sorted(type(each).__name__ for each in outcomes) == [AlreadyTold.__name__] * 5 + ["Caregiver"]
