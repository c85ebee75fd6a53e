"""The closed lists of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a login is for. Any login, whatever its role, may also manage patients."""

    PATIENT = "PATIENT", _("Patient")
    DOCTOR = "DOCTOR", _("Doctor")
    HOSPITAL = "HOSPITAL", _("Hospital staff")
    ADMIN = "ADMIN", _("Administrator")


SELF_GIVEN = [(role.value, role.label) for role in (Role.PATIENT, Role.DOCTOR)]  # Others are given by others.


class Custody(models.TextChoices):
    """Who holds a private key: only CLIENT is end-to-end."""

    SERVER = "SERVER", _("Sealed on the server")
    CLIENT = "CLIENT", _("Held by the client")


class CodePurpose(models.TextChoices):
    """What a one-time code is good for; a code for one thing is nothing for another."""

    EMAIL_VERIFICATION = "EMAIL_VERIFICATION", _("Confirm an e-mail address")
    PASSWORD_UPDATE = "PASSWORD_UPDATE", _("Choose a new password")
    PASSWORD_RESET = "PASSWORD_RESET", _("Reset a forgotten password")
    PATIENT_ACCESS = "PATIENT_ACCESS", _("Let a doctor read the record")
    PATIENT_CLAIM = "PATIENT_CLAIM", _("Claim a patient record")


class EndReason(models.TextChoices):
    """Why a session ended."""

    SIGNED_OUT = "SIGNED_OUT", _("Signed out")
    TOKEN_REUSED = "TOKEN_REUSED", _("A refresh token was used twice")
    PASSWORD_CHANGED = "PASSWORD_CHANGED", _("The password was changed")
    SUSPENDED = "SUSPENDED", _("The login was suspended")
    ENDED_BY_ADMIN = "ENDED_BY_ADMIN", _("Ended by an administrator")
