"""About whom a question is: a patient whose record the asker may use, or somebody whom the asker describes."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput, NotFound
from apps.patients.models import Patient
from apps.patients.services.reading import record_clinical_read
from apps.recommendations.medicines import knowledge
from apps.recommendations.safety import Facts
from apps.recommendations.selectors import facts_of

DISCLAIMER = _("This is information from a knowledge base and no medical advice. Ask a doctor or a pharmacist.")


def facts_for(*, actor: User, patient_id: UUID | None, described: Facts | None, now: datetime) -> Facts:
    """Return the facts of a patient whom the actor manages or treats, by the record, or those that were described.

    The look at another person's record is written down. Raises NotFound for any other patient, and InvalidInput where
    both are given: which of two weights counts is nobody's guess.
    """
    if patient_id is None:
        return described or Facts()
    if described is not None:
        raise InvalidInput("patient_info", _("Name a patient or describe one, not both."), code="one_of_two")
    if not Patient.objects.close_to(actor, now=now).filter(pk=patient_id).exists():
        raise NotFound
    record_clinical_read(actor=actor, patient_ids=[patient_id], what="recommendations.facts")
    return facts_of(patient_id=patient_id, known=knowledge(), now=now)
