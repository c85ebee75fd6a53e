"""Who may knock: DRF permission classes by role, and the typed caller."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import NotAllowed

if TYPE_CHECKING:
    from rest_framework.views import APIView


def caller(request: Request) -> User:
    """Return the signed-in login of a request whose view demands one."""
    return cast(User, request.user)


class PasswordChangeRequired(NotAllowed):
    """A generated password opens nothing but the door to a new one."""

    code = "password_change_required"
    detail = _("Choose a password of your own first: POST auth/password/change/.")


class SecondFactorMissing(NotAllowed):
    """This role needs a second factor here."""

    code = "second_factor_required"
    detail = _("Your role needs a second factor here. Set one up first: POST auth/mfa/totp/enroll/.")


class NotApproved(NotAllowed):
    """An applicant waits for a decision, or was refused."""

    code = "not_approved"
    detail = _("Your application is not approved: only it, your login and your own patients are open to you.")


def owed_by(user: User) -> NotAllowed | None:
    """Return what a login must do before anything is open to it, or None when it owes nothing."""
    if user.must_change_password:
        return PasswordChangeRequired()
    if user.role in settings.SECOND_FACTOR_ROLES and not user.has_second_factor:
        return SecondFactorMissing()
    return None


class IsSignedInAtAll(BasePermission):
    """Any login that works now, even one that must first change its password or set up a second factor."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether somebody is signed in."""
        return bool(request.user and request.user.is_authenticated)


class IsSignedInOrApplying(IsSignedInAtAll):
    """Any login that works now and owes nothing but approval: for the doors of one's own login and own patients."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether somebody is signed in; raises PasswordChangeRequired and SecondFactorMissing."""
        if not super().has_permission(request, view):
            return False
        owed = owed_by(caller(request))
        if owed is not None:
            raise owed
        return True


class IsSignedIn(IsSignedInOrApplying):
    """Any login that works now and owes nothing; raises what it owes."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether somebody is signed in who is no applicant; raises NotApproved too."""
        if not super().has_permission(request, view):
            return False
        if caller(request).awaits_approval:
            raise NotApproved
        return True


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


class IsAdminOrHospitalStaff(IsSignedIn):
    """Logins that look after others' data: administrators and hospital staff."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the caller's login is one of the two."""
        return super().has_permission(request, view) and caller(request).role in {Role.ADMIN, Role.HOSPITAL}


class MayReadSchema(BasePermission):
    """Everybody where the schema is public; in production only administrators, unless a setting opens it."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the schema and its pages are shown."""
        return bool(settings.SCHEMA_IS_PUBLIC or (request.user and request.user.is_staff))
