"""The map of /api/v1/: each app's doors under one roof, older systems' names of them, and a catch-all for the rest."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from apps.core.http.problems import absent
from config import compat, directory

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

DOORS: list[compat.Entry] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include(directory.urlpatterns)),
    *(path("", include(f"apps.{app}.api.urls")) for app in APPS),
]

urlpatterns = [
    path("v1/", include(compat.widened(DOORS))),
    # Last: an unknown address is a problem+json 404 for everybody, with DEBUG on too.
    re_path(r"^.*$", absent, name="api-absent"),
]
