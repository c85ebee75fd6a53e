"""Departments of hospitals."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet
from apps.hospitals.api.filters import DepartmentFilter
from apps.hospitals.api.serializers.hospitals import AddDepartmentInput, ChangeDepartmentInput, DepartmentOutput
from apps.hospitals.models import Department
from apps.hospitals.services import departments


class DepartmentViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Departments of the hospitals that the caller may see."""

    permission_classes = [IsSignedIn]
    queryset = Department.objects.all()
    serializer_class = DepartmentOutput
    filterset_class = DepartmentFilter

    @extend_schema(request=AddDepartmentInput, responses={201: DepartmentOutput})
    def create(self, request: Request) -> Response:
        """Add a department to your hospital; an administrator names the hospital. 409 `department_name_taken`."""
        given = self.parse(AddDepartmentInput)
        added = departments.add_department(actor=caller(request), hospital_id=given.pop("hospital"), **given)
        return self.answer(added, status=201)

    @extend_schema(request=ChangeDepartmentInput, responses={200: DepartmentOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace a department's name and description. 409 `department_name_taken`."""
        return self._change(self.parse(ChangeDepartmentInput))

    @extend_schema(request=ChangeDepartmentInput, responses={200: DepartmentOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a department's name or description. 409 `department_name_taken`."""
        return self._change(self.parse(ChangeDepartmentInput, partial=True))

    def _change(self, changes: dict[str, Any]) -> Response:
        with transaction.atomic():
            changed = departments.change_department(
                actor=caller(self.request), department=self.locked_object(), **changes
            )
        return self.answer(changed)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a department that nothing belongs to. 409 `department_in_use`."""
        with transaction.atomic():
            departments.remove_department(actor=caller(request), department=self.locked_object())
        return Response(status=204)
