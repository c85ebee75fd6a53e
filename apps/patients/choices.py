"""The closed lists of patients and care relationships."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    """Sex as medicine needs it; UNKNOWN where nobody said."""

    FEMALE = "FEMALE", _("Female")
    MALE = "MALE", _("Male")
    OTHER = "OTHER", _("Other")
    UNKNOWN = "UNKNOWN", _("Not known")


class BloodGroup(models.TextChoices):
    """ABO and rhesus factor."""

    A_POSITIVE = "A+", "A+"
    A_NEGATIVE = "A-", "A-"
    B_POSITIVE = "B+", "B+"
    B_NEGATIVE = "B-", "B-"
    AB_POSITIVE = "AB+", "AB+"
    AB_NEGATIVE = "AB-", "AB-"
    O_POSITIVE = "O+", "O+"
    O_NEGATIVE = "O-", "O-"
    UNKNOWN = "UNKNOWN", _("Not known")


class Relation(models.TextChoices):
    """What a login is to the patient whose record it manages."""

    SELF = "SELF", _("The patient")
    CLAIMED = "CLAIMED", _("The patient, in a second record that a hospital began")
    PARENT = "PARENT", _("Parent")
    GUARDIAN = "GUARDIAN", _("Guardian")
    CHILD = "CHILD", _("Son or daughter")
    PARTNER = "PARTNER", _("Wife, husband or partner")
    OTHER = "OTHER", _("Somebody else who looks after the patient")


# Relations that mean: the login and the patient are one person.
ONE_PERSON = (Relation.SELF, Relation.CLAIMED)


class RegistrationSource(models.TextChoices):
    """How a hospital came to know a patient."""

    WALK_IN = "WALK_IN", _("Came in person")
    APPOINTMENT = "APPOINTMENT", _("A confirmed appointment")


class CareSource(models.TextChoices):
    """How a care relationship came about."""

    CHOICE = "CHOICE", _("Chosen by the patient")
    HOSPITAL = "HOSPITAL", _("Assigned by a hospital")
    APPOINTMENT = "APPOINTMENT", _("A confirmed appointment")


class Severity(models.TextChoices):
    """How bad a reaction was, or would be."""

    MILD = "MILD", _("Mild")
    MODERATE = "MODERATE", _("Moderate")
    SEVERE = "SEVERE", _("Severe")
    UNKNOWN = "UNKNOWN", _("Not known")


class MedicationSource(models.TextChoices):
    """Who says that the patient takes something."""

    REPORTED = "REPORTED", _("Reported by the patient")
    PRESCRIBED = "PRESCRIBED", _("Prescribed")


class GrantKind(models.TextChoices):
    """How a doctor came to read a whole record."""

    OTP = "OTP", _("By the patient's code")
    BREAK_GLASS = "BREAK_GLASS", _("In an emergency")


class ReviewOutcome(models.TextChoices):
    """What a review of an emergency found."""

    JUSTIFIED = "JUSTIFIED", _("It was one")
    NOT_JUSTIFIED = "NOT_JUSTIFIED", _("It was none")


class EntryStatus(models.TextChoices):
    """Whether an entry of the clinical profile still holds."""

    ACTIVE = "ACTIVE", _("Holds now")
    ENDED = "ENDED", _("Is over")
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR", _("Was never true")
