"""Doctors and their applications."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.core.admin import LookedAtInline, ReadOnlyAdmin, act_on_each
from apps.core.http.uploads import download
from apps.hospitals.admin.deciding import DecidedOnItsPage, DecisionForm, seen_at, with_reason
from apps.hospitals.choices import DoctorStatus
from apps.hospitals.models import ApplicationPaper, Doctor, DoctorApplication
from apps.hospitals.querysets import DOCTOR_SEARCH_COLUMNS
from apps.hospitals.services.applications import decide_application
from apps.hospitals.services.papers import look_at_paper

PAPER = "hospitals_application_paper"
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
class DoctorApplicationAdmin(DecidedOnItsPage):
    """The approval queue."""

    list_display = ("doctor", "specialization", "license_number", "status_label", "submitted_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("doctor__user",)
    search_fields = ("doctor__license_number__exact", "doctor__user__email__exact")
    search_help_text = _("The whole licence number or e-mail")
    action_form = DecisionForm
    actions = ("approve", "reject")
    readonly_fields = ("specialization", "qualification", "license_number", "papers")
    exports = ("doctor", "status", "submitted_at", "decided_at")

    def decisions(self, row: DoctorApplication) -> tuple[str, ...]:
        """Return both, while it waits."""
        return ("approve", "reject") if row.status == DoctorStatus.PENDING else ()

    def get_urls(self) -> list[URLPattern]:
        """Add the address of a document, for whoever may see this page."""
        paper = path("papers/<uuid:pk>/", self.admin_site.admin_view(self.paper), name=PAPER)
        return [paper, *super().get_urls()]

    def paper(self, request: HttpRequest, pk: UUID) -> FileResponse:
        """Hand out a document of an application as an attachment; the look is in the audit log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        actor = cast(User, request.user)
        found = get_object_or_404(
            ApplicationPaper.objects.visible_to(actor).select_related("file", "application__doctor"), pk=pk
        )
        look_at_paper(actor=actor, paper=found)
        return download(found.file)

    @admin.display(description=_("Documents"))
    def papers(self, application: DoctorApplication) -> str:
        """Return the links to what the applicant sent."""
        links = ((reverse(f"admin:{PAPER}", args=[each.pk]), each) for each in application.papers.present())
        return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a>', links)

    @display(description=_("Status"), ordering="status", label=LABELS)  # type: ignore[untyped-decorator]
    def status_label(self, application: DoctorApplication) -> str:
        """Return the status, coloured."""
        return application.status

    @display(description=_("Specialization"))  # type: ignore[untyped-decorator]
    def specialization(self, application: DoctorApplication) -> str:
        """Return what the applicant is specialized in."""
        return application.doctor.specialization

    @display(description=_("Qualification"))  # type: ignore[untyped-decorator]
    def qualification(self, application: DoctorApplication) -> str:
        """Return what the applicant has learned."""
        return application.doctor.qualification

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
