"""Decisions about hospitals: approved, rejected, suspended."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotAllowed, RuleRefused, Text
from apps.hospitals import messages
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Hospital
from apps.hospitals.services.managing import refuse_taken_licence

NO_REASON: Text = _("Say why: the people concerned are told.")

# Each decision, and the states from which it leads on.
LEGAL_DECISIONS: dict[str, frozenset[str]] = {
    HospitalStatus.PENDING: frozenset(),
    HospitalStatus.APPROVED: frozenset({HospitalStatus.PENDING, HospitalStatus.REJECTED, HospitalStatus.SUSPENDED}),
    HospitalStatus.REJECTED: frozenset({HospitalStatus.PENDING}),
    HospitalStatus.SUSPENDED: frozenset({HospitalStatus.APPROVED}),
}


class DecisionRefused(RuleRefused):
    """The hospital is not in a state from which this decision leads on."""

    code = "decision_refused"
    detail = _("This hospital's present state does not allow this decision.")


def decide_hospital(
    *, actor: User, hospital: Hospital, decision: HospitalStatus, reason: str = "", now: datetime
) -> Hospital:
    """Approve, reject or suspend a hospital; its staff and doctors feel it on their next request.

    Raises NotAllowed for anybody but an administrator, InvalidInput for a refusal without a reason, DecisionRefused
    when the present state does not lead there, and LicenceTaken. Announces `hospital_decided` to the staff.
    """
    if actor.role != Role.ADMIN:
        raise NotAllowed
    with transaction.atomic():
        locked = Hospital.objects.select_for_update().get(pk=hospital.pk)
        if locked.status not in LEGAL_DECISIONS[decision]:
            raise DecisionRefused
        why = reason.strip() if decision == HospitalStatus.APPROVED else check_reason(reason)
        locked.status, locked.decided_by, locked.decided_at = decision, actor, now
        locked.decision_reason = why
        _save_decision(locked)
        event = audit.record(
            "hospital_decided",
            actor_id=actor.pk,
            subject=locked,
            tenant_id=locked.pk,
            details={"decision": decision},
        )
        messages.tell_of_decision(event, locked, now=now)
    return locked


def _save_decision(hospital: Hospital) -> None:
    try:
        with transaction.atomic():
            hospital.save(update_fields=["status", "decided_by", "decided_at", "decision_reason", "updated_at"])
    except IntegrityError as clash:
        refuse_taken_licence(clash=clash)
        raise


def check_reason(reason: str) -> str:
    """Return the reason of a refusal; raises InvalidInput for none."""
    if not reason.strip():
        raise InvalidInput("reason", NO_REASON, code="required")
    return reason.strip()
