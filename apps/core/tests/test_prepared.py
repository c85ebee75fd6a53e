"""A question that is composed once: other values, other answers, and nothing of the last asking stays."""

import pytest
from django.db.models import CharField, DateTimeField, UUIDField
from django.utils import timezone

from apps.core import audit
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.core.prepared import Given, PreparedQuestion

pytestmark = pytest.mark.django_db


@pytest.fixture
def question() -> PreparedQuestion:
    composed = []

    def compose():
        composed.append(1)
        assert len(composed) == 1, "composed twice"
        named = AuditEvent.objects.filter(action=Given("action", CharField()), actor_id=Given("actor", UUIDField()))
        return named.filter(at__lte=Given("until", DateTimeField())).order_by("pk").values_list("pk", "action")

    return PreparedQuestion(compose)


def test_each_asking_has_its_own_values(question):
    actor = uuid7()
    rows = {name: [audit.record(name, actor_id=actor).pk for _ in range(2)] for name in ("opened", "it's closed %s")}
    until = timezone.now()
    for name, ids in rows.items():
        assert question.all(action=name, actor=actor, until=until) == [(pk, name) for pk in ids]
        assert question.first(action=name, actor=actor, until=until) == (ids[0], name)


def test_nothing_found_is_none(question):
    given = {"actor": uuid7(), "action": "opened", "until": timezone.now()}
    assert question.first(**given) is None
    assert question.all(**given) == []


def test_a_value_that_was_not_given_is_an_error(question):
    with pytest.raises(KeyError):
        question.first(action="opened")


def test_it_is_one_statement(question, django_assert_num_queries):
    with django_assert_num_queries(1):
        question.all(action="opened", actor=uuid7(), until=timezone.now())
