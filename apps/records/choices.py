"""The closed lists of the clinical record."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RecordType(models.TextChoices):
    """What a health record is."""

    CONSULTATION = "CONSULTATION", _("Consultation")
    LAB_RESULT = "LAB_RESULT", _("Laboratory result")
    PRESCRIPTION = "PRESCRIPTION", _("Prescription")
    IMAGING = "IMAGING", _("Imaging")
    PROCEDURE = "PROCEDURE", _("Procedure")
    GENERAL = "GENERAL", _("General")
    XRAY = "XRAY", _("X-ray")
    MRI = "MRI", _("MRI")
    CT = "CT", _("CT")
    ULTRASOUND = "ULTRASOUND", _("Ultrasound")
    OTHER = "OTHER", _("Other")
