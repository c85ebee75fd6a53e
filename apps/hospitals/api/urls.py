"""Addresses of hospitals."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.hospitals.api.audit import AuditEventViewSet
from apps.hospitals.api.views.applications import (
    ApplicationViewSet,
    ApplyViewSet,
    RegisterApplicantViewSet,
    VerifyDoctorViewSet,
)
from apps.hospitals.api.views.departments import DepartmentViewSet
from apps.hospitals.api.views.doctors import DoctorProfileViewSet, HospitalDoctorViewSet
from apps.hospitals.api.views.hospitals import HospitalViewSet, RegisterHospitalViewSet
from apps.hospitals.api.views.papers import (
    ApplicationPapersViewSet,
    OwnPictureViewSet,
    PaperViewSet,
    PictureViewSet,
)
from apps.hospitals.api.views.staff import AcceptInvitationViewSet, StaffViewSet

apply = ApplyViewSet.as_view({"post": "create"})
profile = DoctorProfileViewSet.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"})
doctors = HospitalDoctorViewSet.as_view({"get": "list"})
doctor = HospitalDoctorViewSet.as_view(
    {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
)

router = SimpleRouter(use_regex_path=False)
router.register("hospitals/departments", DepartmentViewSet)
router.register("hospitals/staff", StaffViewSet)
router.register("hospitals", HospitalViewSet)
router.register("doctors/applications", ApplicationViewSet)
router.register("audit-logs", AuditEventViewSet)

urlpatterns = [
    path("auth/register/doctor/", RegisterApplicantViewSet.as_view({"post": "create"})),
    path("hospitals/register/", RegisterHospitalViewSet.as_view({"post": "create"})),
    path("hospitals/staff/accept/", AcceptInvitationViewSet.as_view({"post": "accept"})),
    path("hospitals/doctors/", doctors),
    path("hospitals/doctors/<uuid:pk>/", doctor),
    path("hospitals/doctors/<uuid:pk>/reset-password/", HospitalDoctorViewSet.as_view({"post": "reset_password"})),
    path("doctors/apply/", apply),
    path("doctors/register/", apply),
    path("doctors/profile/", profile),
    path("doctors/profile/image/", OwnPictureViewSet.as_view({"post": "create", "delete": "destroy"})),
    path("doctors/<uuid:pk>/image/", PictureViewSet.as_view({"get": "retrieve"})),
    path("doctors/applications/<uuid:pk>/papers/", ApplicationPapersViewSet.as_view({"post": "create"})),
    path("doctors/applications/papers/<uuid:pk>/", PaperViewSet.as_view({"delete": "destroy"})),
    path("doctors/applications/papers/<uuid:pk>/download/", PaperViewSet.as_view({"get": "download"})),
    path("doctors/verify/<uuid:pk>/", VerifyDoctorViewSet.as_view({"post": "verify", "patch": "verify"})),
    *router.urls,
]
