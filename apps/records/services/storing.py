"""Room for a patient's files: weighed under a lock, whatever they belong to."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import RuleRefused
from apps.core.files import MEGABYTE, WrittenFile
from apps.patients.models import Patient
from apps.records.models import PrescriptionAttachment, RecordFile


class QuotaUsedUp(RuleRefused):
    """A patient's files weigh as much as they may."""

    code = "quota_used_up"
    detail = _("This record holds as many files as it may. Remove some, then send this one again.")


def hold_room(*, patient_id: UUID, files: Sequence[WrittenFile]) -> None:
    """Lock the patient's files until the caller's transaction ends; raises QuotaUsedUp when these are too many."""
    # Locked, then weighed: of two uploads at once the second one weighs the first. NO KEY: bookings go on.
    Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    held = RecordFile.objects.all().bytes_of(patient_id) + PrescriptionAttachment.objects.all().bytes_of(patient_id)
    if held + sum(each.size for each in files) > settings.UPLOAD_QUOTA_MEGABYTES * MEGABYTE:
        raise QuotaUsedUp
