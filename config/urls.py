"""The whole map: the API, Swagger UI and ReDoc from bundled assets, the admin, metrics."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

from apps.accounts.admin_site import AdminSignInForm, PasswordPage, SecondFactorPage
from apps.core.http.metrics import metrics

admin.site.login_form = AdminSignInForm
admin.site.login_template = "accounts/admin_login.html"

urlpatterns = [
    path("", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="swagger"),
    path("redoc/", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    path("admin/password_change/", PasswordPage.as_view(), name="admin-password"),  # In place of Django's own.
    path("admin/second-factor/", SecondFactorPage.as_view(), name="admin-second-factor"),
    path("admin/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
    path("api/", include("config.api_router")),
]
