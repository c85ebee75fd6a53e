"""The inbox, how one wants to be told, why one was or was not, the live stream's address, and what providers report."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.errors import NotSignedIn
from apps.core.http.parsers import RawParser
from apps.core.http.views import CareLoopViewSet, ScopedViewSet, one_or_absent
from apps.notifications.api.filters import NotificationFilter
from apps.notifications.api.serializers.inbox import (
    DeliveryOutput,
    MarkedOutput,
    NotificationOutput,
    StreamOutput,
    UnreadCountOutput,
)
from apps.notifications.api.serializers.preferences import PreferencesInput, PreferencesOutput, choice_of
from apps.notifications.channels.reports import Forged, read_report
from apps.notifications.models import Delivery, Notification, Preferences
from apps.notifications.selectors import with_words
from apps.notifications.services import inbox, streaming
from apps.notifications.services.deciding import preferences_of
from apps.notifications.services.preferences import choose_preferences, locked_preferences
from apps.notifications.services.reports import take_report


class NotificationViewSet(ScopedViewSet):
    """The caller's own inbox."""

    permission_classes = [IsSignedIn]
    queryset = Notification.objects.all()
    serializer_class = NotificationOutput
    filterset_class = NotificationFilter

    def list(self, request: Request) -> Response:
        """List the inbox, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(NotificationOutput(with_words(page, reader=caller(request)), many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open one notification, which marks it read."""
        reader = caller(request)
        opened = inbox.mark_read(actor=reader, notification=self.get_object(), now=timezone.now())
        return self.answer(with_words([opened], reader=reader)[0])

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

    @extend_schema(request=None, responses={204: None})
    @action(detail=False, methods=["delete"], url_path="delete-all")
    def delete_all(self, request: Request) -> Response:
        """Empty the inbox. What was told and how stays in the ledger."""
        inbox.delete_all(actor=caller(request), now=timezone.now())
        return Response(status=204)

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
        """Get a one-time address of the live stream, so that a browser's EventSource needs no header.

        It sends one event `ready`, then for each new entry of the inbox an event `notification` with it as data.
        A stream that breaks is resumed at the same address with the id of its last event, as an EventSource does by
        itself, for a day and as long as the session lives; after a 404, ask for a new address.
        """
        ticket = streaming.issue_stream_ticket(session_id=request.auth, now=timezone.now())  # type: ignore[arg-type]
        seconds = int(streaming.TICKET_LIFETIME.total_seconds())
        body = {"url": f"{settings.STREAM_URL}/stream/{ticket}/", "expires_in_seconds": seconds}
        return Response(body, status=201)


class PreferencesViewSet(ScopedViewSet):
    """How the caller wants to be told outside of the inbox."""

    permission_classes = [IsSignedIn]
    queryset = Preferences.objects.all()
    serializer_class = PreferencesOutput
    pagination_class = None
    filter_backends = []

    def retrieve(self, request: Request) -> Response:
        """Show through which channels, at which hours and in which detail one is told."""
        return self.answer(preferences_of(caller(request)))

    @extend_schema(request=PreferencesInput, responses={200: PreferencesOutput})
    def update(self, request: Request) -> Response:
        """Choose anew: what is left out is as if it was never chosen."""
        return self._choose(self.parse(PreferencesInput), is_change=False)

    @extend_schema(request=PreferencesInput, responses={200: PreferencesOutput})
    def partial_update(self, request: Request) -> Response:
        """Change some of it: what is left out stays."""
        return self._choose(self.parse(PreferencesInput), is_change=True)

    def _choose(self, given: dict[str, Any], *, is_change: bool) -> Response:
        actor = caller(self.request)
        with transaction.atomic():
            kept = locked_preferences(actor=actor)
            self.check_precondition(kept)
            choice = choice_of(given, before=kept if is_change else Preferences(user=actor))
            return self.answer(choose_preferences(actor=actor, choice=choice, now=timezone.now()))


FORM = "application/x-www-form-urlencoded"
SAID = {"MessageSid": "SM0123456789abcdef", "MessageStatus": "delivered"}


class TextMessageStatusView(APIView):
    """What the gateway of text messages reports of one message afterwards."""

    permission_classes = [AllowAny]
    authentication_classes = []
    parser_classes = [RawParser]
    throttle_scope = "report"

    @extend_schema(
        request={FORM: OpenApiTypes.OBJECT},
        examples=[OpenApiExample("Example", value=SAID, request_only=True, media_type=FORM)],
        responses={204: None},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Take the report that the gateway has signed; one that comes twice, or late, changes nothing."""
        try:
            # Where there is no body, DRF asks no parser.
            report = read_report(pk, headers=request.headers, body=cast(bytes, request.data or b""))
        except Forged as failure:
            raise NotSignedIn from failure
        take_report(delivery_id=pk, **report._asdict(), now=timezone.now())
        return Response(status=204)
