"""The audit log, for administrators and, its own part, for a hospital."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from apps.accounts.permissions import IsAdminOrHospitalStaff, caller
from apps.core.http.filters import MomentFilter
from apps.core.http.views import CareLoopViewSet, ListMixin
from apps.core.ids import first_uuid7_at
from apps.core.models import AuditEvent
from apps.hospitals.selectors import audit_events_visible_to


class AuditEventOutput(serializers.Serializer[Any]):
    """One thing that somebody did or read."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000991",
        "at": "2026-11-20T09:30:00Z",
        "action": "note_written",
        "actor": "019a9f3c-0000-7000-8000-000000000002",
        "subject_type": "records.note",
        "subject": "019a9f3c-0000-7000-8000-000000000601",
        "concerns": "019a9f3c-0000-7000-8000-000000000301",
        "hospital": "019a9f3c-0000-7000-8000-000000000101",
        "address": "203.0.113.7",
        "agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "details": {},
    }

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    actor = serializers.UUIDField(source="actor_id", allow_null=True)
    subject_type = serializers.CharField()
    subject = serializers.UUIDField(source="subject_id", allow_null=True)
    concerns = serializers.UUIDField(source="concerns_id", allow_null=True, help_text="The patient it is about.")
    hospital = serializers.UUIDField(source="tenant_id", allow_null=True)
    address = serializers.CharField(allow_null=True)
    agent = serializers.CharField()
    details = serializers.DictField()


class AuditEventFilter(django_filters.FilterSet):
    """`?action=&actor=&subject=&concerns=&from=&to=`: moments with an offset, `from` included and `to` not."""

    action = django_filters.CharFilter()
    actor = django_filters.UUIDFilter(field_name="actor_id")
    subject = django_filters.UUIDFilter(field_name="subject_id")
    concerns = django_filters.UUIDFilter(field_name="concerns_id")

    class Meta:
        model = AuditEvent
        fields: list[str] = []


def _made_since(queryset: QuerySet[AuditEvent], name: str, moment: datetime) -> QuerySet[AuditEvent]:
    return queryset.filter(id__gte=first_uuid7_at(moment))  # Ids begin with their time, and every index ends with them.


def _made_before(queryset: QuerySet[AuditEvent], name: str, moment: datetime) -> QuerySet[AuditEvent]:
    return queryset.filter(id__lt=first_uuid7_at(moment))


# `from` is a word of the language, so these two cannot stand in the class body.
AuditEventFilter.base_filters["from"] = MomentFilter(method=_made_since)
AuditEventFilter.base_filters["to"] = MomentFilter(method=_made_before)


class AuditEventViewSet(ListMixin, CareLoopViewSet):
    """Who did and read what: everything for administrators, a hospital's own for its staff. Newest first."""

    permission_classes = [IsAdminOrHospitalStaff]
    queryset = AuditEvent.objects.all()
    serializer_class = AuditEventOutput
    filterset_class = AuditEventFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Return what of the log the caller may read."""
        if getattr(self, "swagger_fake_view", False):
            return AuditEvent.objects.none()
        return audit_events_visible_to(caller(self.request))
