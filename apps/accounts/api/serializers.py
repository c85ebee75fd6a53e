"""What the sign-in doors take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.accounts.choices import Role

USER_EXAMPLE = {
    "id": "019a9f3c-0000-7000-8000-000000000001",
    "username": "patient",
    "email": "patient@careloop.example",
    "role": "PATIENT",
    "first_name": "Amina",
    "last_name": "Rahman",
    "phone": "+15550100001",
}


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


class UserOutput(serializers.Serializer[Any]):
    """A login as its owner sees it."""

    example = USER_EXAMPLE

    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone = serializers.CharField()


class TokensOutput(serializers.Serializer[Any]):
    """A fresh pair of tokens."""

    example = {"access": "eyJhbGciOiJIUzI1NiJ9.e30.signature", "refresh": "eyJhbGciOiJIUzI1NiJ9.e30.signature"}

    access = serializers.CharField(help_text="Send as `Authorization: Bearer ...`; good for 15 minutes.")
    refresh = serializers.CharField(help_text="Good for one exchange, within 7 days.")


class SignedInOutput(TokensOutput):
    """A fresh pair of tokens and the login they belong to."""

    example = {**TokensOutput.example, "user": USER_EXAMPLE}
    user = UserOutput()
