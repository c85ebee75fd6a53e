"""What remains of a place in a line whose appointment moved to another day."""

from django.db import models

from apps.core.models import BaseModel
from apps.hospitals.models import Doctor


class LeftPlace(BaseModel):
    """A place of a doctor's line that was given out, and whose appointment stands elsewhere now.

    An appointment that is cancelled keeps its place; one that is moved takes another. A place is never used again.
    """

    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="+", db_index=False)
    local_date = models.DateField()
    serial = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["doctor", "local_date", "serial"], name="a_place_is_left_once"),
        ]

    def __str__(self) -> str:
        return f"{self.local_date} {self.serial}"
