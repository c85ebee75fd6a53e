"""Doors put together from two floors: the directory of doctors with when they are free, new doctors with their week."""

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.routers import SimpleRouter

from apps.appointments.api.serializers.schedules import FirstWeekInput
from apps.appointments.api.views.newcomers import WithFirstWeek
from apps.appointments.doors import AvailabilityFilter, NextFreeField, WithNextFree
from apps.hospitals.api.serializers.doctors import AddDoctorInput, NewDoctorOutput
from apps.hospitals.api.views.doctors import DoctorViewSet, HospitalDoctorViewSet
from apps.hospitals.doors import DoctorFilter, DoctorOutput


class DirectoryOutput(DoctorOutput):
    """A doctor of the directory, and when the doctor can be booked next."""

    example = {**DoctorOutput.example, "next_free_at": "2026-11-23T09:00:00-05:00"}

    next_free_at = NextFreeField()


class DirectoryFilter(AvailabilityFilter, DoctorFilter):
    """The filters of both."""


class NewDoctorInput(FirstWeekInput, AddDoctorInput):
    """A doctor whom a hospital or an administrator takes in, and the week to begin with."""

    example = {**AddDoctorInput.example, **FirstWeekInput.example}


new_doctor = extend_schema_view(create=extend_schema(request=NewDoctorInput, responses={201: NewDoctorOutput}))

shown_anew = extend_schema(responses={200: DirectoryOutput})


@new_doctor
@extend_schema_view(update=shown_anew, partial_update=shown_anew)
class DirectoryViewSet(WithFirstWeek, WithNextFree, DoctorViewSet):
    """The public directory: doctors who may be booked, and when. With `available`, a page may hold fewer rows."""

    serializer_class = DirectoryOutput
    filterset_class = DirectoryFilter
    volatile = DoctorViewSet.volatile | {"next_free_at"}


@new_doctor
class NewDoctorViewSet(WithFirstWeek, HospitalDoctorViewSet):
    """New doctors of your hospital."""


router = SimpleRouter(use_regex_path=False)
router.register("doctors", DirectoryViewSet, basename="doctor")

urlpatterns = [
    path("doctors/search/", DirectoryViewSet.as_view({"get": "list"})),
    path("hospitals/doctors/create/", NewDoctorViewSet.as_view({"post": "create"})),
    *router.urls,
]
