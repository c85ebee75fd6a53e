"""The map of /api/v1/: each app's doors under one roof, and the catch-all for everything unknown."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from apps.core.http.problems import absent
from config import directory

APPS = (
    "core",
    "accounts",
    "notifications",
    "hospitals",
    "patients",
    "appointments",
    "articles",
    "recommendations",
    "records",
    "reminders",
    "overview",
)

urlpatterns = [
    path("v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/", include(directory.urlpatterns)),
    *(path("v1/", include(f"apps.{app}.api.urls")) for app in APPS),
    # Last: an unknown address is a problem+json 404 for everybody, with DEBUG on too.
    re_path(r"^.*$", absent, name="api-absent"),
]
