"""Addresses of notifications."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.notifications.api.views import (
    DeliveryViewSet,
    NotificationViewSet,
    PreferencesViewSet,
    StreamViewSet,
    TextMessageStatusView,
)

router = SimpleRouter(use_regex_path=False)
router.register("notifications", NotificationViewSet)

urlpatterns = [
    path("notifications/stream/", StreamViewSet.as_view({"post": "create"})),
    path(
        "notifications/preferences/",
        PreferencesViewSet.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"}),
    ),
    path("notifications/sms-status/<uuid:pk>/", TextMessageStatusView.as_view()),
    path("notifications/<uuid:pk>/deliveries/", DeliveryViewSet.as_view({"get": "list"})),
    *router.urls,
]
