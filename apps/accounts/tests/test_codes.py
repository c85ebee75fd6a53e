"""One-time codes: what they open and for whom, for how long, how often; and how many may be asked for."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from apps.accounts.choices import CodePurpose
from apps.accounts.models import OneTimeCode
from apps.accounts.services.codes import WrongCode, code_of, issue_code, issue_codes, redeem_code
from apps.accounts.tests.searching import is_in
from apps.core.errors import TooManyAttempts
from apps.core.ids import uuid7
from apps.core.models import OutboxEvent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
AMINA = uuid7()
BOUND_TO: dict[str, Any] = {"purpose": CodePurpose.PASSWORD_RESET, "subject_id": AMINA, "requester": "amina"}


def issue(**changes: Any) -> OneTimeCode:
    return issue_code(**{**BOUND_TO, "now": NOW, **changes})


def redeem(issued: OneTimeCode, **changes: Any) -> OneTimeCode:
    return redeem_code(**{**BOUND_TO, "code": code_of(issued.pk), "now": NOW, **changes})


def other_than(issued: OneTimeCode) -> str:
    """Return six digits that are not this code."""
    return f"{(int(code_of(issued.pk)) + 1) % 1_000_000:06d}"


class TestWhatACodeOpens:
    def test_the_right_one_works_once(self):
        issued = issue()
        assert redeem(issued, now=NOW + SECOND) == issued
        issued.refresh_from_db()
        assert (issued.used_at, issued.guesses) == (NOW + SECOND, 1)
        with pytest.raises(WrongCode):
            redeem(issued)

    @pytest.mark.parametrize(
        "changes",
        [
            *({"purpose": purpose} for purpose in CodePurpose if purpose != BOUND_TO["purpose"]),
            {"subject_id": UUID(int=7)},
            {"requester": "lena"},
            {"requester": ""},
        ],
        ids=str,
    )
    def test_it_is_nothing_elsewhere_and_is_not_used_up_there(self, changes):
        issued = issue()
        with pytest.raises(WrongCode):
            redeem(issued, **changes)
        issued.refresh_from_db()
        assert issued.guesses == 0
        assert redeem(issued)

    @pytest.mark.parametrize("code", ["", "0", "abcdef", "12345", "1234567", "١٢٣٤٥٦", "é"])
    def test_what_is_no_code_is_wrong_and_no_failure_of_ours(self, code):
        with pytest.raises(WrongCode):
            redeem(issue(), code=code)

    @pytest.mark.parametrize(("age", "works"), [(599, True), (600, False), (601, False)])
    def test_it_is_good_for_ten_minutes(self, age, works):
        issued = issue()
        if works:
            assert redeem(issued, now=NOW + age * SECOND)
        else:
            with pytest.raises(WrongCode):
                redeem(issued, now=NOW + age * SECOND)

    def test_the_newest_kills_the_older(self):
        older, newest = issue(), issue(now=NOW + SECOND)
        with pytest.raises(WrongCode):
            redeem(older, now=NOW + SECOND)
        assert redeem(newest, now=NOW + SECOND) == newest
        with pytest.raises(WrongCode):  # Nor does it come back to life when the newest is used.
            redeem(older, now=NOW + SECOND)

    @pytest.mark.parametrize("changes", [{"purpose": CodePurpose.PASSWORD_UPDATE}, {"subject_id": UUID(int=7)}])
    def test_but_no_other_one(self, changes):
        issued = issue()
        issue(**changes)
        assert redeem(issued)

    def test_strangers_cannot_kill_it(self):
        issued = issue()
        issue(requester="lena")
        assert redeem(issued)


class TestGuessing:
    def test_the_fifth_guess_may_be_the_right_one(self):
        issued = issue()
        for _ in range(4):
            with pytest.raises(WrongCode):
                redeem(issued, code=other_than(issued))
        assert redeem(issued)

    def test_after_five_wrong_ones_the_right_one_is_wrong(self):
        issued = issue()
        for _ in range(5):
            with pytest.raises(WrongCode):
                redeem(issued, code=other_than(issued))
        with pytest.raises(WrongCode):
            redeem(issued)
        issued.refresh_from_db()
        assert (issued.guesses, issued.used_at) == (5, None)

    def test_inside_a_transaction_nothing_is_compared_or_sent(self):
        issued = issue()
        for act in (issue, lambda: redeem(issued)):
            with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
                act()
        issued.refresh_from_db()
        assert issued.guesses == 0
        assert OutboxEvent.objects.count() == 1


class TestBudgets:
    @pytest.mark.parametrize("varied", ["subject_id", "requester"])
    def test_three_in_a_quarter_of_an_hour_for_a_requester_and_for_a_subject(self, varied):
        def ask(minute: int) -> OneTimeCode:
            return issue(**{varied: uuid7()}, now=NOW + minute * MINUTE)

        for minute in range(3):
            ask(minute)
        with pytest.raises(TooManyAttempts) as refusal:
            ask(14)
        assert refusal.value.wait == 60
        assert ask(15)
        assert OneTimeCode.objects.count() == OutboxEvent.objects.count() == 4

    def test_a_request_for_several_counts_for_each(self):
        together, alone = [uuid7(), AMINA], {**BOUND_TO, "requester": "lena"}
        for _ in range(3):
            issue_codes(purpose=CodePurpose.PASSWORD_RESET, subject_ids=together, requester="amina", now=NOW)
        with pytest.raises(TooManyAttempts):
            issue_code(**alone, now=NOW)

    @pytest.mark.parametrize(
        ("of_one_network", "of_the_next"),
        [
            ([f"203.0.113.{host}" for host in range(31)], "203.0.114.0"),
            ([f"::ffff:203.0.113.{host}" for host in range(31)], "::ffff:203.0.114.0"),
            ([f"2001:db8:1:{subnet:x}::{subnet:x}" for subnet in range(31)], "2001:db8:2::"),
            ([None] * 31, "203.0.113.0"),
        ],
        ids=["IPv4", "IPv4 inside IPv6", "IPv6", "none"],
    )
    def test_thirty_for_a_network_whoever_asks_for_whom(self, of_one_network, of_the_next, call_from):
        def ask(address: str | None) -> OneTimeCode:
            call_from(address)
            return issue(subject_id=uuid7(), requester=str(uuid7()))

        for address in of_one_network[:30]:
            ask(address)
        with pytest.raises(TooManyAttempts):
            ask(of_one_network[30])
        assert ask(of_the_next)

    def test_what_is_refused_leaves_nothing(self):
        for _ in range(3):
            issued = issue()
        with pytest.raises(TooManyAttempts):
            issue()
        assert OneTimeCode.objects.count() == OutboxEvent.objects.count() == 3
        assert redeem(issued)


@pytest.mark.parametrize("disguise", [bytes.hex, base64.b64encode, bytes])
def test_the_search_for_digits_finds_them_in_any_form(disguise):
    """The tests that look for codes and find none would pass with a search that finds nothing."""
    for before in range(4):
        heap = disguise(b"." * before + b"code 123456 and more")
        heap = heap if isinstance(heap, bytes) else heap.encode()
        assert is_in(heap, "123456")
        assert not is_in(heap, "654321")
