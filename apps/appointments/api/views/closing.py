"""Closing what is overdue now, instead of at the next beat."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdmin
from apps.appointments.services.closing import close_overdue
from apps.core.http.views import CareLoopViewSet


class ClosedOutput(serializers.Serializer[Any]):
    """How many appointments were closed."""

    example = {"unanswered": 2, "missed": 5}

    unanswered = serializers.IntegerField(help_text="Requests whose time came without an answer.")
    missed = serializers.IntegerField(help_text="Visits to which nobody came.")


class ClosingViewSet(CareLoopViewSet):
    """The nightly job, on demand."""

    permission_classes = [IsAdmin]
    pagination_class = None
    is_idempotent = False  # It commits batch by batch, and a second run finds nothing left.

    @extend_schema(request=None, responses={200: ClosedOutput})
    def create(self, request: Request) -> Response:
        """Close now what beat closes by itself: unanswered requests and missed visits. Nothing is deleted."""
        return Response(close_overdue(now=timezone.now())._asdict())
