"""The closed lists of patients and care relationships."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    """Sex as medicine needs it; UNKNOWN where nobody said."""

    FEMALE = "FEMALE", _("Female")
    MALE = "MALE", _("Male")
    OTHER = "OTHER", _("Other")
    UNKNOWN = "UNKNOWN", _("Not known")


class Relation(models.TextChoices):
    """What a login is to the patient whose record it manages."""

    SELF = "SELF", _("The patient")
    PARENT = "PARENT", _("Parent")
    GUARDIAN = "GUARDIAN", _("Guardian")


class CareSource(models.TextChoices):
    """How a care relationship came about."""

    CHOICE = "CHOICE", _("Chosen by the patient")
    HOSPITAL = "HOSPITAL", _("Assigned by a hospital")
    APPOINTMENT = "APPOINTMENT", _("A confirmed appointment")
