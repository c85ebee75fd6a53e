"""Addresses of notifications."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.notifications.api.views import DeliveryViewSet, NotificationViewSet, StreamViewSet

router = SimpleRouter(use_regex_path=False)
router.register("notifications", NotificationViewSet)

urlpatterns = [
    path("notifications/stream/", StreamViewSet.as_view({"post": "create"})),
    path("notifications/<uuid:pk>/deliveries/", DeliveryViewSet.as_view({"get": "list"})),
    *router.urls,
]
