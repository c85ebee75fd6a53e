"""Doctors, for those who answer for them: their hospital, administrators, themselves."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdminOrHospitalStaff, IsSignedInOrApplying, caller
from apps.core.errors import NotFound
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet
from apps.hospitals.api.filters import DiseaseFilter, HospitalDoctorFilter
from apps.hospitals.api.serializers.directory import (
    DiseaseInput,
    RecommendedOutput,
    SpecializationOutput,
)
from apps.hospitals.api.serializers.doctors import (
    AddDoctorInput,
    ChangeDoctorInput,
    NewDoctorOutput,
    OwnDoctorOutput,
    OwnPracticeInput,
)
from apps.hospitals.doors import COUNTED, DirectoryViewSet, DoctorOutput
from apps.hospitals.models import Doctor
from apps.hospitals.selectors import doctors_for_disease, specialization_counts
from apps.hospitals.services import doctors
from apps.hospitals.services.profiles import change_own_profile


class ManagesDoctors(ScopedViewSet):
    """What both doors to doctors, the hospital's and the directory's, do for those who answer for them."""

    shows_once = True  # The password.
    volatile = COUNTED

    def add(self) -> Response:
        """Make a doctor and show the login once."""
        added = doctors.add_doctor(actor=caller(self.request), **self.parse(AddDoctorInput), now=timezone.now())
        return Response(NewDoctorOutput(added).data, status=201)

    def change(self, *, partial: bool) -> Response:
        """Change this route's doctor."""
        changes = self.parse(ChangeDoctorInput, partial=partial)
        with transaction.atomic():
            doctors.change_doctor(
                actor=caller(self.request), doctor=self.locked_object(), now=timezone.now(), **changes
            )
        return self.answer(self.get_shown_object())  # With what floors above know.

    def deactivate(self) -> Response:
        """Deactivate this route's doctor."""
        with transaction.atomic():
            doctors.deactivate_doctor(actor=caller(self.request), doctor=self.locked_object(), now=timezone.now())
        return Response(status=204)


