"""Guessing passwords and second factors: each failure makes the next one wait, and nobody locks another out."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import second_factor_codes, sessions
from apps.accounts.services.attempts import count_attempt, forgive_attempts
from apps.accounts.tests.calling import AWAY, login, outcome, post, storm
from apps.core.errors import TooManyAttempts
from apps.core.ids import uuid5_of
from apps.core.testing.proofs import rounds
from tests.totp import give_second_factor, otp, wrong_otp
from tests.world import PASSWORD, make_user

WRONG = "a wrong password"
FREE = 5
REFUSED = "too_many_attempts"


@pytest.fixture
def amina(db) -> User:
    return make_user("amina")


@pytest.fixture
def clock(now) -> Iterator[time_machine.Traveller]:
    """A clock that stands still until the test moves it."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def tries(number: int, password: str = WRONG, **more: Any) -> list[int | str]:
    return [outcome(login("amina", password, **more)) for _ in range(number)]


@pytest.mark.usefixtures("amina", "clock")
class TestPasswords:
    def test_five_failures_are_free_and_then_the_right_one_waits_too(self):
        assert tries(FREE) == ["wrong_credentials"] * FREE
        for password in (WRONG, PASSWORD):
            answer = login("amina", password)
            assert (answer.status_code, outcome(answer), answer["Retry-After"]) == (429, REFUSED, "2")

    def test_waiting_as_long_as_was_said_is_enough_and_a_success_forgives(self, clock):
        tries(FREE)
        clock.shift(int(login("amina")["Retry-After"]))
        assert tries(1, PASSWORD) == [200]
        assert tries(FREE) == ["wrong_credentials"] * FREE

    def test_the_delay_doubles_up_to_a_quarter_of_an_hour(self, clock):
        tries(FREE)
        waits = []
        for _ in range(11):
            waits.append(int(login("amina")["Retry-After"]))
            clock.shift(waits[-1] - 1)
            assert tries(1) == [REFUSED]
            clock.shift(1)
            assert tries(1) == ["wrong_credentials"]
        assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]

    def test_failures_are_forgotten_after_an_hour(self, clock):
        for _ in range(2):
            assert tries(FREE + 1) == ["wrong_credentials"] * FREE + [REFUSED]
            clock.shift(timedelta(hours=1))

    def test_whoever_signs_in_from_another_network_does_not_wait(self):
        tries(FREE)
        assert tries(1, PASSWORD) == [REFUSED]
        assert tries(1, PASSWORD, address=AWAY) == [200]
        assert tries(1, PASSWORD) == [REFUSED]  # A success there forgives nothing here.

    @pytest.mark.parametrize("other", [{"address": "203.0.113.99"}, {"forwarded": "192.0.2.1"}])
    def test_a_neighbours_address_or_one_that_is_only_written_is_no_other_network(self, other):
        tries(FREE)
        assert tries(1, **other) == [REFUSED]

    def test_all_names_of_a_login_are_one(self):
        tries(FREE)
        assert outcome(login("Amina@Example.org", WRONG)) == REFUSED

    def test_the_old_password_is_guessed_at_no_faster(self):
        access = login().json()["access"]
        body = {"old_password": WRONG, "new_password": "another good password"}
        answers = [outcome(post("auth/password/change", access, **body)) for _ in range(FREE + 1)]
        assert answers == ["invalid"] * FREE + [REFUSED]
        assert tries(1, PASSWORD) == [REFUSED]


@pytest.mark.django_db
class TestSharedCounters:
    """Guesses at one login from many networks, and at many logins from one, wait too: later, and a minute at most."""

    @pytest.fixture
    def attempt(self, call_from, now) -> Callable[..., UUID]:
        """Count attempts at one login, each from another network, or at many logins from one network."""

        def attempt(number: int, kind: str, at: datetime = now) -> UUID:
            call_from(f"10.0.{number}.1" if kind == "login" else "10.0.0.1")
            subject = uuid5_of("amina" if kind == "login" else str(number))
            count_attempt(subjects=[subject], now=at)
            return subject

        return attempt

    @pytest.mark.parametrize(("kind", "free"), [("login", 50), ("network", 200)])
    def test_let_some_failures_pass_count_no_success_and_delay_by_a_minute_at_most(self, attempt, kind, free, now):
        waits, at = [], now
        for number in range(free - 1):
            attempt(number, kind)
        for number in range(5):
            right = attempt(number, kind)
            forgive_attempts(subject=right, subjects=[right])
        attempt(free, kind)
        for number in range(free + 1, free + 9):
            with pytest.raises(TooManyAttempts) as refusal:
                attempt(number, kind, at)
            waits.append(refusal.value.wait)
            at += timedelta(seconds=waits[-1])
            attempt(number, kind, at)
        assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


class TestHome:
    """A network from which the login was signed in before is home."""

    def test_strangers_elsewhere_cannot_make_the_person_wait_there(self, amina, clock, call_from):
        assert login().status_code == 200
        for number in range(60):
            call_from(f"10.0.{number}.1")
            with suppress(TooManyAttempts):
                count_attempt(subjects=[amina.pk], now=timezone.now())
        assert tries(1, PASSWORD, address=AWAY) == [REFUSED]
        assert tries(1, PASSWORD) == [200]
        assert tries(FREE + 1) == ["wrong_credentials"] * FREE + [REFUSED]


