"""The closed lists of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a login is for. Any login, whatever its role, may also manage patients."""

    PATIENT = "PATIENT", _("Patient")
    DOCTOR = "DOCTOR", _("Doctor")
    HOSPITAL = "HOSPITAL", _("Hospital staff")
    ADMIN = "ADMIN", _("Administrator")


class Custody(models.TextChoices):
    """Who holds a private key: only CLIENT is end-to-end."""

    SERVER = "SERVER", _("Sealed on the server")
    CLIENT = "CLIENT", _("Held by the client")
