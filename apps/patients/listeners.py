"""What patients hear from accounts: a code to claim a record goes to the contact on that record, not to a login."""

from django.utils import timezone

from apps.accounts.choices import CodePurpose
from apps.accounts.models import OneTimeCode
from apps.core import outbox
from apps.core.models import OutboxEvent
from apps.notifications.services.announcing import announce_to_contact
from apps.patients.messages import tell_access_code
from apps.patients.models import Patient


def register() -> None:
    """Listen to accounts."""
    outbox.listen("accounts.code_issued", send_claim_code)
    outbox.listen("accounts.code_issued", send_access_code)


def send_claim_code(event: OutboxEvent) -> None:
    """Send the code to the contact on the record it claims; an invented record has none, and nobody is told."""
    issued = OneTimeCode.objects.filter(pk=event.ids["code_id"], purpose=CodePurpose.PATIENT_CLAIM).first()
    patient = Patient.objects.unmanaged().filter(pk=issued.subject_id).first() if issued else None
    if issued and patient:
        contact = {"phone": patient.phone, "email": patient.email}
        announce_to_contact("one_time_code", subject_id=issued.pk, **contact, now=timezone.now())


def send_access_code(event: OutboxEvent) -> None:
    """Send the code by which a doctor may read a record to those who speak for the patient."""
    issued = OneTimeCode.objects.filter(pk=event.ids["code_id"], purpose=CodePurpose.PATIENT_ACCESS).first()
    if issued:
        tell_access_code(issued, now=timezone.now())
