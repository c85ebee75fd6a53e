"""Writing down who looked: one audit row per request and patient, for everybody but the patient's managers."""

from collections.abc import Iterable
from uuid import UUID

from apps.accounts.models import User
from apps.core import audit
from apps.patients.models import Patient


def record_clinical_read(*, actor: User, patient_ids: Iterable[UUID], what: str) -> None:
    """Record that the actor read clinical rows of these patients; managers reading their own leave no row."""
    concerned = set(patient_ids)
    own = set(Patient.objects.managed_by(actor).filter(pk__in=concerned).values_list("pk", flat=True))
    audit.record_each("clinical_read", actor_id=actor.pk, concerns_ids=concerned - own, details={"what": what})


def record_look(*, actor: User, patient_id: UUID, what: str) -> None:
    """Record that the actor read clinical rows of one patient, who is known not to be managed by the actor."""
    audit.record("clinical_read", actor_id=actor.pk, concerns_id=patient_id, details={"what": what})
