"""Addresses of advice."""

from django.urls import path

from apps.recommendations.api.views import DosageViewSet

urlpatterns = [path("action-plans/parse-dosage/", DosageViewSet.as_view({"post": "create"}))]
