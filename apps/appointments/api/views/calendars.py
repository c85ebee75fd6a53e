"""Private calendars: making and revoking an address, and what stands behind it."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.appointments.api.serializers.calendars import FeedOutput, NewFeedOutput
from apps.appointments.models import CalendarFeed
from apps.appointments.services.feeds import calendar_of_feed, make_feed, revoke_feed
from apps.core.http.views import CareLoopViewSet, is_named

CALENDAR_EXAMPLE = OpenApiExample(
    "Example",
    value="BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//CareLoop//Appointments//EN\r\n...\r\nEND:VCALENDAR\r\n",
    media_type="text/calendar",
)


def calendar_answer(content: bytes, *, filename: str) -> HttpResponse:
    """Return a calendar as an attachment that no cache keeps."""
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"},
    )


class FeedViewSet(CareLoopViewSet):
    """The caller's private calendar address."""

    permission_classes = [IsSignedIn]
    pagination_class = None
    shows_once = True  # The address.

    @extend_schema(responses={200: FeedOutput})
    def retrieve(self, request: Request) -> Response:
        """Say whether there is a private calendar address, and since when."""
        feed = CalendarFeed.objects.filter(user=caller(request)).first()
        return self.answer({"is_on": feed is not None, "made_at": feed and feed.updated_at}, output=FeedOutput)

    @extend_schema(request=None, responses={201: NewFeedOutput})
    def create(self, request: Request) -> Response:
        """Make a private address that calendars can subscribe to. It is shown once; the one before it ends."""
        url = f"{settings.SITE_URL}/api/v1/appointments/calendar/{make_feed(actor=caller(request))}.ics"
        return self.answer({"url": url}, status=201, output=NewFeedOutput)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request) -> Response:
        """Revoke the private address, if there is one. Calendars that subscribed to it get 404 from now on."""
        revoke_feed(actor=caller(request))
        return Response(status=204)


class PrivateCalendarViewSet(CareLoopViewSet):
    """What stands behind a private address."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    pagination_class = None
    throttle_scope = "calendar"

    @extend_schema(auth=[], responses={(200, "text/calendar"): OpenApiTypes.STR}, examples=[CALENDAR_EXAMPLE])
    def retrieve(self, request: Request, token: str) -> HttpResponse:
        """Read the calendar behind a private address: the visits of one's patients, and of oneself as a doctor."""
        content = calendar_of_feed(token=token, now=timezone.now())
        tag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
        is_known = is_named(tag, request.headers.get("If-None-Match", ""))  # Programs ask again and again.
        answer = HttpResponse(status=304) if is_known else calendar_answer(content, filename="careloop.ics")
        answer["ETag"], answer["Cache-Control"] = tag, "private, no-cache"
        return answer
