"""Patients and care relationships, for administrators: names and contact, nothing clinical."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin
from apps.patients.models import CareRelationship, HospitalRegistration, Management, Patient


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    """The people cared for."""

    list_display = ("name", "phone", "time_zone", "created_at")
    search_fields = ("first_name", "last_name", "phone")
    fields = ("first_name", "last_name", "phone", "time_zone", "created_at", "updated_at")


@admin.register(Management)
class ManagementAdmin(ReadOnlyAdmin):
    """Who manages whose record."""

    list_display = ("patient", "user", "relation", "ended_at")
    list_select_related = ("patient", "user")


@admin.register(CareRelationship)
class CareRelationshipAdmin(ReadOnlyAdmin):
    """Who treats whom."""

    list_display = ("patient", "doctor", "source", "started_at", "ends_at", "ended_at", "generation")
    list_filter = ("source",)
    list_select_related = ("patient", "doctor__user")
    exclude = ("notes",)


@admin.register(HospitalRegistration)
class HospitalRegistrationAdmin(ReadOnlyAdmin):
    """Which hospital knows whom."""

    list_display = ("patient", "hospital", "created_at")
    list_select_related = ("patient", "hospital")
