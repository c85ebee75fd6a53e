"""Hospitals and doctors, for administrators: the approval queue first."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.core.admin import HouseAdmin, ReadOnlyAdmin, act_on_each
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Department, Doctor, Hospital, StaffMember
from apps.hospitals.services.deciding import decide_hospital


@admin.register(Hospital)
class HospitalAdmin(ReadOnlyAdmin):
    """Approve, reject, suspend."""

    list_display = ("name", "city", "status_label", "license_number", "time_zone", "decided_at")
    list_filter = ("status",)
    search_fields = ("name", "city", "license_number")
    actions = ("approve", "reject", "suspend")

    @display(  # type: ignore[untyped-decorator]
        description=_("Status"),
        ordering="status",
        label={"APPROVED": "success", "PENDING": "warning", "SUSPENDED": "danger", "REJECTED": "danger"},
    )
    def status_label(self, hospital: Hospital) -> str:
        """Return the status, coloured."""
        return hospital.status

    @admin.action(description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Approve the chosen hospitals."""
        self._decide(request, queryset, HospitalStatus.APPROVED)

    @admin.action(description=_("Reject"))
    def reject(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Reject the chosen hospitals."""
        self._decide(request, queryset, HospitalStatus.REJECTED)

    @admin.action(description=_("Suspend"))
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Suspend the chosen hospitals."""
        self._decide(request, queryset, HospitalStatus.SUSPENDED)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Any], decision: HospitalStatus) -> None:
        actor = cast(User, request.user)
        act_on_each(
            self,
            request,
            queryset,
            lambda hospital: decide_hospital(actor=actor, hospital=hospital, decision=decision, now=timezone.now()),
            done=str(decision.label),
        )


@admin.register(Department)
class DepartmentAdmin(HouseAdmin):
    """Departments."""

    list_display = ("name", "hospital")
    list_select_related = ("hospital",)
    search_fields = ("name", "hospital__name")
    autocomplete_fields = ("hospital",)


@admin.register(Doctor)
class DoctorAdmin(ReadOnlyAdmin):
    """Doctors."""

    list_display = ("__str__", "specialization", "hospital", "status", "is_active")
    list_filter = ("status", "is_active", "specialization")
    list_select_related = ("user", "hospital")
    search_fields = ("user__first_name", "user__last_name", "license_number")


@admin.register(StaffMember)
class StaffMemberAdmin(ReadOnlyAdmin):
    """Who acts for which hospital."""

    list_display = ("user", "hospital", "is_active")
    list_select_related = ("user", "hospital")
