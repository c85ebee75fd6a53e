"""A list makes the filters that are asked for, and those that must be given."""

from types import SimpleNamespace

import django_filters
import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.core.http.filters import StrictFilterBackend
from apps.core.http.problems import BadParameter
from apps.core.models import AuditEvent


class EventFilter(django_filters.FilterSet):
    """Events of an actor who must be named."""

    synonyms = {"doer": "actor"}

    action = django_filters.CharFilter()
    actor = django_filters.UUIDFilter(field_name="actor_id", required=True)
    trace = django_filters.CharFilter(field_name="trace_id")

    class Meta:
        model = AuditEvent
        fields: list[str] = []


VIEW = SimpleNamespace(filterset_class=EventFilter)
SOMEBODY = "019a9f3c-0000-7000-8000-000000000001"


def asked(query: str) -> Request:
    return Request(APIRequestFactory().get(f"/?{query}"))


@pytest.mark.parametrize(
    ("query", "made"),
    [
        ("", {"actor"}),
        ("action=opened", {"action", "actor"}),
        (f"doer={SOMEBODY}", {"actor"}),
        (f"actor={SOMEBODY}&trace=1&page_size=5", {"actor", "trace"}),
    ],
)
def test_only_what_is_asked_for_is_made(query, made):
    filters = StrictFilterBackend().get_filterset(asked(query), AuditEvent.objects.all(), VIEW)
    assert set(filters.form.fields) == made
    assert set(EventFilter.base_filters) == {"action", "actor", "trace"}


@pytest.mark.parametrize("query", ["", "action=opened", "actor=nobody", f"actor={SOMEBODY}&unknown=1"])
def test_what_must_be_given_and_what_nobody_knows_is_refused(query):
    with pytest.raises(BadParameter):
        StrictFilterBackend().filter_queryset(asked(query), AuditEvent.objects.all(), VIEW)


def test_a_filter_that_is_made_filters():
    query = f"actor={SOMEBODY}&action=opened"
    found = StrictFilterBackend().filter_queryset(asked(query), AuditEvent.objects.all(), VIEW)
    assert found.query.where == AuditEvent.objects.filter(action="opened", actor_id=SOMEBODY).query.where
