"""Patients and care relationships, for administrators: names and contact, nothing clinical."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin import ReadOnlyAdmin
from apps.patients.models import Caregiver, CareRelationship, HospitalRegistration, Management, Patient

SHORTEST = 2  # Letters; a page for one letter would be half the table.


def patients_meant(typed: str) -> QuerySet[Patient]:
    """Return the patients whom a search in the admin means: by index, for a million rows are not read through."""
    words = typed.strip()
    return Patient.objects.matching(words) if len(words) >= SHORTEST else Patient.objects.none()


class PatientSearch(ReadOnlyAdmin):
    """A page that is searched by its patient's name, misspelt or not, or phone in any notation."""

    search_fields = ("patient__phone",)  # The box is shown; how it is searched stands below.
    search_help_text = "A patient's name, misspelt or not, or phone number."
    patient_path = "patient__in"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return what belongs to the patients that the words mean."""
        if not search_term.strip():
            return queryset, False
        meant = patients_meant(search_term).order_by().values("pk")
        return queryset.filter(**{self.patient_path: meant}), False


@admin.register(Patient)
class PatientAdmin(PatientSearch):
    """The people cared for."""

    search_fields = ("phone",)
    patient_path = "pk__in"
    list_display = ("name", "phone", "email", "city", "time_zone", "created_at")
    fields = (
        *("first_name", "last_name", "phone", "email", "address", "city"),
        *("emergency_name", "emergency_phone", "emergency_relation"),
        *("time_zone", "language", "created_at", "updated_at"),
    )


@admin.register(Management)
class ManagementAdmin(PatientSearch):
    """Who manages whose record."""

    list_display = ("patient", "user", "relation", "ended_at")
    list_filter = ("relation",)
    list_select_related = ("patient", "user")


@admin.register(Caregiver)
class CaregiverAdmin(PatientSearch):
    """Who is told of whose missed doses."""

    list_display = ("patient", "user", "consented_at", "ended_at")
    list_select_related = ("patient", "user")


@admin.register(CareRelationship)
class CareRelationshipAdmin(PatientSearch):
    """Who treats whom."""

    list_display = ("patient", "doctor", "source", "started_at", "ends_at", "ended_at", "generation")
    list_filter = ("source",)
    list_select_related = ("patient", "doctor__user")


@admin.register(HospitalRegistration)
class HospitalRegistrationAdmin(PatientSearch):
    """Which hospital knows whom."""

    list_display = ("patient", "hospital", "source", "created_at")
    list_filter = ("source",)
    list_select_related = ("patient", "hospital")
