"""The people cared for, who manages them, where they are registered, who treats them, and what is known of them."""

from apps.patients.models.access import AccessGrant
from apps.patients.models.care import CareRelationship
from apps.patients.models.people import Caregiver, HospitalRegistration, Management, Patient
from apps.patients.models.profile import Allergy, Condition, HealthFacts, Medication, ProfileEntry

__all__ = [
    "AccessGrant",
    "Allergy",
    "CareRelationship",
    "Caregiver",
    "Condition",
    "HealthFacts",
    "HospitalRegistration",
    "Management",
    "Medication",
    "Patient",
    "ProfileEntry",
]
