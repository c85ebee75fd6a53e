"""What an applicant proves things with."""

from django.db import models

from apps.core.models import BaseModel, StoredFile
from apps.hospitals.choices import PaperKind
from apps.hospitals.models.doctors import DoctorApplication
from apps.hospitals.querysets import ApplicationPaperQuerySet


class ApplicationPaper(BaseModel):
    """A document of an application, such as a scanned licence: for the applicant and the administrators only."""

    application = models.ForeignKey(DoctorApplication, on_delete=models.PROTECT, related_name="papers", db_index=False)
    kind = models.CharField(max_length=8, choices=PaperKind.choices, default=PaperKind.OTHER)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")

    objects = ApplicationPaperQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["application", "id"], name="papers_of_application")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d}"
