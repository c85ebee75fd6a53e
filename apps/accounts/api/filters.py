"""Query parameters of logins."""

import django_filters
from django.db.models import Q, QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.http.filters import UpperChoiceFilter


class UserFilter(django_filters.FilterSet):
    """`?role=&is_active=&search=`."""

    role = UpperChoiceFilter(choices=Role.choices)
    is_active = django_filters.BooleanFilter()
    search = django_filters.CharFilter(method="filter_search")

    class Meta:
        model = User
        fields: list[str] = []

    def filter_search(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Return the logins in whose username, e-mail or name the words occur."""
        named = Q(first_name__icontains=value) | Q(last_name__icontains=value)
        return queryset.filter(named | Q(username__icontains=value) | Q(email__icontains=value))
