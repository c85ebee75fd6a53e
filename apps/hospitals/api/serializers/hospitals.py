"""What the doors of hospitals and departments take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.accounts.doors import ConsentField
from apps.core.http.fields import AnyCaseChoiceField
from apps.hospitals.api.serializers.fields import (
    DegreesField,
    PhoneField,
    SecretField,
    ZoneField,
    first_given,
    refuse_other_password,
)
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.doors import affected_field

HOSPITAL_EXAMPLE = {
    "id": "019a9f3c-0000-7000-8000-000000000101",
    "name": "Riverside General",
    "email": "contact@riverside.careloop.example",
    "phone": "+15550100100",
    "address": "1 River Street",
    "city": "Springfield",
    "latitude": 39.7817,
    "longitude": -89.6501,
    "time_zone": "America/New_York",
    "cancellation_notice_hours": 24,
    "status": "APPROVED",
}
LOGIN_FIELDS = ("username", "email", "password", "first_name", "last_name", "phone")
LONGEST_NOTICE = 30 * 24  # Hours.


FOR_OFFICES = "For administrators, and for whoever registers it."


class HospitalOutput(serializers.Serializer[Any]):
    """A hospital as the public sees it."""

    example: dict[str, Any] = HOSPITAL_EXAMPLE

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField()
    address = serializers.CharField()
    city = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    time_zone = serializers.CharField(help_text="IANA name.")
    cancellation_notice_hours = serializers.IntegerField(help_text="Until when patients may cancel a visit.")
    status = serializers.ChoiceField(choices=HospitalStatus.choices)


class HospitalOfficeOutput(HospitalOutput):
    """A hospital as administrators, and whoever registers it, see it."""

    example = {
        **HOSPITAL_EXAMPLE,
        "license_number": "RG-0001",
        "created_at": "2026-11-01T08:00:00Z",
        "decided_at": "2026-11-02T08:00:00Z",
        "decision_reason": "",
    }

    license_number = serializers.CharField(required=False, help_text=FOR_OFFICES)
    created_at = serializers.DateTimeField(required=False, help_text=FOR_OFFICES)
    decided_at = serializers.DateTimeField(required=False, allow_null=True, help_text=FOR_OFFICES)
    decision_reason = serializers.CharField(required=False, help_text=FOR_OFFICES)


class NearbyHospitalOutput(HospitalOutput):
    """A hospital and how far it is."""

    example = {**HOSPITAL_EXAMPLE, "distance_km": 3.42}

    distance_km = serializers.SerializerMethodField(help_text="Great-circle kilometres.")

    def get_distance_km(self, hospital: Any) -> float:
        """Return the distance, two decimals."""
        return float(round(hospital.distance_km, 2))


class RegisterHospitalInput(serializers.Serializer[Any]):
    """A hospital that wants to join, and its first staff login."""

    example = {
        "email": "hana@hilltop.careloop.example",
        "password": "a long enough password",
        "first_name": "Hana",
        "last_name": "Park",
        "phone": "+15550100200",
        "hospital_name": "Hilltop Clinic",
        "license_number": "HC-0001",
        "hospital_email": "contact@hilltop.careloop.example",
        "hospital_phone": "+15550100201",
        "address": "2 Hill Road",
        "city": "Springfield",
        "latitude": 39.81,
        "longitude": -89.64,
        "time_zone": "America/Chicago",
        "consent": True,
    }

    username = serializers.CharField(max_length=140, required=False)
    email = serializers.EmailField(max_length=254)
    password = SecretField()
    password_confirm = SecretField(required=False)
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    phone = PhoneField(required=False)
    phone_number = PhoneField(required=False, help_text="The same as `phone`.")
    hospital_name = serializers.CharField(max_length=200)
    license_number = serializers.CharField(max_length=64)
    hospital_email = serializers.EmailField(max_length=254, required=False, default="", allow_blank=True)
    hospital_phone = PhoneField(required=False, default="")
    address = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    city = serializers.CharField(max_length=100, required=False)
    location = serializers.CharField(max_length=100, required=False, help_text="The same as `city`.")
    latitude = DegreesField(most=90)
    longitude = DegreesField(most=180)
    time_zone = ZoneField(required=False, default="UTC")
    consent = ConsentField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the facts under the names that the hospital's columns have; the login's come under theirs."""
        attrs.pop("consent")
        refuse_other_password(attrs)
        first_given(attrs, "phone", "phone_number")
        first_given(attrs, "city", "location")
        login = {name: attrs.pop(name) for name in LOGIN_FIELDS if name in attrs}
        own = {name: attrs.pop(f"hospital_{name}") for name in ("name", "email", "phone")}
        return {"login": login, **attrs, **own}


class ChangeHospitalInput(serializers.Serializer[Any]):
    """A hospital's profile; licence and status are not changed here."""

    example = {name: HOSPITAL_EXAMPLE[name] for name in HOSPITAL_EXAMPLE if name not in {"id", "status"}}

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(max_length=254, required=False, default="", allow_blank=True)
    phone = PhoneField(required=False, default="")
    address = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    latitude = DegreesField(most=90)
    longitude = DegreesField(most=180)
    time_zone = ZoneField()
    cancellation_notice_hours = serializers.IntegerField(
        min_value=0, max_value=LONGEST_NOTICE, required=False, default=0
    )
    affected = affected_field()


class DecideHospitalInput(serializers.Serializer[Any]):
    """A decision: `is_approved`, or the new status by its name."""

    example = {"is_approved": True, "reason": ""}

    is_approved = serializers.BooleanField(required=False, allow_null=True, default=None)
    decision = AnyCaseChoiceField(choices=HospitalStatus.choices, required=False)
    reason = serializers.CharField(
        max_length=500, required=False, default="", allow_blank=True, help_text="Needed for all but an approval."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return one decision and its reason."""
        wanted = attrs.get("decision")
        if wanted is None and attrs["is_approved"] is None:
            raise serializers.ValidationError({"is_approved": _("Say what you decide.")}, code="required")
        by_flag = HospitalStatus.APPROVED if attrs["is_approved"] else HospitalStatus.REJECTED
        return {"decision": HospitalStatus(wanted) if wanted else by_flag, "reason": attrs["reason"]}


class ReasonInput(serializers.Serializer[Any]):
    """Why."""

    example = {"reason": "The licence has run out."}
    reason = serializers.CharField(max_length=500)


class DepartmentOutput(serializers.Serializer[Any]):
    """A department of a hospital."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000151",
        "hospital": "019a9f3c-0000-7000-8000-000000000101",
        "name": "Cardiology",
        "description": "Heart and circulation.",
    }

    id = serializers.UUIDField()
    hospital = serializers.UUIDField(source="hospital_id")
    name = serializers.CharField()
    description = serializers.CharField()


class ChangeDepartmentInput(serializers.Serializer[Any]):
    """A department's name and description."""

    example: dict[str, Any] = {"name": "Cardiology", "description": "Heart and circulation."}

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class AddDepartmentInput(ChangeDepartmentInput):
    """A new department; only an administrator needs to name the hospital."""

    example = {**ChangeDepartmentInput.example, "hospital": "019a9f3c-0000-7000-8000-000000000101"}

    hospital = serializers.UUIDField(required=False, allow_null=True, default=None)
