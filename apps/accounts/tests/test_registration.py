"""Making logins: passwords, consent, addresses, free usernames."""

import contextlib
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.conf import settings

from apps.accounts.choices import Role
from apps.accounts.models import Consent, User
from apps.accounts.services.registration import EmailTaken, register_person, register_user
from apps.core.errors import InvalidInput
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"


def register(**changes: Any) -> User:
    given: dict[str, Any] = {"email": "amina@example.org", "password": PASSWORD, "role": Role.PATIENT, "now": NOW}
    return register_user(**given | changes)


@pytest.mark.django_db
class TestPasswords:
    @pytest.mark.parametrize(
        "password",
        ["", "nine char", "password123", "31415926535", "amina@example.org", "Maximiliane1"],
        ids=["empty", "nine characters", "common", "digits only", "the e-mail address", "the name"],
    )
    def test_a_weak_one_is_refused_and_nothing_is_left(self, password):
        with pytest.raises(InvalidInput) as refusal:
            register(password=password, first_name="Maximiliane")
        assert (refusal.value.field, refusal.value.code) == ("password", "weak_password")
        assert not User.objects.exists()
        assert not AuditEvent.objects.exists()

    def test_ten_characters_are_enough(self):
        assert register(password="tr0ub4dor&").check_password("tr0ub4dor&")

    def test_only_a_hash_is_stored(self):
        assert PASSWORD not in register().password


@pytest.mark.django_db
class TestConsent:
    def test_is_kept_with_its_version_and_time(self):
        user = register(has_consented=True)
        assert [(c.version, c.given_at) for c in user.consents.all()] == [(settings.CONSENT_VERSION, NOW)]

    def test_nobody_consents_by_being_registered_by_others(self):
        register()
        assert not Consent.objects.exists()

    def test_a_person_signs_up_as_a_patient_under_the_present_terms(self):
        user = register_person(
            email="amina@example.org", password=PASSWORD, first_name=" Amina ", last_name="Rahman", phone="", now=NOW
        )
        assert (user.role, user.is_self_registered, user.is_staff, user.is_superuser) == ("PATIENT", True, False, False)
        assert user.consents.get().version == settings.CONSENT_VERSION
        assert user.name == "Amina Rahman"


@pytest.mark.django_db
class TestAddresses:
    def test_are_kept_in_lower_case(self):
        assert register(email=" Amina@Example.ORG ").email == "amina@example.org"

    def test_a_second_sign_up_is_refused_in_any_case_and_leaves_nothing(self):
        register()
        with pytest.raises(EmailTaken) as refusal:
            register(email="AMINA@example.org")
        assert (refusal.value.status, refusal.value.code) == (409, "email_taken")
        assert User.objects.count() == AuditEvent.objects.count() == 1

    def test_logins_made_by_a_hospital_may_share_one(self):
        register()
        made = [register(role=Role.DOCTOR, is_self_registered=False) for _ in range(2)]
        assert {user.email for user in made} == {"amina@example.org"}

    def test_a_shared_one_is_still_free_for_a_person(self):
        register(role=Role.DOCTOR, is_self_registered=False)
        assert register().is_self_registered

    @pytest.mark.parametrize("address", ["a@BĲ.example", "a@İstanbul.example", "a@ΣΑΣ.example"])
    def test_of_other_alphabets_are_lower_cased_as_the_database_does(self, address):
        assert register(email=address).pk

    def test_with_a_capital_newer_than_this_python_are_no_unexpected_error(self):
        with contextlib.suppress(InvalidInput):
            assert register(email="a@x\ua7cbx.example").email.islower()


@pytest.mark.django_db
class TestUsernames:
    def test_come_from_the_address(self):
        assert register(email="Amina.Rahman+care@example.org").username == "aminarahmancare"

    def test_a_taken_one_gets_the_first_free_number(self):
        names = [register(email=f"amina@{host}.example").username for host in ("a", "b", "c")]
        assert names == ["amina", "amina1", "amina2"]

    def test_a_number_that_became_free_is_not_given_to_somebody_else(self):
        for host in ("a", "b", "c"):
            register(email=f"amina@{host}.example")
        User.objects.get(username="amina1").delete()
        assert register(email="amina@d.example").username == "amina3"

    @pytest.mark.parametrize(
        ("wanted", "given"),
        [("José Díaz", "josediaz"), ("DR-HOUSE", "drhouse"), ("心臓", "user"), ("a" * 300, "a" * 140)],
    )
    def test_are_plain_lower_case_and_short(self, wanted, given):
        assert register(username=wanted).username == given

    def test_a_number_fits_behind_the_longest_name(self):
        names = [register(username="a" * 300, email=f"{n}@example.org").username for n in range(2)]
        assert names[1] == "a" * 140 + "1"


@pytest.mark.django_db
def test_who_was_made_is_audited_without_a_name():
    user = register()
    event = AuditEvent.objects.get(action="user_created")
    assert (event.actor_id, event.subject_id, event.details) == (user.pk, user.pk, {"role": "PATIENT"})


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_everybody_gets_a_name_of_their_own(self):
        for _ in range(rounds(2, 20)):
            User.objects.all().delete()
            users = race([partial(register, email=f"amina@h{host}.example") for host in range(12)])
            assert {getattr(user, "username", user) for user in users} == {
                "amina",
                *(f"amina{number}" for number in range(1, 12)),
            }

    def test_one_address_is_signed_up_once(self):
        for _ in range(rounds(2, 20)):
            User.objects.all().delete()
            outcomes = race([register] * 12)
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EmailTaken"] * 11 + ["User"]
            assert User.objects.count() == 1
