"""Hospitals, their departments and staff."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.core.admin import LookedAtInline, ReadOnlyAdmin, ServiceAdmin, act_on_each
from apps.hospitals.admin.deciding import DecidedOnItsPage, with_reason
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Department, Doctor, Hospital, StaffMember
from apps.hospitals.querysets import DOCTOR_SEARCH_COLUMNS, SEARCH_COLUMNS
from apps.hospitals.services.deciding import decide_hospital
from apps.hospitals.services.departments import add_department, change_department

# What may become of a hospital that stands so.
DECISIONS = {
    HospitalStatus.PENDING: ("approve", "reject"),
    HospitalStatus.APPROVED: ("suspend",),
    HospitalStatus.SUSPENDED: ("approve",),
    HospitalStatus.REJECTED: ("approve",),
}
MAP = "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=16/{0}/{1}"


def waiting_hospitals(request: HttpRequest) -> int:
    """Return how many hospitals wait for a decision, for the navigation."""
    return Hospital.objects.filter(status=HospitalStatus.PENDING).count()


class DepartmentInline(LookedAtInline):
    """Departments of a hospital."""

    model = Department
    fields = ("name", "description")


class StaffInline(LookedAtInline):
    """Logins of a hospital's staff."""

    model = StaffMember
    fk_name = "hospital"
    fields = ("user", "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffMember]:
        """Bring the logins along."""
        rows: QuerySet[StaffMember] = super().get_queryset(request).select_related("user", "hospital")
        return rows


class DoctorInline(LookedAtInline):
    """Doctors of a hospital."""

    model = Doctor
    fields = ("user", "specialization", "department", "status", "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Doctor]:
        """Bring names along, and leave what only the search reads."""
        rows: QuerySet[Doctor] = super().get_queryset(request).select_related("user", "department__hospital")
        return rows.defer(*DOCTOR_SEARCH_COLUMNS)


@admin.register(Hospital)
class HospitalAdmin(DecidedOnItsPage):
    """Approve, reject, suspend."""

    list_display = ("name", "city", "status_label", "license_number", "time_zone", "on_the_map", "decided_at")
    list_filter = ("status",)
    search_fields = ("name",)  # What is typed goes to the indexed search: get_search_results.
    search_help_text = _("Name or city")
    exclude = SEARCH_COLUMNS
    readonly_fields = ("on_the_map",)
    inlines = (DepartmentInline, DoctorInline, StaffInline)
    actions = ("approve", "reject", "suspend")
    exports = ("name", "license_number", "city", "status", "time_zone", "decided_at")

    def decisions(self, row: Hospital) -> tuple[str, ...]:
        """Return what may become of it."""
        return DECISIONS[HospitalStatus(row.status)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hospital]:
        """Leave in the table what only the search reads."""
        rows: QuerySet[Hospital] = super().get_queryset(request).defer(*SEARCH_COLUMNS)
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return what the public search finds: by index, misspelt too."""
        return (queryset.search(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    @display(  # type: ignore[untyped-decorator]
        description=_("Status"),
        ordering="status",
        label={"APPROVED": "success", "PENDING": "warning", "SUSPENDED": "danger", "REJECTED": "danger"},
    )
    def status_label(self, hospital: Hospital) -> str:
        """Return the status, coloured."""
        return hospital.status

    @display(description=_("Map"))  # type: ignore[untyped-decorator]
    def on_the_map(self, hospital: Hospital) -> str:
        """Return a link to where it lies."""
        if hospital.latitude is None:
            return "-"
        address = MAP.format(hospital.latitude, hospital.longitude)
        return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', address, _("Map"))

    @admin.action(description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Approve the chosen hospitals."""
        decision = HospitalStatus.APPROVED
        done = str(decision.label)
        act_on_each(self, request, queryset, lambda each: self._decide(request, each, decision, ""), done=done)

    @admin.action(description=_("Reject ..."))
    def reject(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Reject the chosen hospitals with a reason."""
        return self._ask(request, queryset, HospitalStatus.REJECTED)

    @admin.action(description=_("Suspend ..."))
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Suspend the chosen hospitals with a reason."""
        return self._ask(request, queryset, HospitalStatus.SUSPENDED)

    def _ask(self, request: HttpRequest, rows: QuerySet[Any], decision: HospitalStatus) -> HttpResponse | None:
        return with_reason(
            self, request, rows, lambda each, why: self._decide(request, each, decision, why), title=decision.label
        )

    def _decide(self, request: HttpRequest, hospital: Hospital, decision: HospitalStatus, reason: str) -> Hospital:
        actor = cast(User, request.user)
        return decide_hospital(actor=actor, hospital=hospital, decision=decision, reason=reason, now=timezone.now())


@admin.register(Department)
class DepartmentAdmin(ServiceAdmin):
    """Departments; one stays with its hospital."""

    list_display = ("name", "hospital")
    list_select_related = ("hospital",)
    search_fields = ("hospital__name",)  # What is typed goes to the indexed search: get_search_results.
    search_help_text = _("Name or city of the hospital")
    autocomplete_fields = ("hospital",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the hospital of a department that is there."""
        return ("hospital",) if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the departments of the hospitals that the words mean."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(hospital__in=Hospital.objects.search(search_term).values("pk")), False

    def save_model(self, request: HttpRequest, obj: Department, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Add or change the department through its service."""
        actor = cast(User, request.user)
        facts = {"name": obj.name, "description": obj.description}
        if change:
            change_department(actor=actor, department=obj, **facts)
        else:
            obj.pk = add_department(actor=actor, hospital_id=obj.hospital_id, **facts).pk


@admin.register(StaffMember)
class StaffMemberAdmin(ReadOnlyAdmin):
    """Who acts for which hospital."""

    list_display = ("user", "hospital", "is_active", "invitation_expires_at")
    list_filter = ("is_active",)
    list_select_related = ("user", "hospital")
    search_fields = ("user__email__exact", "user__username__exact")
    search_help_text = _("The whole username or e-mail")
