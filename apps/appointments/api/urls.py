"""Addresses of appointments."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.appointments.api.views import AppointmentViewSet, SlotViewSet

router = SimpleRouter(use_regex_path=False)
router.register("appointments", AppointmentViewSet)

urlpatterns = [
    path("doctors/<uuid:pk>/slots/", SlotViewSet.as_view({"get": "retrieve"})),
    *router.urls,
]
