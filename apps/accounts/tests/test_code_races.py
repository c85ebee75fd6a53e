"""Codes under attack from many connections at once, and a search for their digits wherever anything is kept."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.choices import CodePurpose
from apps.accounts.models import OneTimeCode, User
from apps.accounts.services import codes
from apps.accounts.services.codes import code_of, issue_code
from apps.accounts.tests.calling import outcome, post, request_reset, storm, verify_reset
from apps.accounts.tests.searching import in_valkey, is_in
from apps.core.testing.proofs import rounds
from tests.dumps import dump_of
from tests.programs import database_url
from tests.world import make_user

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

CONNECTIONS = rounds(10, 50)
EMAIL = "amina@example.org"


@pytest.fixture
def amina(transactional_db) -> User:
    return make_user("amina")


@pytest.fixture
def compared(monkeypatch) -> list[str]:
    """Which code each comparison was with: a real one, or the one that stands in where there is none."""
    seen: list[str] = []
    compare = codes._is_code_of

    def note(code_id: Any, given: str) -> bool:
        seen.append(code_of(code_id))
        return compare(code_id, given)

    monkeypatch.setattr(codes, "_is_code_of", note)
    return seen


def issue(user: User) -> OneTimeCode:
    return issue_code(purpose=CodePurpose.PASSWORD_RESET, subject_id=user.pk, requester=user.email, now=timezone.now())


def test_of_many_wrong_guesses_at_once_five_are_compared_and_then_the_right_one_fails(amina, compared):
    issued = issue(amina)
    right = code_of(issued.pk)
    guesses = [guess for guess in map("{:06d}".format, range(10 * CONNECTIONS + 1)) if guess != right]
    answers = storm([partial(verify_reset, EMAIL, guess) for guess in guesses], connections=CONNECTIONS)
    assert set(map(outcome, answers)) == {"wrong_code"}
    issued.refresh_from_db()
    assert issued.guesses == compared.count(right) == 5
    assert len(compared) == len(guesses)  # The others cost as much.
    assert outcome(verify_reset(EMAIL, right)) == "wrong_code"
    assert compared.count(right) == 5


def test_of_many_right_ones_at_once_one_succeeds(amina):
    for _ in range(rounds(2, 3)):  # More than three codes nobody gets.
        right = code_of(issue(amina).pk)
        answers = storm([partial(verify_reset, EMAIL, right)] * (2 * CONNECTIONS), connections=CONNECTIONS)
        assert Counter(map(outcome, answers)) == {200: 1, "wrong_code": 2 * CONNECTIONS - 1}


def test_of_many_requests_at_once_three_are_answered_and_one_code_is_left(amina, now):
    answers = storm([partial(request_reset, EMAIL)] * CONNECTIONS, connections=CONNECTIONS)
    assert Counter(map(outcome, answers)) == {202: 3, "too_many_attempts": CONNECTIONS - 3}
    assert OneTimeCode.objects.count() == 3
    assert OneTimeCode.objects.open(now=now).count() == 1


def test_the_ticket_of_a_code_sets_one_password(amina):
    ticket = verify_reset(EMAIL, code_of(issue(amina).pk)).json()["token"]
    wanted = [f"correct horse battery {number}" for number in range(CONNECTIONS)]
    complete = partial(post, "auth/password/forgot/reset/complete", token=ticket)
    answers = storm([partial(complete, new_password=password) for password in wanted], connections=CONNECTIONS)
    assert Counter(map(outcome, answers)) == {204: 1, "ticket_over": CONNECTIONS - 1}
    amina.refresh_from_db()
    assert [amina.check_password(password) for password in wanted] == [answer.status_code == 204 for answer in answers]


def test_the_digits_stand_in_the_letter_and_nowhere_else(transactional_db, box, log):
    """Six digits stand somewhere by chance, so several codes are looked for: a place that keeps codes has them all."""
    people = [make_user(f"person{number}") for number in range(4)]
    asked = [request_reset(person.email) for person in people]
    letters = {letter.recipient: letter.body for letter in box.empty()}
    secrets = {code.requester: code_of(code.pk) for code in OneTimeCode.objects.all()}
    used = [verify_reset(email, code) for email, code in secrets.items()]
    assert [answer.status_code for answer in [*asked, *used]] == [202] * 4 + [200] * 4
    places = {
        "database": dump_of(database_url()),
        "Valkey": in_valkey(),
        "log": log.getvalue().encode(),
        "answers": b"".join(answer.content for answer in [*asked, *used]),
    }
    # What is no secret is found, so that not finding the codes means something.
    assert all(code in letters[email] and email.encode() in places["database"] for email, code in secrets.items())
    assert b"notifications.deliver" in places["Valkey"]
    assert b"forgot/reset/request" in places["log"]
    assert [place for place, heap in places.items() if all(is_in(heap, code) for code in secrets.values())] == []
