"""Query parameters of notes."""

import django_filters

from apps.records.models import Note


class NoteFilter(django_filters.FilterSet):
    """`?patient=`."""

    patient = django_filters.UUIDFilter(field_name="patient_id")

    class Meta:
        model = Note
        fields: list[str] = []
