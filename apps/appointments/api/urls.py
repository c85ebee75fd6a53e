"""Addresses of appointments."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.appointments.api.views.appointments import AppointmentViewSet, ReassignmentViewSet
from apps.appointments.api.views.availability import AvailabilityViewSet, SlotViewSet
from apps.appointments.api.views.schedules import AbsenceViewSet, MyScheduleViewSet, ScheduleRuleViewSet

router = SimpleRouter(use_regex_path=False)
router.register("appointments", AppointmentViewSet)
router.register("doctors/schedules", ScheduleRuleViewSet)
router.register("doctors/absences", AbsenceViewSet)

urlpatterns = [
    path("doctors/<uuid:pk>/slots/", SlotViewSet.as_view({"get": "retrieve"})),
    path("doctors/availability/", AvailabilityViewSet.as_view({"get": "retrieve"})),
    path("doctors/my-schedules/", MyScheduleViewSet.as_view({"get": "list"})),
    path("doctors/schedules/", ScheduleRuleViewSet.as_view({"get": "list", "post": "create", "put": "replace"})),
    path("appointments/needs-reassignment/", ReassignmentViewSet.as_view({"get": "list"})),
    *router.urls,
]
