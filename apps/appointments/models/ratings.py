"""What patients think of doctors."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appointments.querysets import RatingQuerySet
from apps.core.models import BaseModel
from apps.hospitals.models import Doctor
from apps.patients.models import Patient

MOST_STARS = 5


class Rating(BaseModel):
    """Stars and a few words of one patient about one doctor. The doctor's average is kept by who writes this."""

    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="ratings", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="ratings")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    stars = models.PositiveSmallIntegerField(help_text=_("1 to 5"))
    review = models.CharField(max_length=200, blank=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "patient"], name="one_rating_per_patient_and_doctor"),
            models.CheckConstraint(name="rating_has_stars", condition=models.Q(stars__range=(1, MOST_STARS))),
        ]
        indexes = [
            # A doctor's ratings, newest first.
            models.Index(fields=["doctor", "-id"], name="ratings_of_doctor"),
        ]

    def __str__(self) -> str:
        return f"{self.stars}/{MOST_STARS}"