class HospitalDoctorViewSet(ListMixin, RetrieveMixin, ManagesDoctors):
    """The doctors of your hospital, in every state; administrators see all."""

    permission_classes = [IsAdminOrHospitalStaff]
    queryset = Doctor.objects.all()
    serializer_class = OwnDoctorOutput
    filterset_class = HospitalDoctorFilter

    def narrow(self, queryset: Any) -> QuerySet[Any]:
        """Bring along what is shown."""
        rows: QuerySet[Any] = queryset.shown().order_by("-id")
        return rows

    @extend_schema(request=AddDoctorInput, responses={201: NewDoctorOutput})
    def create(self, request: Request) -> Response:
        """Add a doctor to your hospital. Username and password are generated and shown only now.

        The password is changed at the first sign-in. 409 `licence_taken`.
        """
        return self.add()

    @extend_schema(request=ChangeDoctorInput, responses={200: OwnDoctorOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a doctor of your hospital; `is_active` lets a deactivated one work again."""
        return self.change(partial=False)

    @extend_schema(request=ChangeDoctorInput, responses={200: OwnDoctorOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a doctor of your hospital; `is_active` lets a deactivated one work again."""
        return self.change(partial=True)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deactivate a doctor of your hospital: the login stops on its next request, and is no longer listed."""
        return self.deactivate()

    @extend_schema(request=None, responses={200: NewDoctorOutput})
    @action(detail=True, methods=["post"], url_path="reset-password")
    def reset_password(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a doctor a new generated password, shown only now. Every session of the doctor ends."""
        actor, now = caller(request), timezone.now()
        return Response(
            NewDoctorOutput(doctors.reset_doctor_password(actor=actor, doctor=self.get_object(), now=now)).data
        )


class DoctorViewSet(DirectoryViewSet, ManagesDoctors):
    """The public directory: doctors who may be booked. Hospitals and administrators write here too."""

    permission_classes = [AllowAny]
    WRITING = ("create", "update", "partial_update", "destroy")

    def get_permissions(self) -> Any:
        """Let everybody read, and those write who answer for doctors."""
        return [IsAdminOrHospitalStaff()] if self.action in self.WRITING else super().get_permissions()

    def get_queryset(self) -> QuerySet[Any]:
        """Return the directory to readers; to writers the doctors they answer for."""
        if self.action in self.WRITING and not getattr(self, "swagger_fake_view", False):
            return Doctor.objects.visible_to(caller(self.request)).shown()
        return super().get_queryset()

    @extend_schema(request=AddDoctorInput, responses={201: NewDoctorOutput})
    def create(self, request: Request) -> Response:
        """Add a doctor, as a hospital or an administrator. Username and password are generated and shown only now.

        409 `licence_taken`.
        """
        return self.add()

    @extend_schema(request=ChangeDoctorInput, responses={200: DoctorOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a doctor, as their hospital or an administrator."""
        return self.change(partial=False)

    @extend_schema(request=ChangeDoctorInput, responses={200: DoctorOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a doctor, as their hospital or an administrator."""
        return self.change(partial=True)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deactivate a doctor, as their hospital or an administrator. Nothing is deleted."""
        return self.deactivate()

    @extend_schema(responses={200: SpecializationOutput(many=True)})
    @action(detail=False, pagination_class=None, filterset_class=None, serializer_class=SpecializationOutput)
    def specializations(self, request: Request) -> Response:
        """List the specializations of doctors who may be booked, with how many there are of each."""
        return Response(SpecializationOutput(specialization_counts(), many=True).data)

    @extend_schema(responses={200: RecommendedOutput})
    @action(
        detail=False,
        pagination_class=None,
        filterset_class=DiseaseFilter,
        serializer_class=RecommendedOutput,
        is_idempotent=False,  # A question, also when it is posted.
    )
    def recommend(self, request: Request) -> Response:
        """Name up to ten doctors for a disease: who treat it or are specialized in it, the best rated first."""
        self.filter_queryset(Doctor.objects.none())  # Validates the parameter.
        return self._recommended(request.query_params["disease"])

    @extend_schema(request=DiseaseInput, responses={200: RecommendedOutput})
    @recommend.mapping.post
    def recommend_by_body(self, request: Request) -> Response:
        """Name up to ten doctors for a disease that is given in the body."""
        return self._recommended(self.parse(DiseaseInput)["disease"])

    def _recommended(self, disease: str) -> Response:
        found = doctors_for_disease(disease)
        return Response(RecommendedOutput({"disease": disease, "count": len(found), "doctors": found}).data)


class DoctorProfileViewSet(ScopedViewSet):
    """One's own profile as a doctor, or as one who applies."""

    permission_classes = [IsSignedInOrApplying]
    queryset = Doctor.objects.all()
    serializer_class = OwnDoctorOutput
    pagination_class = None
    volatile = COUNTED

    def narrow(self, queryset: Any) -> QuerySet[Any]:
        """Leave the caller's own row."""
        rows: QuerySet[Any] = queryset.filter(user=caller(self.request)).shown()
        return rows

    def get_object(self) -> Any:
        """Return the caller's row; raises NotFound for everybody else."""
        doctor = self.get_queryset().first()
        if doctor is None:
            raise NotFound
        return doctor

    @extend_schema(responses={200: OwnDoctorOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show your own profile."""
        return self.answer(self.get_object())

    @extend_schema(request=OwnPracticeInput, responses={200: OwnDoctorOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace your profile. What was checked at the approval stays: 400 `locked_after_approval` when it differs."""
        return self._change(self.parse(OwnPracticeInput))

    @extend_schema(request=OwnPracticeInput, responses={200: OwnDoctorOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change your profile. Licence, identity number, specialization and qualification stay as they were approved.

        400 `locked_after_approval` when one of them would change.
        """
        return self._change(self.parse(OwnPracticeInput, partial=True))

    def _change(self, changes: dict[str, Any]) -> Response:
        with transaction.atomic():
            change_own_profile(actor=caller(self.request), doctor=self.locked_object(), now=timezone.now(), **changes)
        return self.answer(self.get_object())
