"""Who may manage which hospital: asked by every service of hospitals before it writes."""

from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Department, Hospital

LICENCES = (
    "one_hospital_per_licence",
    "one_doctor_per_licence_and_hospital",
    "one_independent_doctor_per_licence",
)


class LicenceTaken(RuleRefused):
    """A licence number is given once: among those who were approved, for who only asks may have made it up."""

    code = "licence_taken"
    detail = _("This licence number is in use already.")


def managed_hospital(*, actor: User, hospital_id: UUID | None) -> Hospital:
    """Return the hospital that the actor acts for: an administrator names it, staff have one and may name only that.

    Raises NotAllowed for other roles, InvalidInput (an administrator names none) and NotFound.
    """
    if actor.role not in {Role.ADMIN, Role.HOSPITAL}:
        raise NotAllowed
    own = Hospital.objects.staffed_by(actor) if actor.role == Role.HOSPITAL else Hospital.objects.all()
    if hospital_id is not None:
        own = own.filter(pk=hospital_id)
    elif actor.role == Role.ADMIN:
        raise InvalidInput("hospital", _("Name the hospital: you have none of your own."), code="required")
    hospital = own.first()
    if hospital is None:
        raise NotFound
    return hospital


def guard_manages(*, actor: User, hospital_id: UUID | None) -> None:
    """Raise NotAllowed unless the actor is an administrator, or active staff of this hospital."""
    is_staff = Hospital.objects.staffed_by(actor).filter(pk=hospital_id).exists() if hospital_id else False
    if actor.role != Role.ADMIN and not is_staff:
        raise NotAllowed


def department_of(*, hospital: Hospital | None, department_id: UUID | None) -> Department | None:
    """Return a department of this very hospital; raises NotFound for another's, which is as absent."""
    if department_id is None:
        return None
    department = Department.objects.filter(pk=department_id, hospital=hospital).first() if hospital else None
    if department is None:
        raise NotFound
    return department


def refuse_taken_licence(*, clash: IntegrityError) -> None:
    """Raise LicenceTaken when this is what the database refused; else nothing."""
    if any(name in str(clash) for name in LICENCES):
        raise LicenceTaken from clash
