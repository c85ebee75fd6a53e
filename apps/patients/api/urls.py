"""Addresses of patients."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.patients.api.views import CareRelationshipViewSet, PatientViewSet, RegisterViewSet

router = SimpleRouter(use_regex_path=False)
router.register("patients", PatientViewSet)
router.register("mappings", CareRelationshipViewSet)

urlpatterns = [
    path("auth/register/", RegisterViewSet.as_view({"post": "create"})),
    *router.urls,
]
