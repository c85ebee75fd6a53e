"""The audit log as far as a login may read it: it stands here because a hospital reads its own."""

from django.db.models import QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.hospitals.models import StaffMember


def audit_events_visible_to(user: User) -> QuerySet[AuditEvent]:
    """Return every event to an administrator, those of their hospital to its staff, and nothing to anybody else."""
    if user.role == Role.ADMIN:
        return AuditEvent.objects.all()
    own = StaffMember.objects.filter(user=user, is_active=True).values("hospital")
    return AuditEvent.objects.filter(tenant_id__in=own)
