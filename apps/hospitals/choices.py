"""The closed lists of hospitals and doctors."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HospitalStatus(models.TextChoices):
    """PENDING -> APPROVED <-> SUSPENDED, PENDING -> REJECTED -> APPROVED."""

    PENDING = "PENDING", _("Waiting for approval")
    APPROVED = "APPROVED", _("Approved")
    SUSPENDED = "SUSPENDED", _("Suspended")
    REJECTED = "REJECTED", _("Rejected")


LICENSED = (HospitalStatus.APPROVED, HospitalStatus.SUSPENDED)  # Whose licence was checked, and found theirs.


class DoctorStatus(models.TextChoices):
    """An applicant is PENDING; a doctor made by a hospital is APPROVED at once."""

    PENDING = "PENDING", _("Waiting for approval")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")


class Availability(models.TextChoices):
    """What a doctor says about taking patients; the calendar says when."""

    AVAILABLE = "AVAILABLE", _("Takes patients")
    BUSY = "BUSY", _("Busy")
    UNAVAILABLE = "UNAVAILABLE", _("Takes nobody now")


class StaffState(models.TextChoices):
    """INVITED -> ACTIVE -> DEACTIVATED; an invitation may be withdrawn too."""

    INVITED = "INVITED", _("Invited")
    ACTIVE = "ACTIVE", _("Active")
    DEACTIVATED = "DEACTIVATED", _("Deactivated")


class PaperKind(models.TextChoices):
    """What a document of an application proves."""

    LICENSE = "LICENSE", _("Licence")
    DEGREE = "DEGREE", _("Degree")
    IDENTITY = "IDENTITY", _("Identity")
    OTHER = "OTHER", _("Something else")


class Affected(models.TextChoices):
    """What becomes of live appointments that a change of when doctors work would break."""

    REFUSE = "REFUSE", _("Refuse the change and list them")
    MOVE = "MOVE", _("Move each to the next free slot")
    CANCEL = "CANCEL", _("Cancel them")
