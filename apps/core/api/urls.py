"""Addresses of the core."""

from django.urls import path

from apps.core.api.views import DispatchView, LiveView, ReadyView

urlpatterns = [
    path("health/live/", LiveView.as_view()),
    path("health/ready/", ReadyView.as_view()),
    path("health/dispatch/", DispatchView.as_view()),
]
