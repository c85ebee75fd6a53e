"""What the doors to doctors take, and answer to those who answer for them."""

from typing import Any

from rest_framework import serializers

from apps.accounts.doors import ConsentField
from apps.core.http.fields import AnyCaseChoiceField
from apps.core.http.synonyms import SynonymSerializer
from apps.hospitals.api.serializers.fields import (
    PhoneField,
    SecretField,
    WordsField,
    ZoneField,
    first_given,
    refuse_other_password,
)
from apps.hospitals.choices import Availability, DoctorStatus
from apps.hospitals.doors import DOCTOR_EXAMPLE, DoctorOutput, affected_field

PRACTICE_EXAMPLE: dict[str, Any] = {
    "specialization": "Cardiology",
    "license_number": "MD-12345",
    "cnic": "35202-1234567-1",
    "qualification": "MD",
    "education": "University of Lagos",
    "experience_years": 20,
    "consultation_fee": "80.00",
    "languages": ["English", "Yoruba"],
    "diseases_treated": ["High blood pressure"],
    "bio": "Twenty years of looking after hearts.",
    "practice_location": "Room 12",
    "city": "Springfield",
    "availability_status": "AVAILABLE",
    "time_zone": "America/New_York",
}


class PracticeInput(SynonymSerializer):
    """What is known of a doctor's practice."""

    example: dict[str, Any] = PRACTICE_EXAMPLE
    synonyms = {"years_of_experience": "experience_years", "experience": "experience_years"}

    specialization = serializers.CharField(max_length=100)
    license_number = serializers.CharField(max_length=64, required=False, allow_blank=True)
    cnic = serializers.RegexField(r"^[0-9A-Za-z -]{0,32}$", required=False, allow_blank=True)
    qualification = serializers.CharField(max_length=200, required=False, allow_blank=True)
    education = serializers.CharField(max_length=300, required=False, allow_blank=True)
    experience_years = serializers.IntegerField(min_value=0, max_value=80, required=False)
    consultation_fee = serializers.DecimalField(max_digits=10, decimal_places=2, min_value=0, required=False)
    languages = WordsField(longest=40, required=False)
    diseases_treated = WordsField(longest=80, required=False)
    bio = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    practice_location = serializers.CharField(max_length=300, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    availability_status = AnyCaseChoiceField(choices=Availability.choices, required=False)
    time_zone = ZoneField(required=False)


class OwnPracticeInput(PracticeInput):
    """What a doctor changes of the own profile."""

    affected = affected_field()


class ChangeDoctorInput(PracticeInput):
    """What a hospital or an administrator changes of a doctor."""

    example = {
        **PRACTICE_EXAMPLE,
        "first_name": "Lena",
        "last_name": "Okafor",
        "phone": "+15550100300",
        "department": "019a9f3c-0000-7000-8000-000000000151",
        "is_active": True,
    }

    first_name = serializers.CharField(max_length=100, required=False)
    last_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    phone = PhoneField(required=False)
    department = serializers.UUIDField(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)
    affected = affected_field()


class AddDoctorInput(PracticeInput):
    """A doctor whom a hospital or an administrator takes in."""

    example = {
        **PRACTICE_EXAMPLE,
        "first_name": "Lena",
        "last_name": "Okafor",
        "email": "lena@riverside.careloop.example",
        "phone": "+15550100300",
        "department": "019a9f3c-0000-7000-8000-000000000151",
    }

    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    email = serializers.EmailField(max_length=254)
    phone = PhoneField(required=False)
    phone_number = PhoneField(required=False, help_text="The same as `phone`.")
    department = serializers.UUIDField(required=False, allow_null=True, default=None)
    hospital = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="For administrators; independent without."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the facts under the names that the service takes."""
        first_given(attrs, "phone", "phone_number")
        return {**attrs, "hospital_id": attrs.pop("hospital"), "department_id": attrs.pop("department")}


class ApplyInput(PracticeInput):
    """What a doctor applies with."""

    license_number = serializers.CharField(max_length=64)
    qualification = serializers.CharField(max_length=200)


class RegisterApplicantInput(ApplyInput):
    """A doctor who applies, and their login."""

    example = {
        **PRACTICE_EXAMPLE,
        "email": "sara@careloop.example",
        "password": "a long enough password",
        "first_name": "Sara",
        "last_name": "Lind",
        "phone": "+15550100400",
        "consent": True,
    }

    email = serializers.EmailField(max_length=254)
    password = SecretField()
    password_confirm = SecretField(required=False)
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    phone = PhoneField(required=False, default="")
    consent = ConsentField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the facts; consent is kept with its version and time by the service."""
        refuse_other_password(attrs)
        return {name: value for name, value in attrs.items() if name != "consent"}


class OwnDoctorOutput(DoctorOutput):
    """A doctor as they themselves, their hospital and administrators see them."""

    example = {
        **DOCTOR_EXAMPLE,
        "username": "lenaokafor_riversidegeneral",
        "email": "lena@riverside.careloop.example",
        "phone": "+15550100300",
        "license_number": "MD-12345",
        "cnic": "35202-1234567-1",
        "status": "APPROVED",
        "is_active": True,
    }

    username = serializers.CharField(source="user.username")
    email = serializers.EmailField(source="user.email")
    phone = serializers.CharField(source="user.phone")
    license_number = serializers.CharField()
    cnic = serializers.CharField()
    status = serializers.ChoiceField(choices=DoctorStatus.choices)
    is_active = serializers.BooleanField()


class NewDoctorOutput(serializers.Serializer[Any]):
    """A doctor's login with its generated password: shown now and never again."""

    example = {
        "username": "lenaokafor_riversidegeneral",
        "password": "x7Q!rm2Lp0zK",
        "must_change_password": True,
        "doctor": OwnDoctorOutput.example,
    }

    username = serializers.CharField(source="doctor.user.username")
    password = serializers.CharField()
    must_change_password = serializers.BooleanField(source="doctor.user.must_change_password")
    doctor = OwnDoctorOutput()
