"""What the doors of accounts answer."""

from typing import Any

from rest_framework import serializers

from apps.accounts.choices import Custody, EndReason
from apps.accounts.doors import USER_EXAMPLE, UserOutput
from apps.accounts.services.client_keys import fingerprint_of
from apps.core.http.fields import BytesField


class SessionOutput(serializers.Serializer[Any]):
    """One sign-in on one device."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000011",
        "agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "address": "203.0.113.7",
        "created_at": "2026-11-20T08:00:00Z",
        "last_used_at": "2026-11-20T09:00:00Z",
        "expires_at": "2026-11-27T09:00:00Z",
        "ended_at": None,
        "end_reason": "",
        "is_current": True,
    }

    id = serializers.UUIDField()
    agent = serializers.CharField()
    address = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.ChoiceField(choices=EndReason.choices, allow_blank=True)
    is_current = serializers.SerializerMethodField(help_text="The session of this very request.")

    def get_is_current(self, session: Any) -> bool:
        """Return whether this request came through the session."""
        return bool(session.pk == self.context["request"].auth)


class AccountOutput(UserOutput):
    """A login as an administrator sees it."""

    example = {**USER_EXAMPLE, "is_active": True, "suspended_at": None, "created_at": "2026-11-01T08:00:00Z"}

    is_active = serializers.BooleanField()
    suspended_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class TicketOutput(serializers.Serializer[Any]):
    """Proof of a right code, good once, for 10 minutes."""

    example = {"token": "IjAxOWE5ZjNjIg:1vMabc:signature", "expires_in_seconds": 600}

    token = serializers.CharField()
    expires_in_seconds = serializers.IntegerField()


class CodeSentOutput(serializers.Serializer[Any]):
    """That a code is on its way, if there is somebody to send it to."""

    example = {"expires_in_seconds": 600}
    expires_in_seconds = serializers.IntegerField()


class EnrolledOutput(serializers.Serializer[Any]):
    """A new second factor, shown once; not in use until confirmed."""

    example = {
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "uri": "otpauth://totp/CareLoop:patient?secret=JBSWY3DPEHPK3PXP&issuer=CareLoop",
        "qr_svg": "data:image/svg+xml;charset=utf-8,%3Csvg",
    }

    secret = serializers.CharField()
    uri = serializers.CharField()
    qr_svg = serializers.CharField(help_text="A QR code as an image address.")


class KeyPairOutput(serializers.Serializer[Any]):
    """The public side of a key pair."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000012",
        "custody": "CLIENT",
        "algorithm": "RSA-OAEP-SHA256-3072+ED25519",
        "public_key": "MIIBojANBgkqhkiG9w0BAQEFAAOCAY8A",
        "signing_public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "fingerprint": "9f86 d081 884c 7d65 9a2f eaa0 c55a d015 a3bf 4f1b",
        "created_at": "2026-11-20T09:00:00Z",
    }

    id = serializers.UUIDField()
    custody = serializers.ChoiceField(choices=Custody.choices)
    algorithm = serializers.CharField()
    public_key = BytesField(help_text="DER, in base64.")
    signing_public_key = BytesField(help_text="32 bytes of Ed25519, in base64.")
    fingerprint = serializers.SerializerMethodField(
        help_text="For two people to compare over another channel: SHA-256 over both public keys."
    )
    created_at = serializers.DateTimeField()

    def get_fingerprint(self, pair: Any) -> str:
        """Return the pair's fingerprint."""
        return fingerprint_of(pair)


class ChallengeOutput(serializers.Serializer[Any]):
    """A challenge that only the holder of the private keys can answer."""

    example = {"challenge": "9b0c3dEXAMPLE=", "token": "WyIwMTlhOWYzYyJd:1vMabc:signature"}

    challenge = serializers.CharField(help_text="Encrypted to the public key, in base64.")
    token = serializers.CharField()


class RecoveryCodesOutput(serializers.Serializer[Any]):
    """Fresh recovery codes, shown once."""

    example = {"recovery_codes": ["1a2b3c-4d5e6f", "a1b2c3-d4e5f6"]}
    recovery_codes = serializers.ListField(child=serializers.CharField())
