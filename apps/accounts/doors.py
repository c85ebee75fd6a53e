"""What doors share that make logins or sign somebody in, here and on the floors above."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.accounts import tokens
from apps.accounts.choices import Role
from apps.accounts.models import Session


class ConsentField(serializers.BooleanField):
    """That a person agrees to the terms; without it nothing is stored. Services keep its version and time."""

    default_error_messages = {"no_consent": _("Without your consent nothing can be stored about you.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="Must be true: that you agree to the terms.", **kwargs)

    def to_internal_value(self, data: Any) -> bool:
        """Return True; refuses anything else."""
        if super().to_internal_value(data) is not True:
            self.fail("no_consent")
        return True


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
