"""How hospitals, departments and doctors are asked for."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from apps.accounts.choices import Role
from apps.hospitals.choices import DoctorStatus, HospitalStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.hospitals.models import Department, Doctor, Hospital

    HospitalBase = models.QuerySet[Hospital]
    DepartmentBase = models.QuerySet[Department]
    DoctorBase = models.QuerySet[Doctor]
else:
    HospitalBase = DepartmentBase = DoctorBase = models.QuerySet


def staffed_by(user: "User", path: str = "") -> Q:
    """Return "the hospital at `path` has this user as active staff", for use in any app's scoping."""
    return Q(**{f"{path}staff__user": user, f"{path}staff__is_active": True})


class HospitalQuerySet(HospitalBase):
    """Places of care."""

    def approved(self) -> "HospitalQuerySet":
        """Return the hospitals that may act."""
        return self.filter(status=HospitalStatus.APPROVED)

    def visible_to(self, user: "User") -> "HospitalQuerySet":
        """Return every hospital to an administrator, its own to staff, and the approved ones to everybody."""
        if user.role == Role.ADMIN:
            return self.all()
        own = self.model.objects.filter(staffed_by(user)).values("pk")
        return self.filter(Q(status=HospitalStatus.APPROVED) | Q(pk__in=own))


class DepartmentQuerySet(DepartmentBase):
    """Departments of hospitals."""

    def visible_to(self, user: "User") -> "DepartmentQuerySet":
        """Return the departments of the hospitals that the user may see."""
        from apps.hospitals.models import Hospital

        return self.filter(hospital__in=Hospital.objects.visible_to(user))


class DoctorQuerySet(DoctorBase):
    """Doctors, employed and independent."""

    def practising(self) -> "DoctorQuerySet":
        """Return the doctors who may be listed, booked and assigned: approved, active, of an approved hospital or none."""
        return self.filter(
            Q(hospital=None) | Q(hospital__status=HospitalStatus.APPROVED),
            status=DoctorStatus.APPROVED,
            is_active=True,
            user__is_active=True,
        )