class TestASharedAddress:
    """Who signs in with an address that several logins share is counted at each of them."""

    @pytest.fixture
    def sharing(self, amina) -> None:
        other = make_user("other", Role.ADMIN)
        User.objects.filter(pk=other.pk).update(email=amina.email, password=make_password("the others' password"))

    def test_signing_in_with_it_makes_nobody_wait(self, sharing, clock):
        answers = [login("amina@example.org", address=f"{network}.7") for network in ["203.0.113", "10.0.0"] * 2 * FREE]
        assert {outcome(answer) for answer in answers} == {200}
        assert tries(FREE, PASSWORD) == [200] * FREE
        assert outcome(login("other", "the others' password")) == 200

    def test_signing_in_as_one_forgives_no_guess_at_the_other(self, sharing, clock):
        guesses = []
        for _ in range(FREE + 1):
            guesses.append(outcome(login("amina@example.org", WRONG)))
            login("amina@example.org")
        assert guesses == ["wrong_credentials"] * FREE + [REFUSED]


@pytest.fixture
def secret(amina, clock) -> str:
    """The second factor of amina, in use."""
    return give_second_factor(amina, confirmed_at=timezone.now())


class TestSecondFactor:
    def test_five_wrong_codes_are_free_and_then_the_right_one_waits_wherever_it_comes_from(self, secret, clock):
        assert tries(FREE, PASSWORD, otp=wrong_otp(secret)) == ["wrong_otp"] * FREE
        for address in ("203.0.113.7", AWAY):
            answer = login(otp=otp(secret), address=address)
            assert (answer.status_code, outcome(answer), answer["Retry-After"]) == (429, REFUSED, "2")
        clock.shift(2)
        assert tries(1, PASSWORD, otp=otp(secret)) == [200]

    def test_asking_for_the_code_is_no_failure_and_forgives_nothing(self, secret):
        assert tries(2 * FREE, PASSWORD) == ["otp_required"] * 2 * FREE
        for _ in range(FREE):
            assert tries(1, PASSWORD, otp=wrong_otp(secret)) == ["wrong_otp"]
            assert tries(1, PASSWORD) == ["otp_required"]
        assert tries(1, PASSWORD, otp=wrong_otp(secret)) == [REFUSED]

    def test_a_right_code_forgives(self, secret, clock):
        for _ in range(2):
            assert tries(FREE - 1, PASSWORD, otp=wrong_otp(secret)) == ["wrong_otp"] * (FREE - 1)
            assert tries(1, PASSWORD, otp=otp(secret)) == [200]
            clock.shift(30)

    def test_recovery_codes_are_guessed_at_no_faster_and_the_delay_lasts_a_day(self, secret, clock):
        assert tries(FREE, PASSWORD, otp="abcdef-123456") == ["wrong_otp"] * FREE
        assert tries(1, PASSWORD, otp=otp(secret)) == [REFUSED]
        clock.shift(timedelta(hours=23))
        assert tries(2, PASSWORD, otp=wrong_otp(secret)) == ["wrong_otp", REFUSED]

    def test_without_the_password_nobody_reaches_it(self, secret):
        assert tries(FREE, otp=wrong_otp(secret)) == ["wrong_credentials"] * FREE
        assert tries(1, PASSWORD, otp=otp(secret), address=AWAY) == [200]


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    CONNECTIONS, ACTS = rounds(10, 50), rounds(100, 500)

    @pytest.fixture
    def compared(self, monkeypatch) -> list[str]:
        """Every comparison of a password or of a code of the second factor."""
        seen: list[str] = []

        def noting(compare: Callable[..., bool]) -> Callable[..., bool]:
            def note(*given: Any, **named: Any) -> bool:
                seen.append(compare.__name__)
                return compare(*given, **named)

            return note

        monkeypatch.setattr(sessions, "check_password", noting(sessions.check_password))
        monkeypatch.setattr(second_factor_codes, "use_totp", noting(second_factor_codes.use_totp))
        return seen

    @pytest.mark.parametrize("name", ["amina", "nobody"])
    def test_of_many_wrong_passwords_at_once_only_the_free_ones_are_compared(
        self, transactional_db, clock, compared, name
    ):
        make_user("amina")
        acts = [partial(login, name, f"{WRONG} {number}") for number in range(self.ACTS)]
        answers = storm(acts, connections=self.CONNECTIONS)
        assert Counter(map(outcome, answers)) == {"wrong_credentials": FREE, REFUSED: self.ACTS - FREE}
        assert compared == ["check_password"] * FREE

    def test_of_many_wrong_codes_at_once_only_the_free_ones_are_compared(self, transactional_db, secret, compared):
        answers = storm([partial(login, otp=wrong_otp(secret))] * self.ACTS, connections=self.CONNECTIONS)
        assert Counter(map(outcome, answers)) == {"wrong_otp": FREE, REFUSED: self.ACTS - FREE}
        assert compared.count("use_totp") == FREE

    def test_one_code_of_the_second_factor_signs_one_in(self, transactional_db, secret, clock):
        for _ in range(rounds(2, 20)):
            answers = storm([partial(login, otp=otp(secret))] * self.CONNECTIONS, connections=self.CONNECTIONS)
            assert Counter(map(outcome, answers))[200] == 1
            clock.shift(timedelta(days=1))
