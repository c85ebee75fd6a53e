"""The audit log as far as a login may read it: it stands here because a hospital reads its own."""

from django.db.models import Q, QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.hospitals.models import StaffMember


def audit_events_visible_to(user: User) -> QuerySet[AuditEvent]:
    """Return every event to an administrator, their hospital's to its staff, and nothing to anybody else.

    A hospital's are those that happened at it, and what its staff and doctors did, signing in included.
    """
    if user.role == Role.ADMIN:
        return AuditEvent.objects.all()
    own = StaffMember.objects.filter(user=user, is_active=True).values_list("hospital", flat=True).first()
    if own is None:
        return AuditEvent.objects.none()
    people = User.objects.filter(Q(staff_member__hospital=own) | Q(doctor__hospital=own))
    return AuditEvent.objects.filter(Q(tenant_id=own) | Q(actor_id__in=list(people.values_list("pk", flat=True))))
