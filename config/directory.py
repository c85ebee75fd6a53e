"""The directory of doctors, put together from its door in hospitals and from what appointments know of free times."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.appointments.doors import AvailabilityFilter, NextFreeField, WithNextFree
from apps.hospitals.api.views.doctors import DoctorViewSet
from apps.hospitals.doors import DoctorFilter, DoctorOutput


class DirectoryOutput(DoctorOutput):
    """A doctor of the directory, and when the doctor can be booked next."""

    example = {**DoctorOutput.example, "next_free_at": "2026-11-23T09:00:00-05:00"}

    next_free_at = NextFreeField()


class DirectoryFilter(AvailabilityFilter, DoctorFilter):
    """The filters of both."""


class DirectoryViewSet(WithNextFree, DoctorViewSet):
    """The public directory: doctors who may be booked, and when. With `available`, a page may hold fewer rows."""

    serializer_class = DirectoryOutput
    filterset_class = DirectoryFilter


router = SimpleRouter(use_regex_path=False)
router.register("doctors", DirectoryViewSet, basename="doctor")

urlpatterns = [path("doctors/search/", DirectoryViewSet.as_view({"get": "list"})), *router.urls]
