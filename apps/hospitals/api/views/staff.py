"""The staff of hospitals."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdminOrHospitalStaff, caller
from apps.core.http.views import CareLoopViewSet, ListMixin, ScopedViewSet
from apps.hospitals.api.filters import StaffFilter
from apps.hospitals.api.serializers.staff import AcceptInvitationInput, InviteStaffInput, StaffOutput
from apps.hospitals.models import StaffMember
from apps.hospitals.services import staff


class StaffViewSet(ListMixin, ScopedViewSet):
    """The logins that act for your hospital."""

    permission_classes = [IsAdminOrHospitalStaff]
    queryset = StaffMember.objects.all()
    serializer_class = StaffOutput
    filterset_class = StaffFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the logins along."""
        return queryset.select_related("user")

    @extend_schema(request=InviteStaffInput, responses={201: StaffOutput})
    def create(self, request: Request) -> Response:
        """Invite somebody by e-mail, for 7 days; inviting again sends a new link and ends the older one.

        409 `already_staff`.
        """
        given = self.parse(InviteStaffInput)
        invited = staff.invite_staff(
            actor=caller(request), email=given["email"], hospital_id=given["hospital"], now=timezone.now()
        )
        return self.answer(invited, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deactivate a login, or withdraw an invitation. 409 `last_staff` for the hospital's last active login."""
        with transaction.atomic():
            staff.deactivate_staff(actor=caller(request), member=self.locked_object(), now=timezone.now())
        return Response(status=204)


class AcceptInvitationViewSet(CareLoopViewSet):
    """Joining a hospital's staff."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=AcceptInvitationInput, responses={200: StaffOutput})
    def accept(self, request: Request) -> Response:
        """Accept an invitation with the token of its link, once; then sign in. 400 `invitation_over`."""
        member = staff.accept_invitation(**self.parse(AcceptInvitationInput), now=timezone.now())
        return self.answer(member, output=StaffOutput)
