"""Query parameters of logins."""

from functools import reduce
from operator import or_

import django_filters
from django.db.models import Q, QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import SEARCHED, User
from apps.core.http.filters import TrueOrFalseFilter, UpperChoiceFilter


class UserFilter(django_filters.FilterSet):
    """`?role=&is_active=&search=`."""

    synonyms = {"user_type": "role"}

    role = UpperChoiceFilter(choices=Role.choices)
    is_active = TrueOrFalseFilter()
    search = django_filters.CharFilter(method="filter_search")

    class Meta:
        model = User
        fields: list[str] = []

    def filter_search(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Return the logins in whose username, e-mail or name the words occur."""
        return queryset.filter(reduce(or_, (Q(**{f"{column}__icontains": value}) for column in SEARCHED)))
