"""Answers over several rows: the directory's counts, doctors for a disease, and a hospital's part of the audit log."""

from collections.abc import Sequence
from typing import TypedDict, cast

from django.core.cache import cache
from django.db.models import Count, Min, Q, QuerySet
from redis.exceptions import RedisError

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.hospitals.models import Doctor, StaffMember
from apps.hospitals.searching import folded

MOST_RECOMMENDED = 10
COUNTS_KEPT = 60  # Seconds.


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
