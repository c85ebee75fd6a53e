"""Who treats whom."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel
from apps.hospitals.models import Doctor, Hospital
from apps.patients.choices import CareSource
from apps.patients.models.people import Patient
from apps.patients.querysets import CareRelationshipQuerySet


class CareRelationship(BaseModel):
    """That a doctor treats a patient: the right to write, and the truth that plans and doses ask.

    Raising `generation` IS the cancellation of the older plans and doses.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="care_relationships", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="care_relationships")
    source = models.CharField(max_length=12, choices=CareSource.choices)
    hospital = models.ForeignKey(
        Hospital,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
        help_text=_("That assigned the doctor; its staff see the relationship and may end it."),
    )
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_("When the right to treat runs out by itself"))
    ended_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)
    generation = models.PositiveIntegerField(default=1)

    objects = CareRelationshipQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Made for a patient's doctors, past ones included; the unique one below knows open ones only.
            models.Index(fields=["patient", "-id"], name="relationships_of_patient"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "doctor"], name="one_open_relationship_per_pair", condition=models.Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor} treats {self.patient}"

    def is_live(self, *, now: datetime) -> bool:
        """Return whether this gives a right to treat at `now`."""
        return self.ended_at is None and (self.ends_at is None or self.ends_at > now)
