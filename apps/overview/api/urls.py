"""Addresses of the overview."""

from django.urls import path

from apps.overview.api.views import PatientSummaryViewSet, StatsViewSet

urlpatterns = [
    path("dashboard/stats/", StatsViewSet.as_view({"get": "retrieve"})),
    path("patients/<uuid:pk>/summary/", PatientSummaryViewSet.as_view({"get": "retrieve"})),
    path("patients/<uuid:pk>/summary.pdf", PatientSummaryViewSet.as_view({"get": "pdf"})),
]
