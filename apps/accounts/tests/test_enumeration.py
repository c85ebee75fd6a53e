"""A stranger at the doors learns no address and sends nobody more than the budget, wherever they say they call from."""

from collections import Counter
from collections.abc import Callable, Iterator
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
def everybody(db, now) -> None:
    """One login of each kind, and three that share an address, of which one is suspended and one not confirmed."""
    make_user("known", email_verified_at=now)
    make_user("unverified")
    make_user("suspended", email_verified_at=now, is_active=False)
    sharing = [make_user(f"shared{number}", Role.ADMIN, email_verified_at=now) for number in range(3)]
    User.objects.filter(pk__in=[user.pk for user in sharing]).update(email="shared@example.org")
    User.objects.filter(pk=sharing[1].pk).update(is_active=False)
    User.objects.filter(pk=sharing[2].pk).update(email_verified_at=None)


def told(answer: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return all that the answer says, but for the number that every request has of its own."""
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, headers, {**answer.json(), "trace_id": ""}


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


def signing_in(kind: str, *, by: Callable[[str], str]) -> Iterator[Any]:
    """Try passwords up to the free number and past it."""
    for _ in range(7):
        yield login(by(kind), "a wrong password")


@pytest.mark.parametrize("kind", KINDS[1:])
class TestAnswers:
    def test_of_a_reset_are_the_same_for_every_address(self, everybody, now, kind):
        with time_machine.travel(now, tick=False):
            answers = {each: [told(answer) for answer in resetting(each)] for each in (KINDS[0], kind)}
        assert answers[kind] == answers["known"]
        assert [status for status, *_ in answers[kind]] == [202] * 3 + [429] * 2 + [400] * 9

    @pytest.mark.parametrize("by", [str, "{}@example.org".format], ids=["username", "address"])
    def test_of_a_sign_in_are_the_same_for_every_name(self, everybody, now, kind, by):
        with time_machine.travel(now, tick=False):
            answers = {each: [told(answer) for answer in signing_in(each, by=by)] for each in (KINDS[0], kind)}
        assert answers[kind] == answers["known"]
        assert [status for status, *_ in answers[kind]] == [401] * 5 + [429] * 2


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_flood_from_everywhere_and_nowhere_sends_what_the_budget_allows(box, now):
    """Fifteen addresses, of which ten are known, three messages each: more than one network may ask for."""
    people = [make_user(f"person{number}", email_verified_at=now) for number in range(10)]
    addresses = [*(person.email for person in people), *(f"nobody{number}@example.org" for number in range(5))]
    chance, asked = dice("flood"), [addresses[number % 15] for number in range(rounds(60, 1000))]
    acts = [partial(request_reset, email, forwarded=_anywhere(chance)) for email in asked]
    answers = storm(acts, connections=rounds(10, 50))

    assert Counter(map(outcome, answers)) == {202: PER_NETWORK, "too_many_attempts": len(asked) - PER_NETWORK}
    accepted = Counter(email for email, answer in zip(asked, answers, strict=True) if answer.status_code == 202)
    assert max(accepted.values()) <= PER_ADDRESS
    letters = Counter(letter.recipient for letter in box.empty())
    announced = Counter({person.email: person.deliveries.count() for person in people})
    assert announced == +Counter({person.email: accepted[person.email] for person in people})
    assert set(letters) == set(+announced)
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
