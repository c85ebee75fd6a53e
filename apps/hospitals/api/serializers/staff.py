"""What the doors of hospital staff take and answer."""

from typing import Any

from rest_framework import serializers

from apps.accounts.doors import ConsentField
from apps.hospitals.api.serializers.fields import PhoneField, SecretField
from apps.hospitals.choices import StaffState


class StaffOutput(serializers.Serializer[Any]):
    """A login of a hospital's staff."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000171",
        "hospital": "019a9f3c-0000-7000-8000-000000000101",
        "username": "hospital",
        "name": "Hana Park",
        "email": "hana@riverside.careloop.example",
        "phone": "+15550100200",
        "state": "ACTIVE",
        "invitation_expires_at": None,
    }

    id = serializers.UUIDField()
    hospital = serializers.UUIDField(source="hospital_id")
    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.name")
    email = serializers.EmailField(source="user.email")
    phone = serializers.CharField(source="user.phone")
    state = serializers.ChoiceField(choices=StaffState.choices)
    invitation_expires_at = serializers.DateTimeField(allow_null=True)


class InviteStaffInput(serializers.Serializer[Any]):
    """Whom to invite; only an administrator needs to name the hospital."""

    example = {"email": "new.colleague@riverside.careloop.example"}

    email = serializers.EmailField(max_length=254)
    hospital = serializers.UUIDField(required=False, allow_null=True, default=None)


class AcceptInvitationInput(serializers.Serializer[Any]):
    """The token of the link, and who one is."""

    example = {
        "token": "WyIwMTlhOWYzYyJd:1vMabc:signature",
        "first_name": "Joon",
        "last_name": "Park",
        "phone": "",
        "password": "a long enough password",
        "consent": True,
    }

    token = serializers.CharField(max_length=500)
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    phone = PhoneField(required=False, default="")
    password = SecretField()
    consent = ConsentField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the facts; consent is kept with its version and time by the service."""
        attrs.pop("consent")
        return attrs
