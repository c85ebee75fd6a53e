"""Query parameters of the inbox."""

import django_filters

from apps.notifications.models import Notification


class NotificationFilter(django_filters.FilterSet):
    """`?is_read=true|false&topic=`."""

    is_read = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", exclude=True)
    topic = django_filters.CharFilter()

    class Meta:
        model = Notification
        fields: list[str] = []
