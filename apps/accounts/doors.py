"""What every door answers that signs somebody in, here and on the floors above."""

from typing import Any

from rest_framework import serializers

from apps.accounts import tokens
from apps.accounts.choices import Role
from apps.accounts.models import Session

USER_EXAMPLE = {
    "id": "019a9f3c-0000-7000-8000-000000000001",
    "username": "patient",
    "email": "patient@careloop.example",
    "role": "PATIENT",
    "first_name": "Amina",
    "last_name": "Rahman",
    "phone": "+15550100001",
    "is_email_verified": True,
    "must_change_password": False,
    "has_second_factor": False,
}


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
    is_email_verified = serializers.BooleanField()
    must_change_password = serializers.BooleanField()
    has_second_factor = serializers.BooleanField()


class TokensOutput(serializers.Serializer[Any]):
    """A fresh pair of tokens."""

    example: dict[str, Any] = {
        "access": "eyJhbGciOiJIUzI1NiJ9.e30.signature",
        "refresh": "eyJhbGciOiJIUzI1NiJ9.e30.signature",
    }

    access = serializers.CharField(help_text="Send as `Authorization: Bearer ...`; good for 15 minutes.")
    refresh = serializers.CharField(help_text="Good for one exchange, within 7 days.")


class SignedInOutput(TokensOutput):
    """A fresh pair of tokens and the login they belong to."""

    example: dict[str, Any] = {**TokensOutput.example, "user": USER_EXAMPLE}
    user = UserOutput()


def signed_in(session: Session) -> dict[str, Any]:
    """Return the answer to a sign-in: a fresh pair of tokens and the login."""
    return {**tokens.issue_pair(session), "user": UserOutput(session.user).data}
