"""Query parameters of the inbox."""

import django_filters
from django.db.models import QuerySet

from apps.core.http.filters import MomentFilter, TrueOrFalseFilter, UpperChoiceFilter
from apps.notifications.choices import Kind
from apps.notifications.models import Notification
from apps.notifications.topics import names_of_kind


class NotificationFilter(django_filters.FilterSet):
    """`?is_read=true|false&kind=&topic=&from=&to=`, the times with an offset, the second not included."""

    is_read = TrueOrFalseFilter(field_name="read_at", lookup_expr="isnull", exclude=True)
    kind = UpperChoiceFilter(choices=Kind.choices, method="of_kind")
    topic = django_filters.CharFilter()

    class Meta:
        model = Notification
        fields: list[str] = []

    def of_kind(self, inbox: QuerySet[Notification], name: str, value: str) -> QuerySet[Notification]:
        """Return what is about the topics of one kind."""
        return inbox.filter(topic__in=names_of_kind(value))


# `from` is a word of the language, so these two cannot stand in the class body.
NotificationFilter.base_filters["from"] = MomentFilter(field_name="created_at", lookup_expr="gte")
NotificationFilter.base_filters["to"] = MomentFilter(field_name="created_at", lookup_expr="lt")
