"""Addresses of patients."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.patients.api.views.access import AccessCodeViewSet, BreakGlassViewSet, GrantViewSet
from apps.patients.api.views.care import AssignDoctorViewSet, CareRelationshipViewSet, PatientDoctorsViewSet
from apps.patients.api.views.caregivers import CaregiverViewSet
from apps.patients.api.views.people import (
    AccessLogViewSet,
    ClaimViewSet,
    MyPatientsViewSet,
    OwnPatientViewSet,
    PatientViewSet,
    RegisterViewSet,
)
from apps.patients.api.views.profile import AllergyViewSet, ConditionViewSet, HealthFactsViewSet, MedicationViewSet

router = SimpleRouter(use_regex_path=False)
router.register("patients", PatientViewSet)
router.register("mappings", CareRelationshipViewSet)

COLLECTION: dict[str, Any] = {"get": "list", "post": "create"}
OWN: dict[str, Any] = {"get": "retrieve", "put": "update", "patch": "partial_update"}
ENTRY: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
PROFILE = {"allergies": AllergyViewSet, "conditions": ConditionViewSet, "medications": MedicationViewSet}

urlpatterns = [
    path("access/otp/generate/", AccessCodeViewSet.as_view({"post": "send"})),
    path("access/otp/verify/", AccessCodeViewSet.as_view({"post": "verify"})),
    path("access/grants/", GrantViewSet.as_view({"get": "list"})),
    path("access/grants/<uuid:pk>/", GrantViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("access/break-glass/", BreakGlassViewSet.as_view({"get": "list", "post": "create"})),
    path("access/break-glass/<uuid:pk>/", BreakGlassViewSet.as_view({"get": "retrieve"})),
    path("access/break-glass/<uuid:pk>/review/", BreakGlassViewSet.as_view({"post": "review"})),
    path("auth/register/", RegisterViewSet.as_view({"post": "create"})),
    path("doctors/assign/", AssignDoctorViewSet.as_view({"post": "create"})),
    path("doctors/my-patients/", MyPatientsViewSet.as_view({"get": "list"})),
    path("me/patient/", OwnPatientViewSet.as_view(OWN)),
    path("patients/claim/", ClaimViewSet.as_view({"post": "send"})),
    path("patients/claim/confirm/", ClaimViewSet.as_view({"post": "confirm"})),
    path("patients/<uuid:pk>/doctors/", PatientDoctorsViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/caregivers/", CaregiverViewSet.as_view(COLLECTION)),
    path("patients/<uuid:pk>/caregivers/<uuid:caregiver>/", CaregiverViewSet.as_view({"delete": "destroy"})),
    path("patients/<uuid:pk>/access-log/", AccessLogViewSet.as_view({"get": "list"})),
    path(
        "patients/<uuid:pk>/clinical-profile/",
        HealthFactsViewSet.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"}),
    ),
    *(path(f"patients/<uuid:pk>/{name}/", view.as_view(COLLECTION)) for name, view in PROFILE.items()),
    *(path(f"patients/<uuid:pk>/{name}/<uuid:entry>/", view.as_view(ENTRY)) for name, view in PROFILE.items()),
    *router.urls,
]
