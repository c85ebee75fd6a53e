"""Doctors and their applications."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.core.admin import ReadOnlyAdmin, act_on_each
from apps.hospitals.admin.deciding import DecisionForm, seen_at, with_reason
from apps.hospitals.admin.inlines import LookedAtInline
from apps.hospitals.models import Doctor, DoctorApplication
from apps.hospitals.querysets import DOCTOR_SEARCH_COLUMNS
from apps.hospitals.services.applications import decide_application

DOCTOR_SEARCH_HELP = _("Name, specialization, city, hospital, disease or language")
LABELS = {"APPROVED": "success", "PENDING": "warning", "REJECTED": "danger"}


def waiting_applications(request: HttpRequest) -> int:
    """Return how many applications wait for a decision, for the navigation."""
    return DoctorApplication.objects.waiting().count()


_inlines: list[type[LookedAtInline]] = []


def show_on_doctor_page(inline: type[LookedAtInline]) -> None:
    """Show something more on the page of a doctor, that only a floor above knows."""
    _inlines.append(inline)


@admin.register(Doctor)
class DoctorAdmin(ReadOnlyAdmin):
    """Doctors."""

    list_display = ("__str__", "specialization", "hospital", "status_label", "is_active")
    list_filter = ("status", "is_active")
    list_select_related = ("user", "hospital")
    search_fields = ("license_number",)  # What is typed goes to the indexed search: get_search_results.
    search_help_text = DOCTOR_SEARCH_HELP
    exclude = DOCTOR_SEARCH_COLUMNS
    readonly_fields = ("rating_average", "rating_count")

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[LookedAtInline]]:
        """Return what the floors above show."""
        return _inlines

    def get_queryset(self, request: HttpRequest) -> QuerySet[Doctor]:
        """Leave in the table what only the search reads."""
        rows: QuerySet[Doctor] = super().get_queryset(request).defer(*DOCTOR_SEARCH_COLUMNS)
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return what the public search finds: by index, misspelt too."""
        return (queryset.search(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    @display(description=_("Status"), ordering="status", label=LABELS)  # type: ignore[untyped-decorator]
    def status_label(self, doctor: Doctor) -> str:
        """Return the status, coloured."""
        return doctor.status


@admin.register(DoctorApplication)
class DoctorApplicationAdmin(ReadOnlyAdmin):
    """The approval queue."""

    list_display = ("doctor", "specialization", "license_number", "status_label", "submitted_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("doctor__user",)
    search_fields = ("doctor__license_number__exact", "doctor__user__email__exact")
    search_help_text = _("The whole licence number or e-mail")
    action_form = DecisionForm
    actions = ("approve", "reject")

    @display(description=_("Status"), ordering="status", label=LABELS)  # type: ignore[untyped-decorator]
    def status_label(self, application: DoctorApplication) -> str:
        """Return the status, coloured."""
        return application.status

    @display(description=_("Specialization"))  # type: ignore[untyped-decorator]
    def specialization(self, application: DoctorApplication) -> str:
        """Return what the applicant is specialized in."""
        return application.doctor.specialization

    @display(description=_("Licence"))  # type: ignore[untyped-decorator]
    def license_number(self, application: DoctorApplication) -> str:
        """Return the licence number to be checked."""
        return application.doctor.license_number

    @admin.action(description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Approve the chosen applications."""
        act_on_each(
            self, request, queryset, lambda each: self._decide(request, each, is_approved=True), done=str(_("Approved"))
        )

    @admin.action(description=_("Reject ..."))
    def reject(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Reject the chosen applications with a reason."""
        return with_reason(
            self,
            request,
            queryset,
            lambda each, why: self._decide(request, each, is_approved=False, reason=why),
            title=_("Rejected"),
        )

    def _decide(
        self, request: HttpRequest, application: DoctorApplication, *, is_approved: bool, reason: str = ""
    ) -> DoctorApplication:
        return decide_application(
            actor=cast(User, request.user),
            application=application,
            is_approved=is_approved,
            reason=reason,
            seen_at=seen_at(request),
            now=timezone.now(),
        )
