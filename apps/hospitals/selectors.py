"""Answers over several rows, and who may be booked: counts, doctors for a disease, a hospital's part of the audit."""

from collections.abc import Sequence
from typing import Any, TypedDict, cast
from uuid import UUID

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, Min, Q, QuerySet, UUIDField
from redis.exceptions import RedisError

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.core.models import AuditEvent
from apps.core.prepared import Given, PreparedQuestion
from apps.hospitals.models import Doctor, Hospital, StaffMember
from apps.hospitals.searching import folded

MOST_RECOMMENDED = 10
COUNTS_KEPT = 60  # Seconds.


def practising_doctor(doctor_id: UUID) -> Doctor:
    """Return a doctor who may be booked, with what tells the zone; raises NotFound. One query.

    Everybody asks for free times, and a calendar needs no more of its doctor. Other columns are read when asked for.
    """
    row = _PRACTISING.first(doctor=doctor_id)
    if row is None:
        raise NotFound
    *columns, hospital_zone = row
    doctor: Doctor = Doctor.from_db(DEFAULT_DB_ALIAS, _OF_CALENDAR, columns)
    if doctor.hospital_id:
        doctor.hospital = Hospital.from_db(DEFAULT_DB_ALIAS, ("id", "time_zone"), (doctor.hospital_id, hospital_zone))
    return doctor


def _compose_practising() -> QuerySet[Doctor, tuple[Any, ...]]:
    practising = Doctor.objects.practising().filter(pk=Given("doctor", UUIDField()))
    return practising.order_by().values_list(*_OF_CALENDAR, "hospital__time_zone")


_OF_CALENDAR = [
    field.attname for field in Doctor._meta.concrete_fields if field.attname in {"id", "hospital_id", "time_zone"}
]
_PRACTISING = PreparedQuestion(_compose_practising)


class SpecializationCount(TypedDict):
    """How many practising doctors there are of one specialization."""

    specialization: str
    count: int


def specialization_counts() -> list[SpecializationCount]:
    """Return each specialization once, whatever its case and accents, the most common first; at most a minute old.

    Everybody may ask, and each answer counts every doctor.
    """
    try:
        counts = cache.get_or_set("specializations", _count_specializations, COUNTS_KEPT)
    except (RedisError, OSError):  # A cache that is away costs time, no answer.
        return _count_specializations()
    return cast(list[SpecializationCount], counts)


def _count_specializations() -> list[SpecializationCount]:
    counted = (
        Doctor.objects.practising()
        .values("specialization_key")
        .annotate(specialization=Min("specialization"), count=Count("pk"))
        .order_by("-count", "specialization_key")
    )
    return [{"specialization": row["specialization"], "count": row["count"]} for row in counted]


def doctors_for_disease(disease: str, *, limit: int = MOST_RECOMMENDED) -> Sequence[Doctor]:
    """Return practising doctors who treat the disease or are specialized in it: best rated, then most experienced."""
    fitting = Q(disease_text__contains=folded(disease)) | Q(specialization_key=folded(disease))
    found = Doctor.objects.practising().shown().filter(fitting)
    return list(found.order_by("-rating_average", "-experience_years", "-id")[:limit])


def audit_events_visible_to(user: User) -> QuerySet[AuditEvent]:
    """Return every event to an administrator, their hospital's to its staff, and nothing to anybody else.

    A hospital's are those that happened at it, and what the logins of its staff and doctors did as such, signing in
    included: neither what they did elsewhere nor what concerns a patient, who may be their own child.
    """
    if user.role == Role.ADMIN:
        return AuditEvent.objects.all()
    own = StaffMember.objects.filter(user=user, is_active=True).values_list("hospital", flat=True).first()
    if own is None:
        return AuditEvent.objects.none()
    people = User.objects.filter(Q(staff_member__hospital=own) | Q(doctor__hospital=own))
    as_staff = Q(actor_id__in=list(people.values_list("pk", flat=True)), tenant_id=None, concerns_id=None)
    return AuditEvent.objects.filter(Q(tenant_id=own) | as_staff)
