"""How patients and what belongs to them are asked for: the one home of "manages", "treats" and "registered at"."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.standing import standing_of
from apps.core.phones import normalized_phone
from apps.hospitals.querysets import staffed_by
from apps.patients.choices import ONE_PERSON, CareSource, EntryStatus, GrantKind
from apps.patients.spelling import spellings

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import AnonymousUser

    from apps.accounts.models import User
    from apps.patients.models import AccessGrant, Caregiver, CareRelationship, HealthFacts, Management, Patient

Row = TypeVar("Row", bound=models.Model)
Ids = models.QuerySet[Any, Any]  # Of one column: the ids of patients, or of the rows asked for.


def any_of(*branches: Ids) -> Q:
    """Return "the row's id is in one of these sets": each branch uses its own index.

    One OR over several subqueries is a filter, for which a million rows are read; the union of the ids is not.
    """
    first, *rest = (branch.order_by() for branch in branches)
    return Q(pk__in=first.union(*rest, all=True) if rest else first)


class PatientQuerySet(models.QuerySet["Patient"]):
    """The people cared for."""

    def visible_to(self, user: "User") -> "PatientQuerySet":
        """Return the patients whom the user manages, treats now, was granted, or has registered as hospital staff."""
        return self.filter(any_of(*_ids_readable_by(user, now=timezone.now()), *_ids_registered_by(user)))

    def readable_by(self, user: "User", *, now: datetime) -> "PatientQuerySet":
        """Return the patients whose clinical profile the user may see: managed, treated, or granted for a while."""
        return self.filter(any_of(*_ids_readable_by(user, now=now)))

    def close_to(self, user: "User", *, now: datetime) -> "PatientQuerySet":
        """Return the patients whose clinical profile the user may keep: whom the user manages or treats."""
        return self.filter(any_of(*_ids_close_to(user, now=now)))

    def once_close_to(self, user: "User", *, now: datetime) -> "PatientQuerySet":
        """Return those too whom the user treated once: of them an ex-doctor sees what the ex-doctor wrote."""
        past = _relationships().filter(doctor__user=user).values("patient")
        return self.filter(any_of(*_ids_readable_by(user, now=now), past))

    def managed_by(self, user: "User") -> "PatientQuerySet":
        """Return the patients whose record this login manages: itself, its children, its wards."""
        return self.filter(pk__in=_ids_managed_by(user))

    def own_of(self, user: "User") -> "PatientQuerySet":
        """Return the records of the person whom this login belongs to."""
        return self.filter(pk__in=_ids_managed_by(user).filter(relation__in=ONE_PERSON))

    def unmanaged(self) -> "PatientQuerySet":
        """Return the patients whose record nobody ever managed: walk-ins who have not claimed theirs.

        A record that was given up is somebody's life still: no hospital rewrites it, and nobody claims it.
        """
        return self.exclude(Exists(_managements().filter(patient=OuterRef("pk"))))

    def treated_by(self, user: "User", *, now: datetime) -> "PatientQuerySet":
        """Return the patients with whom this login, as a doctor, has a live care relationship."""
        return self.filter(pk__in=_ids_treated_by(user, now=now))

    def registered_at_hospital_of(self, user: "User") -> "PatientQuerySet":
        """Return the patients registered at the hospital that this login is active staff of."""
        return self.filter(pk__in=_ids_registered_at_hospital_of(user))

    def with_relation_of(self, user: "User") -> "PatientQuerySet":
        """Bring along, as `relation`, what the user is to the patient; None to whom the user does not manage."""
        own = _managements().live().filter(patient=OuterRef("pk"), user=user)
        return self.annotate(relation=Subquery(own.values("relation")[:1]))

    def with_phone(self, typed: str) -> "PatientQuerySet":
        """Return the patients with this phone number, whatever its notation."""
        number = normalized_phone(typed, region=settings.PHONE_REGION)
        return self.filter(phone=number) if number else self.none()

    def matching(self, typed: str) -> "PatientQuerySet":
        """Return the patients with this phone number, or those of such a name, the closest first.

        A name may be misspelt and its accents left out. The similar names are found by the trigram index before
        anything else; its threshold is a setting of the database function, because as a setting of the
        connection it would have to be made in each of them.
        """
        if normalized_phone(typed, region=settings.PHONE_REGION):
            return self.with_phone(typed)
        meant = spellings(typed)
        closeness = Func(
            F("folded_name"),
            Value(meant, output_field=ArrayField(models.TextField())),
            function="patients_closeness",
            output_field=models.IntegerField(),
        )
        alike = RawSQL("SELECT patients_like(%s)", [meant])
        return self.filter(pk__in=alike).annotate(closeness=closeness).order_by("-closeness", "-id")


class ManagementQuerySet(models.QuerySet["Management"]):
    """Which logins manage which patients."""

    def live(self) -> "ManagementQuerySet":
        """Return what has not ended."""
        return self.filter(ended_at=None)


class CaregiverQuerySet(models.QuerySet["Caregiver"]):
    """Who is told of whose missed doses."""

    def live(self) -> "CaregiverQuerySet":
        """Return what has not ended."""
        return self.filter(ended_at=None)

    def visible_to(self, user: "User") -> "CaregiverQuerySet":
        """Return the caregivers of the patients whom the user manages, and the user's own part as one."""
        return self.filter(managed_patient(user) | Q(user=user))


