"""Signing up, the patients a login manages or treats, and claiming a record."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Role
from apps.accounts.doors import SignedInOutput, signed_in
from apps.accounts.permissions import IsDoctor, IsSignedIn, IsSignedInOrApplying, caller
from apps.accounts.services.codes import LIFETIME
from apps.core.errors import InvalidInput, NotFound
from apps.core.http.views import CareLoopViewSet, ListMixin, one_or_absent
from apps.core.models import AuditEvent
from apps.patients.api.filters import PatientFilter
from apps.patients.api.serializers.people import (
    AccessLogOutput,
    AddPatientInput,
    ClaimInput,
    ClaimSentOutput,
    ConfirmClaimInput,
    PatientInput,
    PatientOutput,
    RegisterInput,
)
from apps.patients.doors import ClinicalViewSet
from apps.patients.models import Patient
from apps.patients.selectors import access_log, with_names
from apps.patients.services import claiming, demographics, registering, signing_up


class RegisterViewSet(CareLoopViewSet):
    """Signing up."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=RegisterInput, responses={201: SignedInOutput})
    def create(self, request: Request) -> Response:
        """Sign up as a patient, with consent, and be signed in at once.

        As a DOCTOR you may then apply to be one (`doctors/apply/`); nobody becomes a hospital or an administrator here.
        """
        session = signing_up.sign_up(**self.parse(RegisterInput), now=timezone.now())
        return Response(signed_in(session), status=201)


class _PatientRows(ClinicalViewSet):
    """Rows of patients: birth date, sex and blood group are clinical, name and contact are not."""

    queryset = Patient.objects.all()
    serializer_class = PatientOutput
    filterset_class = PatientFilter

    def looked_at(self, rows: list[Any]) -> set[UUID]:
        """Return who is shown to somebody who does not manage them; staff are shown name and contact only."""
        is_staff = caller(self.request).role == Role.HOSPITAL
        return set() if is_staff else {row.pk for row in rows if row.relation is None}


class PatientViewSet(_PatientRows):
    """The patients the caller manages, treats now, or (as hospital staff) has registered."""

    permission_classes = [IsSignedInOrApplying]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what the caller is to the patient."""
        related: QuerySet[Any] = queryset.with_relation_of(caller(self.request))  # type: ignore[attr-defined]
        return related

    @extend_schema(request=AddPatientInput, responses={201: PatientOutput})
    def create(self, request: Request) -> Response:
        """Add somebody you look after, by `relation`; hospital staff, without it, register a walk-in.

        409 `already_has_record` for a second record of your own (`SELF`).
        """
        given = self.parse(AddPatientInput)
        actor, now, relation = caller(request), timezone.now(), given.pop("relation", None)
        if relation is not None:
            made = registering.add_patient(actor=actor, relation=relation, **given, now=now)
        elif actor.role == Role.HOSPITAL:
            made = registering.register_walk_in(actor=actor, **given, now=now)
        else:
            raise InvalidInput("relation", _("Say what you are to the patient."), code="required")
        return self.answer(one_or_absent(self.get_queryset(), made.pk), status=201)

    @extend_schema(request=PatientInput, responses={200: PatientOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace what is known of a patient: what is left out is emptied. Managers only; see PATCH for hospitals."""
        return self._change(is_whole=True)

    @extend_schema(request=PatientInput, responses={200: PatientOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is known of a patient you manage.

        Hospital staff change name and contact of a walk-in registered with them, as long as nobody manages the record.
        """
        return self._change(is_whole=False)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Manage a dependant no more. Nothing is deleted; when nobody else manages the record, its care ends too.

        409 `own_record` for one's own.
        """
        with transaction.atomic():
            patient = self.locked_object()
            registering.give_up_patient(actor=caller(request), patient=patient, now=timezone.now())
        return Response(status=204)

    def _change(self, *, is_whole: bool) -> Response:
        changes = self.parse(PatientInput, partial=not is_whole)
        with transaction.atomic():
            changed = demographics.change_patient(
                actor=caller(self.request),
                patient=self.locked_object(),
                changes=changes,
                is_whole=is_whole,
                now=timezone.now(),
            )
            return self.answer(one_or_absent(self.get_queryset(), changed.pk))


class OwnPatientViewSet(PatientViewSet):
    """The caller's own record as a patient, without its id; absent for a login that has none."""

    pagination_class = None

    def get_object(self) -> Any:
        """Return the caller's own record."""
        own = Patient.objects.own_of(caller(self.request)).order_by("id").values_list("pk", flat=True).first()
        if own is None:
            raise NotFound
        return one_or_absent(self.get_queryset(), own)


class MyPatientsViewSet(_PatientRows):
    """Whom a doctor treats."""

    permission_classes = [IsDoctor]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out whom the doctor only manages."""
        actor = caller(self.request)
        treated: QuerySet[Any] = queryset.treated_by(actor, now=timezone.now()).with_relation_of(actor)  # type: ignore[attr-defined]
        return treated


class ClaimViewSet(CareLoopViewSet):
    """Taking over the record that a hospital began for oneself, or for somebody one looks after."""

    permission_classes = [IsSignedIn]
    throttle_scope = "auth"
    commits_itself = True  # A wrong code is counted.
    pagination_class = None

    @extend_schema(request=ClaimInput, responses={202: ClaimSentOutput})
    def send(self, request: Request) -> Response:
        """Send a code to the contact on a record that nobody manages yet. The answer is the same for every record."""
        claiming.request_claim(actor=caller(request), **self.parse(ClaimInput), now=timezone.now())
        return Response({"expires_in_seconds": int(LIFETIME.total_seconds())}, status=202)

    @extend_schema(request=ConfirmClaimInput, responses={200: PatientOutput})
    def confirm(self, request: Request) -> Response:
        """Manage the record from now on, by the code. 400 `wrong_code`."""
        given, actor = self.parse(ConfirmClaimInput), caller(request)
        code = given.pop("otp_code")
        claimed = claiming.claim_patient(actor=actor, code=code, **given, now=timezone.now())
        shown = one_or_absent(Patient.objects.visible_to(actor).with_relation_of(actor), claimed.pk)
        return self.answer(shown, output=PatientOutput)


class AccessLogViewSet(ListMixin, CareLoopViewSet):
    """Who did what with a patient's record, and who read it: for those who manage it. Newest first."""

    permission_classes = [IsSignedIn]
    serializer_class = AccessLogOutput
    queryset = AuditEvent.objects.all()

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows about the patient; absent where the caller does not manage the patient."""
        if getattr(self, "swagger_fake_view", False):
            return AuditEvent.objects.none()
        reader = caller(self.request)
        patient = one_or_absent(Patient.objects.managed_by(reader), self.kwargs["pk"])
        return access_log(reader=reader, patient_id=patient.pk)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List who did what with the patient's record, and who read it. Only for those who manage it."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(AccessLogOutput(with_names(page), many=True).data)
