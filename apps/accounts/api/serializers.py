"""What the sign-in doors take."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.http.fields import BytesField
from apps.core.http.synonyms import SynonymSerializer


class LoginInput(serializers.Serializer[Any]):
    """An identifier (or `email`, or `username`) and the password."""

    example = {"identifier": "patient", "password": "careloop-demo"}

    identifier = serializers.CharField(max_length=254, required=False)
    email = serializers.CharField(max_length=254, required=False)
    username = serializers.CharField(max_length=254, required=False)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=20, required=False, default="", allow_blank=True, help_text="Of the second factor, if there is one."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return one identifier, whichever of the three names it came under."""
        identifier = attrs.get("identifier") or attrs.get("email") or attrs.get("username")
        if not identifier:
            raise serializers.ValidationError({"identifier": _("Give a username or an e-mail address.")})
        return {"identifier": identifier, "password": attrs["password"], "otp": attrs["otp"]}


class RefreshInput(serializers.Serializer[Any]):
    """The refresh token of the present pair."""

    example = {"refresh": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImRldiJ9.e30.signature"}
    refresh = serializers.CharField(max_length=2000)


class LogoutInput(serializers.Serializer[Any]):
    """Whether every session ends, or only this one."""

    example = {"all": False}
    all = serializers.BooleanField(default=False)


class SuperuserInput(serializers.Serializer[Any]):
    """A new administrator."""

    example = {"email": "ada@careloop.example", "password": "a long enough password", "first_name": "Ada"}

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    first_name = serializers.CharField(max_length=100, required=False, default="")
    last_name = serializers.CharField(max_length=100, required=False, default="")
    phone = serializers.CharField(max_length=20, required=False, default="")


class ProfileInput(SynonymSerializer):
    """What of a login its owner changes here."""

    example = {"first_name": "Amina", "last_name": "Rahman", "phone": "+15550100001"}
    synonyms = {"phone_number": "phone"}

    first_name = serializers.CharField(max_length=100, allow_blank=True)
    last_name = serializers.CharField(max_length=100, allow_blank=True)
    phone = serializers.RegexField(r"^(\+?[0-9 ()-]{7,20})?$", allow_blank=True)


class CodeInput(serializers.Serializer[Any]):
    """The six digits that were sent."""

    example = {"otp_code": "123456"}
    otp_code = serializers.RegexField(r"^[0-9]{6}$", help_text="Six digits, good for 10 minutes and five guesses.")


class ChangePasswordInput(serializers.Serializer[Any]):
    """The present password and a new one."""

    example = {"old_password": "careloop-demo", "new_password": "a long enough password"}

    old_password = serializers.CharField(max_length=128, trim_whitespace=False)
    new_password = serializers.CharField(max_length=128, trim_whitespace=False)


class ForgottenInput(serializers.Serializer[Any]):
    """Whose password was forgotten."""

    example = {"email": "patient@careloop.example"}
    email = serializers.EmailField(max_length=254)


class ForgottenCodeInput(CodeInput):
    """The code that came by e-mail."""

    example = {"email": "patient@careloop.example", "otp_code": "123456"}

    email = serializers.EmailField(max_length=254)
    username = serializers.CharField(
        max_length=150, required=False, default=None, allow_null=True, help_text="Where logins share the address."
    )


class NewPasswordInput(serializers.Serializer[Any]):
    """The ticket of a verified code, and the new password."""

    example = {"token": "IjAxOWE5ZjNjIg:1vMabc:signature", "new_password": "a long enough password"}

    token = serializers.CharField(max_length=300)
    new_password = serializers.CharField(max_length=128, trim_whitespace=False)


class PasswordInput(serializers.Serializer[Any]):
    """The present password: a session alone does not decide this."""

    example = {"password": "careloop-demo"}
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class SecondFactorInput(serializers.Serializer[Any]):
    """A code of the authenticator app."""

    example = {"otp": "123456"}
    otp = serializers.CharField(max_length=20)


class PublicKeysInput(serializers.Serializer[Any]):
    """The public halves of keys that the client made and keeps."""

    example = {
        "public_key": "MIIBojANBgkqhkiG9w0BAQEFAAOCAY8A",
        "signing_public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    }

    public_key = BytesField(max_length=2_000, help_text="RSA, 3072 to 4096 bits, as DER (SPKI) in base64.")
    signing_public_key = BytesField(max_length=100, help_text="32 bytes of Ed25519, in base64.")


class RegisterKeysInput(PublicKeysInput):
    """The same keys, with the answer to the challenge."""

    example = {
        **PublicKeysInput.example,
        "token": "WyIwMTlhOWYzYyJd:1vMabc:signature",
        "signature": "c2lnbmF0dXJl",
        "password": "careloop-demo",
    }

    password = serializers.CharField(max_length=128, trim_whitespace=False, help_text="Your present password.")
    token = serializers.CharField(max_length=500)
    signature = BytesField(max_length=200, help_text="Ed25519 over the decrypted challenge, in base64.")