class CareRelationshipQuerySet(models.QuerySet["CareRelationship"]):
    """Which doctors treat which patients."""

    def live(self, *, now: datetime) -> "CareRelationshipQuerySet":
        """Return the relationships that give a right to treat now."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), ended_at=None)

    def over(self, *, now: datetime) -> "CareRelationshipQuerySet":
        """Return the relationships that were ended or ran out."""
        return self.filter(Q(ended_at__isnull=False) | Q(ends_at__lte=now))

    def visible_to(self, user: "User") -> "CareRelationshipQuerySet":
        """Return those of patients the user manages, of the user as a doctor, and made by the user's hospital.

        Past ones included.
        """
        return self.filter(
            any_of(
                _relationships().filter(patient__in=_ids_managed_by(user)).values("pk"),
                _relationships().filter(doctor__user=user).values("pk"),
                *([_relationships().assigned_by_hospital_of(user).values("pk")] if user.role == Role.HOSPITAL else []),
            )
        )

    def assigned_by_hospital_of(self, user: "User") -> "CareRelationshipQuerySet":
        """Return those made by the hospital that this login is active staff of."""
        return self.filter(staffed_by(user, "hospital__"), source=CareSource.HOSPITAL)


class ProfileEntryQuerySet(models.QuerySet[Row]):
    """Entries of the clinical profile: allergies, conditions, medications."""

    def visible_to(self, user: "User") -> "ProfileEntryQuerySet[Row]":
        """Return the entries of patients the user may read, and what the user wrote (an ex-doctor's too).

        What somebody else has changed since is no longer what an ex-doctor wrote.
        """
        patients = _patients().readable_by(user, now=timezone.now()).values("pk")
        own_words = self.filter(Q(changed_by=None) | Q(changed_by=user), recorded_by=user)
        return self.filter(any_of(self.filter(patient__in=patients).values("pk"), own_words.values("pk")))

    def of_status(self, status: str, *, now: datetime) -> "ProfileEntryQuerySet[Row]":
        """Return the entries that hold, are over, or were never true: today where the patient lives."""
        if status == EntryStatus.ENTERED_IN_ERROR:
            return self.filter(entered_in_error_at__isnull=False)
        is_over = Q(ended_date__lte=_today_of_patient(now))  # A course with a planned last day holds until it is over.
        return self.true().filter(is_over) if status == EntryStatus.ENDED else self.true().exclude(is_over)

    def true(self) -> "ProfileEntryQuerySet[Row]":
        """Return the entries that were no mistake, over or not."""
        return self.filter(entered_in_error_at=None)


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    """Leave to read whole records."""

    def live(self, *, now: datetime) -> "AccessGrantQuerySet":
        """Return what opens a record now: not revoked, not run out, and not given in a relationship that has ended."""
        in_care = Q(relationship=None) | Q(relationship__ended_at=None)
        return self.filter(in_care, expires_at__gt=now, revoked_at=None)

    def visible_to(self, user: "User") -> "AccessGrantQuerySet":
        """Return those to patients the user manages, the doctor's own, and the emergencies an office answers for."""
        grants = _grants().order_by()
        branches = [
            grants.filter(patient__in=_ids_managed_by(user)).values("pk"),
            grants.filter(doctor__user=user).values("pk"),
        ]
        if user.role in {Role.HOSPITAL, Role.ADMIN}:
            branches.append(grants.reviewed_by(user).values("pk"))
        return self.filter(any_of(*branches))

    def reviewed_by(self, user: "User") -> "AccessGrantQuerySet":
        """Return the emergencies that the user reviews: those of its hospital's doctors, all for an administrator."""
        emergencies = self.filter(kind=GrantKind.BREAK_GLASS)
        if user.role == Role.ADMIN:
            return emergencies
        return emergencies.filter(staffed_by(user, "hospital__"))


class HealthFactsQuerySet(models.QuerySet["HealthFacts"]):
    """Pregnancy, lactation and weight."""

    def visible_to(self, user: "User") -> "HealthFactsQuerySet":
        """Return the facts of the patients whom the user may read."""
        return self.filter(patient__in=_patients().readable_by(user, now=timezone.now()).values("pk"))


# --- The sets that scoping is made of: ids, for they are what an index gives ------------------------------------
# The tables by their names: models import this room, so this room cannot import models.


def _patients() -> PatientQuerySet:
    patients: PatientQuerySet = apps.get_model("patients", "Patient").objects.all()
    return patients


def _relationships() -> CareRelationshipQuerySet:
    relationships: CareRelationshipQuerySet = apps.get_model("patients", "CareRelationship").objects.all()
    return relationships


def _grants() -> AccessGrantQuerySet:
    grants: AccessGrantQuerySet = apps.get_model("patients", "AccessGrant").objects.all()
    return grants


def _managements() -> ManagementQuerySet:
    managements: ManagementQuerySet = apps.get_model("patients", "Management").objects.all()
    return managements


def _today_of_patient(now: datetime) -> Cast:
    moment = Cast(Value(now), models.DateTimeField())
    there = Func(F("patient__time_zone"), moment, function="timezone", output_field=models.DateTimeField())
    return Cast(there, models.DateField())


def _ids_managed_by(user: "User") -> Ids:
    return _managements().live().filter(user=user).order_by().values("patient")


def _ids_treated_by(user: "User", *, now: datetime) -> Ids:
    return _relationships().live(now=now).filter(doctor__user=user).order_by().values("patient")


def _ids_registered_at_hospital_of(user: "User") -> Ids:
    registrations = apps.get_model("patients", "HospitalRegistration").objects.all()
    ids: Ids = registrations.filter(staffed_by(user, "hospital__")).values("patient")
    return ids


def _ids_close_to(user: "User", *, now: datetime) -> list[Ids]:
    """Return the sets of those managed and those treated; a login that is no doctor treats nobody."""
    treated = [_ids_treated_by(user, now=now)] if user.role == Role.DOCTOR else []
    return [_ids_managed_by(user), *treated]


def _ids_granted_to(user: "User", *, now: datetime) -> Ids:
    return _grants().live(now=now).filter(doctor__user=user).order_by().values("patient")


def _ids_readable_by(user: "User", *, now: datetime) -> list[Ids]:
    """Return the sets of those managed, treated and granted."""
    granted = [_ids_granted_to(user, now=now)] if user.role == Role.DOCTOR else []
    return [*_ids_close_to(user, now=now), *granted]


def _ids_registered_by(user: "User") -> list[Ids]:
    return [_ids_registered_at_hospital_of(user)] if user.role == Role.HOSPITAL else []


def managed_patient(user: "User | AnonymousUser", path: str = "patient") -> Q:
    """Return "the patient at `path` is managed by this user", for scoping in the apps above."""
    return Q(**{f"{path}__in": standing_of(user, "managed") or []})


def managed_from(path: str) -> ArraySubquery:
    """Return the patients whom the login at `path` manages."""
    return ArraySubquery(_managements().live().filter(user=OuterRef(f"{path}pk")).order_by().values("patient"))


def treated_patient(user: "User", *, now: datetime, path: str = "patient") -> Q:
    """Return "the patient at `path` is treated by this user now", for scoping in the apps above."""
    return Q(**{f"{path}__in": _ids_treated_by(user, now=now)})


def granted_patient(user: "User", *, now: datetime, path: str = "patient") -> Q:
    """Return "everything about the patient at `path` was opened to this user, for now"."""
    return Q(**{f"{path}__in": _ids_granted_to(user, now=now)})


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
    return _managements().live().filter(patient__in=patient_ids, user__is_active=True)


def correspondents_of(user_id: "UUID", *, now: datetime) -> "set[UUID]":
    """Return the logins with whom this one exchanges what is encrypted: the doctors who treat the patients it manages,
    and the managers of the patients it treats."""
    treats = _relationships().live(now=now)
    managed = _managements().live().filter(user=user_id).values("patient")
    doctors = treats.filter(patient__in=managed).values_list("doctor__user", flat=True)
    treated = treats.filter(doctor__user=user_id).values("patient")
    managers = _managements().live().filter(patient__in=treated).values_list("user", flat=True)
    return {*doctors, *managers} - {user_id}
