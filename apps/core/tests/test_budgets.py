"""Budgets and growing delays: counted exactly, by whom, and when they are forgotten."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from apps.core.budgets import address_prefix, expire_budgets, forgive, spend, try_once
from apps.core.errors import TooManyAttempts
from apps.core.models import Budget
from apps.core.testing.proofs import race, rounds

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CONNECTIONS = 50


def spend_one(subject: str = "amina", *, scope: str = "codes", limit: int = 3, at: datetime = NOW) -> None:
    spend(scope, subject, limit=limit, window=15 * MINUTE, now=at)


def attempt(subject: str = "amina", *, at: datetime = NOW) -> float:
    """Try once, and return for how many seconds one has to wait instead; 0 when the attempt counts."""
    try:
        try_once("attempt", subject, free=5, longest=15 * MINUTE, forgotten_after=60 * MINUTE, now=at)
    except TooManyAttempts as refusal:
        return refusal.wait
    return 0


@pytest.mark.django_db
class TestSpending:
    def test_a_budget_holds_as_many_as_it_says_and_names_the_wait(self):
        for minutes in range(3):
            spend_one(at=NOW + minutes * MINUTE)
        with pytest.raises(TooManyAttempts) as refusal:
            spend_one(at=NOW + 5 * MINUTE)
        assert refusal.value.wait == 600

    def test_what_is_over_the_budget_does_not_make_the_wait_longer(self):
        for _ in range(10):
            with pytest.raises(TooManyAttempts):
                spend_one(limit=0)
        spend_one(limit=1, at=NOW + 15 * MINUTE)

    @pytest.mark.parametrize("other", [{"subject": "lena"}, {"scope": "resets"}, {"at": NOW + 15 * MINUTE}])
    def test_another_subject_scope_or_window_has_its_own(self, other):
        spend_one(limit=1)
        spend_one(limit=1, **other)

    def test_no_counter_names_anybody(self):
        spend_one("amina@example.org")
        assert b"amina" not in bytes(Budget.objects.get().key_hash)


@pytest.mark.django_db
class TestDelays:
    def test_grow_after_the_free_attempts_by_doubling_up_to_the_longest(self):
        assert [attempt() for _ in range(5)] == [0] * 5
        at, waits = NOW, []
        for _ in range(12):
            waits.append(attempt(at=at))
            assert attempt(at=at + (waits[-1] - 1) * SECOND) > 0
            at += waits[-1] * SECOND
            assert attempt(at=at) == 0
        assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]

    def test_a_refused_attempt_makes_no_delay_longer(self):
        for _ in range(5):
            attempt()
        assert [attempt(at=NOW + SECOND) for _ in range(20)] == [1] * 20
        assert attempt(at=NOW + 2 * SECOND) == 0

    def test_are_forgotten_after_an_hour_without_an_attempt(self):
        for _ in range(5):
            attempt()
        assert [attempt(at=NOW + 60 * MINUTE) for _ in range(5)] == [0] * 5
        assert attempt(at=NOW + 60 * MINUTE) == 2

    def test_are_forgiven_for_one_subject(self):
        for subject in ("amina", "lena"):
            for _ in range(5):
                attempt(subject)
        forgive("attempt", "amina")
        assert (attempt("amina"), attempt("lena")) == (0, 2)

    def test_counters_are_kept_as_long_as_anything_depends_on_them(self):
        attempt()
        assert expire_budgets(now=NOW + timedelta(days=2)) == 0
        assert expire_budgets(now=NOW + timedelta(days=2) + SECOND) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("203.0.114.7", "203.0.114.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::", "2001:db8:1::/48"),
        ("2001:db8:2::", "2001:db8:2::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),  # A server that listens on `::` sees IPv4 callers like this.
        ("fe80::1%eth0", "fe80::/48"),
        (None, "unknown"),
        ("", "unknown"),
        ("rubbish", "unknown"),
        ("203.0.113.7, 198.51.100.7", "unknown"),
    ],
)
def test_the_network_of_an_address(address, network):
    assert address_prefix(address) == network


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_fifty_at_once_a_budget_lets_exactly_its_number_pass(self):
        for number in range(rounds(2, 20)):
            outcomes = race([partial(spend_one, str(number), limit=7)] * CONNECTIONS)
            assert counted(outcomes) == {"NoneType": 7, "TooManyAttempts": CONNECTIONS - 7}

    def test_of_fifty_attempts_at_once_the_free_ones_count_and_after_the_delay_one(self):
        for number in range(rounds(2, 20)):
            waits = race([partial(attempt, str(number))] * CONNECTIONS)
            assert Counter(waits) == {0: 5, 2: CONNECTIONS - 5}
            waits = race([partial(attempt, str(number), at=NOW + 2 * SECOND)] * CONNECTIONS)
            assert Counter(waits) == {0: 1, 4: CONNECTIONS - 1}


def counted(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(each).__name__ for each in outcomes)
