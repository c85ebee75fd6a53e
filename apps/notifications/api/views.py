"""The inbox, why one was or was not told, and the address of the live stream."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import CareLoopViewSet, ScopedViewSet, one_or_absent
from apps.notifications.api.filters import NotificationFilter
from apps.notifications.api.serializers import (
    DeliveryOutput,
    MarkedOutput,
    NotificationOutput,
    StreamOutput,
    UnreadCountOutput,
)
from apps.notifications.models import Delivery, Notification
from apps.notifications.selectors import with_words
from apps.notifications.services import inbox


class NotificationViewSet(ScopedViewSet):
    """The caller's own inbox."""

    permission_classes = [IsSignedIn]
    queryset = Notification.objects.all()
    serializer_class = NotificationOutput
    filterset_class = NotificationFilter

    def list(self, request: Request) -> Response:
        """List the inbox, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(NotificationOutput(with_words(page), many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open one notification, which marks it read."""
        opened = inbox.mark_read(actor=caller(request), notification=self.get_object(), now=timezone.now())
        return self.answer(with_words([opened])[0])

    @extend_schema(request=None, responses={200: NotificationOutput})
    @action(detail=True, methods=["post"])
    def read(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mark one notification read."""
        return self.retrieve(request, *args, **kwargs)

    @extend_schema(request=None, responses={200: MarkedOutput})
    @action(detail=False, methods=["post"], url_path="mark-all-read")
    def mark_all_read(self, request: Request) -> Response:
        """Mark the whole inbox read."""
        return Response({"marked": inbox.mark_all_read(actor=caller(request), now=timezone.now())})

    @extend_schema(responses={200: UnreadCountOutput})
    @action(detail=False, methods=["get"], url_path="unread-count", pagination_class=None, filter_backends=[])
    def unread_count(self, request: Request) -> Response:
        """Count what is unread."""
        return Response({"unread": Notification.objects.visible_to(caller(request)).unread().count()})


class DeliveryViewSet(ScopedViewSet):
    """Why was I, or was I not, told?"""

    permission_classes = [IsSignedIn]
    queryset = Delivery.objects.all()
    serializer_class = DeliveryOutput

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the messages sent, or not sent, about one notification."""
        told = one_or_absent(Notification.objects.visible_to(caller(request)), self.kwargs["pk"])
        rows = self.filter_queryset(self.get_queryset()).filter(topic=told.topic, subject_id=told.subject_id)
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(DeliveryOutput(page, many=True).data)


class StreamViewSet(CareLoopViewSet):
    """The address of the live stream."""

    permission_classes = [IsSignedIn]
    throttle_scope = "stream"
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=None, responses={201: StreamOutput})
    def create(self, request: Request) -> Response:
        """Get a one-time address of the live stream, so that a browser's EventSource needs no header."""
        ticket = inbox.issue_stream_ticket(session_id=request.auth, now=timezone.now())  # type: ignore[arg-type]
        seconds = int(inbox.TICKET_LIFETIME.total_seconds())
        body = {"url": f"{settings.STREAM_URL}/stream/{ticket}/", "expires_in_seconds": seconds}
        return Response(body, status=201)
