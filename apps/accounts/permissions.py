"""Who may knock: DRF permission classes by role, and the typed caller."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.choices import Role
from apps.accounts.models import User

if TYPE_CHECKING:
    from rest_framework.views import APIView


def caller(request: Request) -> User:
    """Return the signed-in login of a request whose view demands one."""
    return cast(User, request.user)


class IsSignedIn(BasePermission):
    """Any login that works now (the authentication has checked that it does)."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether somebody is signed in."""
        return bool(request.user and request.user.is_authenticated)


class _HasRole(IsSignedIn):
    role: Role

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the caller's login has the role."""
        return super().has_permission(request, view) and caller(request).role == self.role


class IsDoctor(_HasRole):
    """Logins of doctors."""

    role = Role.DOCTOR


class IsHospitalStaff(_HasRole):
    """Logins of a hospital's staff."""

    role = Role.HOSPITAL


class IsAdmin(_HasRole):
    """Logins of the platform's administrators."""

    role = Role.ADMIN


class MayReadSchema(BasePermission):
    """Everybody where the schema is public; in production only administrators, unless a setting opens it."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the schema and its pages are shown."""
        return bool(settings.SCHEMA_IS_PUBLIC or (request.user and request.user.is_staff))
