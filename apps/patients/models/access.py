"""Leave to read a whole record for a short while: given by the patient's code, or taken in an emergency."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel
from apps.hospitals.models import Doctor, Hospital
from apps.patients.choices import GrantKind, ReviewOutcome
from apps.patients.models.care import CareRelationship
from apps.patients.models.people import Patient
from apps.patients.querysets import AccessGrantQuerySet


class AccessGrant(BaseModel):
    """That a doctor may read everything about a patient until `expires_at`; never to write."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="access_grants", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="access_grants", db_index=False)
    kind = models.CharField(max_length=11, choices=GrantKind.choices)
    relationship = models.ForeignKey(
        CareRelationship,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("While which it was given: the grant ends with it."),
    )
    hospital = models.ForeignKey(Hospital, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    review_outcome = models.CharField(max_length=13, choices=ReviewOutcome.choices, blank=True)
    review_notes = models.CharField(max_length=500, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["patient", "-id"], name="grants_of_patient"),
            # Made for "may this doctor read that now", which every look at a record asks.
            models.Index(fields=["doctor", "expires_at"], name="grants_of_doctor"),
            models.Index(
                fields=["hospital", "-id"], name="emergencies_of_hospital", condition=models.Q(kind="BREAK_GLASS")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="an_emergency_has_its_reason", condition=~models.Q(kind="BREAK_GLASS") | ~models.Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M} UTC"

    def is_live(self, *, now: datetime) -> bool:
        """Return whether this opens the record at `now`."""
        has_ended = self.relationship is not None and self.relationship.ended_at is not None
        return self.revoked_at is None and self.expires_at > now and not has_ended
