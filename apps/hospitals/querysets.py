"""How hospitals, departments and doctors are asked for."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Q

from apps.accounts.choices import Role
from apps.hospitals.choices import DoctorStatus, HospitalStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.hospitals.models import Department, Doctor, Hospital


def staffed_by(user: "User", path: str = "") -> Q:
    """Return "the hospital at `path` has this user as active staff", for use in any app's scoping."""
    return Q(**{f"{path}staff__user": user, f"{path}staff__is_active": True})


def works_at_a_working_place(path: str) -> Q:
    """Return "the login at `path` is neither a doctor nor staff, or one whose own row and hospital work too"."""
    place = f"{path}staff_member__"
    staff = Q(**{f"{place}is_active": True, f"{place}hospital__status": HospitalStatus.APPROVED})
    practice = f"{path}doctor__"
    doctor = Q(**{f"{practice}is_active": True, f"{practice}status": DoctorStatus.APPROVED}) & (
        Q(**{f"{practice}hospital": None}) | Q(**{f"{practice}hospital__status": HospitalStatus.APPROVED})
    )
    role = f"{path}role"
    elsewhere = Q(**{f"{role}__in": [Role.PATIENT, Role.ADMIN]})
    return elsewhere | Q(**{role: Role.HOSPITAL}) & staff | Q(**{role: Role.DOCTOR}) & doctor


class HospitalQuerySet(models.QuerySet["Hospital"]):
    """Places of care."""

    def visible_to(self, user: "User") -> "HospitalQuerySet":
        """Return every hospital to an administrator, its own to staff, and the approved ones to everybody."""
        if user.role == Role.ADMIN:
            return self.all()
        own = self.model.objects.filter(staffed_by(user)).values("pk")
        return self.filter(Q(status=HospitalStatus.APPROVED) | Q(pk__in=own))


class DepartmentQuerySet(models.QuerySet["Department"]):
    """Departments of hospitals."""

    def visible_to(self, user: "User") -> "DepartmentQuerySet":
        """Return the departments of the hospitals that the user may see."""
        hospitals: HospitalQuerySet = apps.get_model("hospitals", "Hospital").objects.all()
        return self.filter(hospital__in=hospitals.visible_to(user))


class DoctorQuerySet(models.QuerySet["Doctor"]):
    """Doctors, employed and independent."""

    def practising(self) -> "DoctorQuerySet":
        """Return who may be listed, booked and assigned: approved, active, of an approved hospital or of none."""
        return self.filter(
            Q(hospital=None) | Q(hospital__status=HospitalStatus.APPROVED),
            status=DoctorStatus.APPROVED,
            is_active=True,
            user__is_active=True,
        )
