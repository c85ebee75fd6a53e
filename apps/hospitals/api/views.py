"""The public side of hospitals: places, departments, doctors."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.permissions import AllowAny

from apps.accounts.permissions import IsSignedIn
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet
from apps.hospitals.api.filters import DepartmentFilter, DoctorFilter, HospitalFilter
from apps.hospitals.api.serializers import DepartmentOutput, DoctorOutput, HospitalOutput
from apps.hospitals.models import Department, Doctor, Hospital


class HospitalViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Hospitals: the approved ones; staff also see their own, administrators all."""

    permission_classes = [IsSignedIn]
    queryset = Hospital.objects.all()
    serializer_class = HospitalOutput
    filterset_class = HospitalFilter


class DepartmentViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Departments of the hospitals that the caller may see."""

    permission_classes = [IsSignedIn]
    queryset = Department.objects.all()
    serializer_class = DepartmentOutput
    filterset_class = DepartmentFilter


class DoctorViewSet(ListMixin, RetrieveMixin, CareLoopViewSet):
    """The public directory: doctors who may be booked."""

    permission_classes = [AllowAny]
    queryset = Doctor.objects.all()
    serializer_class = DoctorOutput
    filterset_class = DoctorFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Return the practising doctors with what the directory shows of them."""
        return Doctor.objects.practising().select_related("user", "hospital")
