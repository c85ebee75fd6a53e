"""A question that is composed once: other values, other answers, and nothing of the last asking stays."""

from datetime import datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from django.db.models import CharField, DateTimeField, UUIDField, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import audit
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.core.prepared import Given, NotKeepable, PreparedQuestion, columns_of, row_of

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


SOMEBODY = uuid7()


def events_of_somebody():
    """Ask as scoping does, which takes ids from rows and moments from the clock."""
    events = AuditEvent.objects.filter(actor_id=SOMEBODY, at__lte=timezone.now())
    return events.order_by("pk").values_list("pk", Value("100 %"))


def test_ids_that_stand_in_and_the_clock_are_given_too():
    question = PreparedQuestion(events_of_somebody, stand_ins={SOMEBODY: "actor"})
    actor = uuid7()
    event = audit.record("opened", actor_id=actor)
    assert question.all(actor=actor, now=timezone.now()) == [(event.pk, "100 %")]
    assert question.all(actor=actor, now=event.at - timedelta(seconds=1)) == []
    assert question.all(actor=uuid7(), now=timezone.now()) == []
    assert set(question.statement.names) == {"actor", "now"}


def test_the_day_is_given_too():
    question = PreparedQuestion(lambda: AuditEvent.objects.values_list(Value(timezone.now().date())))
    audit.record("opened", actor_id=None)
    day = timezone.now().date() - timedelta(days=3)
    assert question.first(today=day) == (day,)


def test_an_id_for_which_nothing_stands_is_never_kept():
    with pytest.raises(NotKeepable):
        PreparedQuestion(events_of_somebody).first(now=timezone.now())


@pytest.mark.parametrize("as_kept", [lambda moment: moment, datetime.date])
@pytest.mark.parametrize("strange", [timedelta(days=-1), timedelta(days=1)])
def test_a_moment_that_is_not_now_is_never_kept(strange, as_kept):
    question = PreparedQuestion(lambda: AuditEvent.objects.values_list(Value(as_kept(timezone.now() + strange))))
    with pytest.raises(NotKeepable):
        question.first(now=timezone.now(), today=timezone.now().date())


def test_the_server_keeps_its_plan_and_a_test_sees_it(question):
    given = {"actor": uuid7(), "action": "opened", "until": timezone.now()}
    with CaptureQueriesContext(connection) as captured:
        for _ in range(2):
            question.all(**given)
    assert [query["sql"] for query in captured] == [question.statement.sql] * 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = %s", [question.statement.sql])
        assert cursor.fetchone() == (1,)


def test_a_failure_is_told_as_django_tells_it():
    question = PreparedQuestion(lambda: AuditEvent.objects.extra(where=["1 / 0 = 1"]).values_list("pk"))
    with pytest.raises(DataError), transaction.atomic():
        question.all()


def test_a_row_is_what_its_model_reads():
    event = audit.record("opened", actor_id=uuid7(), details={"code": "x"})
    columns = PreparedQuestion(lambda: AuditEvent.objects.values_list(*columns_of(AuditEvent))).first()
    assert columns is not None
    read, known = row_of(AuditEvent, columns), AuditEvent.objects.get(pk=event.pk)
    assert [getattr(read, name) for name in columns_of(AuditEvent)] == [
        getattr(known, name) for name in columns_of(AuditEvent)
    ]
    assert not read._state.adding
