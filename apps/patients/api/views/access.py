"""Opening a whole record for a while, ending that, and reviewing emergencies."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdminOrHospitalStaff, IsDoctor, IsSignedIn, caller
from apps.accounts.services.codes import LIFETIME
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet
from apps.patients.api.filters import GrantFilter
from apps.patients.api.serializers.access import (
    AccessCodeSentOutput,
    BreakGlassInput,
    GrantOutput,
    NamePatientInput,
    OpenRecordInput,
    ReviewInput,
)
from apps.patients.choices import GrantKind
from apps.patients.models import AccessGrant
from apps.patients.services import access


class AccessCodeViewSet(CareLoopViewSet):
    """Reading a whole record by the patient's code."""

    permission_classes = [IsDoctor]
    throttle_scope = "auth"
    commits_itself = True  # A wrong code is counted.
    pagination_class = None

    @extend_schema(request=NamePatientInput, responses={202: AccessCodeSentOutput})
    def send(self, request: Request) -> Response:
        """Send the patient a code. The answer is the same whether or not there is such a patient."""
        access.request_access(actor=caller(request), **self.parse(NamePatientInput), now=timezone.now())
        return Response({"expires_in_seconds": int(LIFETIME.total_seconds())}, status=202)

    @extend_schema(request=OpenRecordInput, responses={201: GrantOutput})
    def verify(self, request: Request) -> Response:
        """Read everything about the patient for 30 minutes, by the code that the patient told you. 400 `wrong_code`."""
        grant = access.open_record(actor=caller(request), **self.parse(OpenRecordInput), now=timezone.now())
        return self.answer(grant, status=201, output=GrantOutput)


class GrantViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Who may read a whole record, and who might: for the patient's managers and the doctor."""

    permission_classes = [IsSignedIn]
    queryset = AccessGrant.objects.all()
    serializer_class = GrantOutput
    filterset_class = GrantFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the doctor's name, and whether the relationship has ended."""
        return queryset.select_related("doctor__user", "relationship")

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End a grant at once, as a manager of the patient."""
        with transaction.atomic():
            access.revoke_grant(actor=caller(request), grant=self.locked_object(), now=timezone.now())
        return Response(status=204)


class BreakGlassViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Records that were opened in an emergency: told to patient and hospital at once, and reviewed."""

    permission_classes = [IsSignedIn]
    queryset = AccessGrant.objects.all()
    serializer_class = GrantOutput
    filterset_class = GrantFilter
    commits_itself = True  # What is asked for is counted.

    def get_permissions(self) -> list[Any]:
        """Doctors have emergencies; hospitals and administrators review them."""
        special = {"create": IsDoctor, "review": IsAdminOrHospitalStaff}.get(self.action or "")
        return [special()] if special else list(super().get_permissions())

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to emergencies."""
        return queryset.filter(kind=GrantKind.BREAK_GLASS).select_related("doctor__user", "relationship")

    @extend_schema(request=BreakGlassInput, responses={201: GrantOutput})
    def create(self, request: Request) -> Response:
        """Open a record in an emergency: for one hour, read-only, told to patient and hospital at once, reviewed."""
        grant = access.break_glass(actor=caller(request), **self.parse(BreakGlassInput), now=timezone.now())
        return self.answer(grant, status=201)

    @extend_schema(request=ReviewInput, responses={200: GrantOutput})
    def review(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write down whether it was an emergency; `NOT_JUSTIFIED` ends the access too. 409 `already_reviewed`."""
        given = self.parse(ReviewInput)
        reviewed = access.review_emergency(actor=caller(request), grant=self.get_object(), **given, now=timezone.now())
        return self.answer(reviewed)
