"""A stranger at the doors learns no address and sends nobody more than the budget, wherever they say they call from."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv4Address
from typing import Any

import pytest
import time_machine

from apps.accounts.choices import Role
from apps.accounts.models import OneTimeCode, User
from apps.accounts.services.codes import code_of
from apps.accounts.tests.calling import AWAY, HOME, login, outcome, post, request_reset, storm, verify_reset
from apps.core.testing.proofs import dice, rounds
from tests.world import make_user

KINDS = ("known", "unknown", "unverified", "suspended", "shared")
PER_ADDRESS, PER_NETWORK = 3, 30


@pytest.fixture
def everybody(db) -> None:
    """One login of each kind, and three that share an address, of which one is suspended and one not confirmed."""
    make_user("known")
    make_user("unverified", email_verified_at=None)
    make_user("suspended", is_active=False)
    sharing = [make_user(f"shared{number}", Role.ADMIN) for number in range(3)]
    User.objects.filter(pk__in=[user.pk for user in sharing]).update(email="shared@example.org")
    User.objects.filter(pk=sharing[1].pk).update(is_active=False)
    User.objects.filter(pk=sharing[2].pk).update(email_verified_at=None)


def everything_told(answers: Iterable[Any], now: datetime) -> list[tuple[int, dict[str, str], dict[str, Any]]]:
    """Return all that the answers say at this moment, but for the number that every request has of its own."""
    with time_machine.travel(now, tick=False):
        return [
            (
                answer.status_code,
                {name: value for name, value in answer.headers.items() if name != "X-Request-ID"},
                {**answer.json(), "trace_id": ""},
            )
            for answer in answers
        ]


def no_code() -> str:
    """Return six digits that no code has."""
    taken = {code_of(code.pk) for code in OneTimeCode.objects.all()}
    return next(digits for digits in map("{:06d}".format, range(1_000_000)) if digits not in taken)


def resetting(kind: str) -> Iterator[Any]:
    """Go up to the budget and past it, guess, and go on with nothing in hand."""
    email = f"{kind}@example.org"
    for spelling in (email, email.upper(), f" {email}", email, email):
        yield request_reset(spelling)
    for _ in range(7):
        yield verify_reset(email, no_code())
    yield verify_reset(email, no_code(), username=f"{kind}0")
    yield post("auth/password/forgot/reset/complete", token="no:such:ticket", new_password="a long enough password")


def guessing_on(kind: str, now: datetime) -> Iterator[Any]:
    """Ask for code after code and guess five times at each, by name or without, until that takes longer."""
    for quarter in range(5):
        with time_machine.travel(now + quarter * timedelta(minutes=16), tick=False):
            yield request_reset(f"{kind}@example.org")
            for name in ("", "known", "nobody", "shared0", ""):
                yield verify_reset(f"{kind}@example.org", no_code(), **({"username": name} if name else {}))


def signing_in(name: str) -> Iterator[Any]:
    """Try passwords up to the free number and past it."""
    for _ in range(7):
        yield login(name, "a wrong password")


class TestAnswers:
    def test_of_a_reset_are_the_same_for_every_address(self, everybody, now):
        answers = {kind: everything_told(resetting(kind), now) for kind in KINDS}
        assert [kind for kind in KINDS if answers[kind] != answers["known"]] == []
        assert [status for status, *_ in answers["known"]] == [202] * 3 + [429] * 2 + [400] * 9

    def test_to_somebody_who_guesses_all_day_are_the_same_for_every_address(self, everybody, now):
        answers = {kind: everything_told(guessing_on(kind, now), now) for kind in KINDS}
        assert [kind for kind in KINDS if answers[kind] != answers["known"]] == []
        assert {status for status, *_ in answers["known"]} == {202, 400, 429}

    @pytest.mark.parametrize("name", ["{}", "{}@example.org"], ids=["username", "address"])
    def test_of_a_sign_in_are_the_same_for_every_name(self, everybody, now, name):
        answers = {kind: everything_told(signing_in(name.format(kind)), now) for kind in KINDS}
        assert [kind for kind in KINDS if answers[kind] != answers["known"]] == []
        assert [status for status, *_ in answers["known"]] == [401] * 5 + [429] * 2


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_flood_from_everywhere_and_nowhere_sends_what_the_budget_allows(box):
    """Fifteen addresses, of which eleven are known, three messages each: more than one network may ask for."""
    people = [make_user(f"person{number}") for number in range(11)]
    others = [make_user("unverified", email_verified_at=None), make_user("suspended", is_active=False)]
    addresses = [*(user.email for user in [*people, *others]), "nobody@example.org", "nobody2@example.org"]
    chance, asked = dice("flood"), [addresses[number % 15] for number in range(rounds(60, 1000))]
    acts = [partial(request_reset, email, forwarded=_anywhere(chance)) for email in asked]
    answers = storm(acts, connections=rounds(10, 50))

    assert Counter(map(outcome, answers)) == {202: PER_NETWORK, "too_many_attempts": len(asked) - PER_NETWORK}
    accepted = Counter(email for email, answer in zip(asked, answers, strict=True) if answer.status_code == 202)
    assert max(accepted.values()) <= PER_ADDRESS
    letters = Counter(letter.recipient for letter in box.empty())
    announced = +Counter({user.email: user.deliveries.count() for user in [*people, *others]})
    assert announced == +Counter({person.email: accepted[person.email] for person in people})
    assert set(letters) == set(announced)
    assert letters <= announced  # A newer code kills an older one before it is sent.


def _anywhere(chance: Any) -> str:
    return ", ".join(str(IPv4Address(chance.getrandbits(32))) for _ in range(chance.randint(1, 3)))


class TestWhereACallComesFrom:
    """Seen through the budget of a network: thirty requests for codes, whoever they are for."""

    @pytest.fixture
    def ask(self, db) -> Callable[..., int | str]:
        numbers = iter(range(1000))
        return lambda **caller: outcome(request_reset(f"nobody{next(numbers)}@example.org", **caller))

    def use_up(self, ask: Callable[..., int | str], **caller: str) -> None:
        assert {ask(**caller) for _ in range(PER_NETWORK)} == {202}

    def test_without_a_proxy_of_ours_nothing_that_is_written_counts(self, ask):
        self.use_up(ask, forwarded=AWAY)
        assert ask() == ask(forwarded="192.0.2.1") == ask(forwarded="2001:db8::1, rubbish") == "too_many_attempts"
        assert ask(address=AWAY, forwarded=HOME) == 202

    def test_behind_one_proxy_the_last_address_counts_and_no_other(self, ask, settings):
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
        self.use_up(ask, forwarded=f"192.0.2.1, {AWAY}")
        assert ask(forwarded=AWAY) == ask(forwarded=f"{HOME}, 192.0.2.1,{AWAY}") == "too_many_attempts"
        assert ask(forwarded=f"{AWAY}, 192.0.2.1") == 202

    def test_behind_a_proxy_rubbish_is_no_address_of_its_own(self, ask, settings):
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
        self.use_up(ask, forwarded="rubbish")
        for rubbish in ("other rubbish", "192.0.2.1:4711", "192.0.2", "192.0.2.1/32", "0x7f.1", "'; --", "1" * 5_000):
            assert ask(forwarded=f"{AWAY}, {rubbish}") == "too_many_attempts"
        assert ask(forwarded="192.0.2.1") == 202
