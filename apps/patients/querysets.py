"""How patients and their care relationships are asked for: the one home of "manages" and "treats"."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.hospitals.querysets import staffed_by

if TYPE_CHECKING:
    from uuid import UUID

    from apps.accounts.models import User
    from apps.patients.models import CareRelationship, Management, Patient


class PatientQuerySet(models.QuerySet["Patient"]):
    """The people cared for."""

    def visible_to(self, user: "User") -> "PatientQuerySet":
        """Return the patients whom the user manages, treats now, or has registered as hospital staff."""
        return self.managed_by(user) | self.treated_by(user, now=timezone.now()) | self.registered_at_hospital_of(user)

    def managed_by(self, user: "User") -> "PatientQuerySet":
        """Return the patients whose record this login manages: itself, its children, its wards."""
        return self.filter(pk__in=user.managements.filter(ended_at=None).values("patient"))

    def treated_by(self, user: "User", *, now: datetime) -> "PatientQuerySet":
        """Return the patients with whom this login, as a doctor, has a live care relationship."""
        treating = _relationships().live(now=now).filter(doctor__user=user)
        return self.filter(pk__in=treating.values("patient"))

    def registered_at_hospital_of(self, user: "User") -> "PatientQuerySet":
        """Return the patients registered at the hospital that this login is active staff of."""
        registered = apps.get_model("patients", "HospitalRegistration").objects.filter(staffed_by(user, "hospital__"))
        return self.filter(pk__in=registered.values("patient"))


class ManagementQuerySet(models.QuerySet["Management"]):
    """Which logins manage which patients."""

    def live(self) -> "ManagementQuerySet":
        """Return what has not ended."""
        return self.filter(ended_at=None)


class CareRelationshipQuerySet(models.QuerySet["CareRelationship"]):
    """Which doctors treat which patients."""

    def live(self, *, now: datetime) -> "CareRelationshipQuerySet":
        """Return the relationships that give a right to treat now."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), ended_at=None)

    def visible_to(self, user: "User") -> "CareRelationshipQuerySet":
        """Return the relationships of patients the user manages, or of the user as a doctor, past ones included."""
        return self.filter(Q(patient__in=_managed(user)) | Q(doctor__user=user))


def _relationships() -> CareRelationshipQuerySet:
    """Return the table by its name: models import this room, so this room cannot import models."""
    relationships: CareRelationshipQuerySet = apps.get_model("patients", "CareRelationship").objects.all()
    return relationships


def _managed(user: "User") -> models.QuerySet["Patient"]:
    patients: PatientQuerySet = apps.get_model("patients", "Patient").objects.all()
    return patients.managed_by(user).values("pk")  # type: ignore[return-value]


def managed_patient(user: "User", path: str = "patient") -> Q:
    """Return "the patient at `path` is managed by this user", for scoping in the apps above."""
    return Q(**{f"{path}__in": _managed(user)})


def is_live_relationship(path: str, generation: str, *, now: datetime) -> Exists:
    """Return "the relationship at `path` is live and still of the generation in that column".

    This alone decides whether an older plan or dose is open.
    """
    return Exists(_relationships().live(now=now).filter(pk=OuterRef(path), generation=OuterRef(generation)))


def patients_treated() -> Coalesce:
    """Return how many patients the doctor of the row treats now: one count for each row that is shown, by index."""
    treating = _relationships().live(now=timezone.now()).filter(doctor=OuterRef("pk")).order_by().values("doctor")
    counted = treating.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def managers_of(patient_ids: "list[UUID]") -> "ManagementQuerySet":
    """Return the live managements of these patients whose logins want to be told things."""
    managements: ManagementQuerySet = apps.get_model("patients", "Management").objects.all()
    return managements.live().filter(patient__in=patient_ids, user__is_active=True)
