"""What the sign-in doors take."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class LoginInput(serializers.Serializer[Any]):
    """An identifier (or `email`, or `username`) and the password."""

    example = {"identifier": "patient", "password": "careloop-demo"}

    identifier = serializers.CharField(max_length=254, required=False)
    email = serializers.CharField(max_length=254, required=False)
    username = serializers.CharField(max_length=254, required=False)
    password = serializers.CharField(max_length=128, trim_whitespace=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return one identifier, whichever of the three names it came under."""
        identifier = attrs.get("identifier") or attrs.get("email") or attrs.get("username")
        if not identifier:
            raise serializers.ValidationError({"identifier": _("Give a username or an e-mail address.")})
        return {"identifier": identifier, "password": attrs["password"]}


class RefreshInput(serializers.Serializer[Any]):
    """The refresh token of the present pair."""

    example = {"refresh": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImRldiJ9.e30.signature"}
    refresh = serializers.CharField(max_length=2000)


class LogoutInput(serializers.Serializer[Any]):
    """Whether every session ends, or only this one."""

    example = {"all": False}
    all = serializers.BooleanField(default=False)
