"""Addresses of appointments."""

from collections.abc import Mapping
from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.appointments.api.views.appointments import AppointmentViewSet, ReassignmentViewSet
from apps.appointments.api.views.availability import AvailabilityViewSet, SlotViewSet
from apps.appointments.api.views.calendars import FeedViewSet, PrivateCalendarViewSet
from apps.appointments.api.views.closing import ClosingViewSet
from apps.appointments.api.views.lists import (
    DashboardViewSet,
    DoctorAppointmentViewSet,
    HospitalAppointmentViewSet,
    MyAppointmentViewSet,
)
from apps.appointments.api.views.ratings import RatingBreakdownViewSet, RatingViewSet
from apps.appointments.api.views.schedules import AbsenceViewSet, MyScheduleViewSet, ScheduleRuleViewSet

DASHBOARD = ("today", "tomorrow", "upcoming", "completed")
ONE_RATING: Mapping[str, Any] = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}

router = SimpleRouter(use_regex_path=False)
router.register("appointments", AppointmentViewSet)
router.register("doctors/schedules", ScheduleRuleViewSet)
router.register("doctors/absences", AbsenceViewSet)

urlpatterns = [
    path("doctors/<uuid:pk>/slots/", SlotViewSet.as_view({"get": "retrieve"})),
    path("doctors/<uuid:pk>/ratings/", RatingViewSet.as_view({"get": "list", "post": "create"})),
    path("doctors/<uuid:pk>/ratings/breakdown/", RatingBreakdownViewSet.as_view({"get": "retrieve"})),
    path("doctors/<uuid:pk>/ratings/<uuid:rating>/", RatingViewSet.as_view(dict(ONE_RATING))),
    path("doctors/availability/", AvailabilityViewSet.as_view({"get": "retrieve"})),
    path("doctors/my-schedules/", MyScheduleViewSet.as_view({"get": "list"})),
    path("doctors/schedules/", ScheduleRuleViewSet.as_view({"get": "list", "post": "create", "put": "replace"})),
    path("appointments/my-appointments/", MyAppointmentViewSet.as_view({"get": "list"})),
    path("appointments/hospital-appointments/", HospitalAppointmentViewSet.as_view({"get": "list"})),
    path("appointments/doctor-appointments/", DoctorAppointmentViewSet.as_view({"get": "list"})),
    *(path(f"appointments/doctor/{part}/", DashboardViewSet.as_view({"get": part})) for part in DASHBOARD),
    path("appointments/feed/", FeedViewSet.as_view({"get": "retrieve", "post": "create", "delete": "destroy"})),
    path("appointments/calendar/<str:token>.ics", PrivateCalendarViewSet.as_view({"get": "retrieve"})),
    path("appointments/cleanup-missed/", ClosingViewSet.as_view({"post": "create"})),
    path("appointments/needs-reassignment/", ReassignmentViewSet.as_view({"get": "list"})),
    *router.urls,
]
