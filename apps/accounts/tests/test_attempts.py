"""Guessing passwords and second factors: each failure makes the next one wait, and nobody locks another out."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import second_factor, sessions
from apps.accounts.services.attempts import count_attempt, forgive_attempts
from apps.accounts.tests.calling import AWAY, login, outcome, post, storm
from apps.core.errors import TooManyAttempts
from apps.core.testing.proofs import rounds
from tests.totp import otp, wrong_otp
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
    def attempt(self, call_from, now) -> Callable[..., str]:
        """Count attempts at one login, each from another network, or at many logins from one network."""

        def attempt(number: int, kind: str, at: datetime = now) -> str:
            call_from(f"10.0.{number}.1" if kind == "login" else "10.0.0.1")
            subject = "amina" if kind == "login" else str(number)
            count_attempt(subject=subject, now=at)
            return subject

        return attempt

    @pytest.mark.parametrize(("kind", "free"), [("login", 50), ("network", 200)])
    def test_let_some_failures_pass_and_delay_the_others_by_a_minute_at_most(self, attempt, kind, free, now):
        waits, at = [], now
        for number in range(free):
            attempt(number, kind, at)
        for number in range(free, free + 9):
            with pytest.raises(TooManyAttempts) as refusal:
                attempt(number, kind, at)
            waits.append(refusal.value.wait)
            at += timedelta(seconds=waits[-1])
            attempt(number, kind, at)
        assert waits == [2, 4, 8, 16, 32, 60, 60, 60, 60]

    @pytest.mark.parametrize(("kind", "free"), [("login", 50), ("network", 200)])
    def test_count_no_successes(self, attempt, kind, free):
        for number in range(free + 10):
            forgive_attempts(subject=attempt(number, kind))

    @pytest.mark.parametrize(("kind", "free"), [("login", 50), ("network", 200)])
    def test_are_not_emptied_by_a_success(self, attempt, kind, free):
        for number in range(free - 1):
            attempt(number, kind)
        forgive_attempts(subject=attempt(free, kind))
        attempt(free + 1, kind)
        with pytest.raises(TooManyAttempts):
            attempt(free + 2, kind)


@pytest.fixture
def secret(amina, clock) -> str:
    """The second factor of amina, in use; the codes of the present step are used up."""
    enrolled = second_factor.enroll(actor=amina)["secret"]
    second_factor.confirm(actor=amina, code=otp(enrolled), now=timezone.now())
    clock.shift(60)
    return enrolled


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
    def passwords_compared(self, monkeypatch) -> list[str]:
        seen: list[str] = []
        compare = sessions.check_password
        monkeypatch.setattr(
            sessions, "check_password", lambda given, encoded: seen.append(given) or compare(given, encoded)
        )
        return seen

    @pytest.mark.parametrize("name", ["amina", "nobody"])
    def test_of_many_wrong_passwords_at_once_only_the_free_ones_are_compared(
        self, transactional_db, clock, passwords_compared, name
    ):
        make_user("amina")
        acts = [partial(login, name, f"{WRONG} {number}") for number in range(self.ACTS)]
        answers = storm(acts, connections=self.CONNECTIONS)
        assert Counter(map(outcome, answers)) == {"wrong_credentials": FREE, REFUSED: self.ACTS - FREE}
        assert len(passwords_compared) == FREE

    def test_of_many_wrong_codes_at_once_only_the_free_ones_are_compared(self, transactional_db, secret, monkeypatch):
        compared: list[str] = []
        compare = second_factor._use_totp
        monkeypatch.setattr(
            second_factor, "_use_totp", lambda device, code, now: compared.append(code) or compare(device, code, now)
        )
        acts = [partial(login, otp=wrong_otp(secret))] * self.ACTS
        answers = storm(acts, connections=self.CONNECTIONS)
        assert Counter(map(outcome, answers)) == {"wrong_otp": FREE, REFUSED: self.ACTS - FREE}
        assert len(compared) == FREE

    def test_one_code_of_the_second_factor_signs_one_in(self, transactional_db, secret, clock):
        for _ in range(rounds(2, 20)):
            answers = storm([partial(login, otp=otp(secret))] * self.CONNECTIONS, connections=self.CONNECTIONS)
            assert Counter(map(outcome, answers))[200] == 1
            clock.shift(timedelta(days=1))
