"""One refresh token, many connections: one of them wins, and because others held it too, nobody stays signed in."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.tests.calling import login, me, outcome, refresh
from apps.core.models import AuditEvent
from apps.core.outbox import relay_outbox
from apps.core.testing.proofs import race, rounds
from tests.world import make_user

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

CONNECTIONS = 50
Pair = dict[str, str]


@pytest.fixture
def amina(transactional_db) -> User:
    return make_user("amina")


def family_of(length: int) -> list[Pair]:
    """Sign in and refresh in turn: the pairs of one session, the present one last."""
    pairs = [login().json()]
    while len(pairs) < length:
        pairs.append(refresh(pairs[-1]["refresh"]).json())
    return pairs


def assert_nothing_opens(pairs: Sequence[Pair]) -> None:
    assert [me(pair["access"]) for pair in pairs] == [401] * len(pairs)
    assert [outcome(refresh(pair["refresh"])) for pair in pairs] == ["session_over"] * len(pairs)


def test_of_fifty_uses_at_once_exactly_one_succeeds_and_the_whole_family_ends(amina):
    for _ in range(rounds(3, 20)):
        family = family_of(3)
        answers = race([partial(refresh, family[-1]["refresh"])] * CONNECTIONS)
        assert Counter(map(outcome, answers)) == {200: 1, "session_over": CONNECTIONS - 1}
        winner = next(answer.json() for answer in answers if answer.status_code == 200)
        assert_nothing_opens([*family, winner])
    assert set(amina.sessions.values_list("end_reason", flat=True)) == {"TOKEN_REUSED"}


def test_an_old_token_used_beside_the_present_one_ends_the_family_whoever_is_first(amina):
    for _ in range(rounds(1, 20)):
        old, present = family_of(2)
        answers = race([partial(refresh, pair["refresh"]) for pair in (old, present)] * (CONNECTIONS // 2))
        winners = [answer.json() for answer in answers if answer.status_code == 200]
        assert len(winners) <= 1
        assert {outcome(answer) for answer in answers} <= {200, "session_over"}
        assert_nothing_opens([old, present, *winners])
    assert set(amina.sessions.values_list("end_reason", flat=True)) == {"TOKEN_REUSED"}


def test_the_person_is_told_once_for_each_theft_and_other_sessions_go_on(amina):
    elsewhere = login().json()
    thefts = rounds(1, 5)
    for _ in range(thefts):
        race([partial(refresh, login().json()["refresh"])] * CONNECTIONS)
    relay_outbox(now=timezone.now())
    told = amina.notifications.filter(topic="token_reused").values_list("subject_id", flat=True)
    assert set(told) == set(amina.sessions.filter(end_reason="TOKEN_REUSED").values_list("pk", flat=True))
    assert len(told) == AuditEvent.objects.filter(action="refresh_token_reused").count() == thefts
    assert me(elsewhere["access"]) == 200
