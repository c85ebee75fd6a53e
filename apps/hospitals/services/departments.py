"""Departments of hospitals."""

from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import RuleRefused
from apps.hospitals.models import Department
from apps.hospitals.services.managing import guard_manages, managed_hospital


class DepartmentNameTaken(RuleRefused):
    """Department names are unique in a hospital."""

    code = "department_name_taken"
    detail = _("This hospital has a department of this name already.")


class DepartmentInUse(RuleRefused):
    """Doctors or appointments belong to it."""

    code = "department_in_use"
    detail = _("Doctors or appointments belong to this department. Move them first, or rename it.")


def add_department(*, actor: User, name: str, description: str = "", hospital_id: UUID | None = None) -> Department:
    """Add a department to a hospital; raises NotAllowed, NotFound and DepartmentNameTaken."""
    hospital = managed_hospital(actor=actor, hospital_id=hospital_id)
    department = Department(hospital=hospital, name=name.strip(), description=description)
    return _save(actor, department, "department_added")


def change_department(*, actor: User, department: Department, **changes: str) -> Department:
    """Rename or describe a department; raises NotAllowed and DepartmentNameTaken."""
    guard_manages(actor=actor, hospital_id=department.hospital_id)
    department.name = changes.get("name", department.name).strip()
    department.description = changes.get("description", department.description)
    return _save(actor, department, "department_changed")


def remove_department(*, actor: User, department: Department) -> None:
    """Remove a department that nothing belongs to; raises NotAllowed and DepartmentInUse."""
    guard_manages(actor=actor, hospital_id=department.hospital_id)
    removed = department.pk
    try:
        with transaction.atomic():
            department.delete()
            _check_foreign_keys_now()
            details = {"department": str(removed)}
            audit.record("department_removed", actor_id=actor.pk, tenant_id=department.hospital_id, details=details)
    except (ProtectedError, IntegrityError) as clash:
        raise DepartmentInUse from clash


def _check_foreign_keys_now() -> None:
    """Let the database say here, and not at the commit, that somebody has just come to belong to it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _save(actor: User, department: Department, what: str) -> Department:
    try:
        with transaction.atomic():
            department.save()
            audit.record(what, actor_id=actor.pk, subject=department, tenant_id=department.hospital_id)
    except IntegrityError as clash:
        if "one_department_per_name_and_hospital" in str(clash):
            raise DepartmentNameTaken from clash
        raise
    return department
