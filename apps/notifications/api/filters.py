"""Query parameters of the inbox."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.notifications.models import Notification


class TrueOrFalseField(forms.NullBooleanField):
    """`true` or `false`. Django's own field takes everything else for "not asked", in silence."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        """Return the answer, None when nothing was asked; raises ValidationError."""
        if value in self.empty_values:
            return None
        known = {"true": True, "false": False}
        if str(value).lower() not in known:
            raise ValidationError(_("Say true or false."), code="invalid")
        return known[str(value).lower()]


class TrueOrFalseFilter(django_filters.BooleanFilter):
    """A yes-or-no question."""

    field_class = TrueOrFalseField


class NotificationFilter(django_filters.FilterSet):
    """`?is_read=true|false&topic=`."""

    is_read = TrueOrFalseFilter(field_name="read_at", lookup_expr="isnull", exclude=True)
    topic = django_filters.CharFilter()

    class Meta:
        model = Notification
        fields: list[str] = []
