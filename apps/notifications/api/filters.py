"""Query parameters of the inbox."""

import django_filters

from apps.core.http.filters import TrueOrFalseFilter
from apps.notifications.models import Notification


class NotificationFilter(django_filters.FilterSet):
    """`?is_read=true|false&topic=`."""

    is_read = TrueOrFalseFilter(field_name="read_at", lookup_expr="isnull", exclude=True)
    topic = django_filters.CharFilter()

    class Meta:
        model = Notification
        fields: list[str] = []
