"""What production refuses to start with, each refusal naming the variable and what to do."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from apps.core.crypto import read_key_ring

REQUIRED = (
    "SECRET_KEY",
    "SIGNING_KEYS",
    "MASTER_KEYS",
    "CODE_PEPPER",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "SITE_URL",
    "STREAM_URL",
    "ALLOWED_HOSTS",
)
SECRETS = ("SECRET_KEY", "SIGNING_KEYS", "MASTER_KEYS", "CODE_PEPPER")
KEY_RINGS = ("SIGNING_KEYS", "MASTER_KEYS")
SHORTEST_SECRET = 32
ROLES = ("PATIENT", "DOCTOR", "HOSPITAL", "ADMIN")
# "development-only" and "test-only", in clear and as base64 writes them inside a key ring.
KNOWN_TO_EVERYONE = ("development-only", "test-only", "change-me", "ZGV2ZWxvcG1lbnQt", "dGVzdC1vbmx5")


def refuse_unsafe_settings(settings: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured naming every missing, default or unsafe production setting at once."""
    faults = [*_missing(settings), *_known(settings), *_malformed(settings), *_unsafe(settings)]
    if faults:
        raise ImproperlyConfigured("CareLoop does not start in production:\n" + "\n".join(f"  - {f}" for f in faults))


def _missing(settings: Mapping[str, Any]) -> list[str]:
    return [f"{name} is not set; see .env.example" for name in REQUIRED if not settings.get(name)]


def _known(settings: Mapping[str, Any]) -> list[str]:
    faults = []
    for name in SECRETS:
        value = settings.get(name) or ""
        if any(word in value for word in KNOWN_TO_EVERYONE):
            faults.append(f"{name} is a default that everyone can read; make a new one (.env.example says how)")
        elif value and name not in KEY_RINGS and len(value) < SHORTEST_SECRET:
            faults.append(f"{name} is shorter than {SHORTEST_SECRET} characters")
    return faults


def _malformed(settings: Mapping[str, Any]) -> list[str]:
    faults = []
    for name in KEY_RINGS:
        try:
            read_key_ring(settings.get(name) or "unset:" + "A" * 44)
        except ImproperlyConfigured as fault:
            faults.append(f"{name}: {fault}")
    return faults


def _unsafe(settings: Mapping[str, Any]) -> list[str]:
    faults = []
    if settings.get("DEBUG"):
        faults.append("DEBUG is on; it shows source code and data to strangers")
    if any("*" in host for host in settings.get("ALLOWED_HOSTS", [])):
        faults.append("ALLOWED_HOSTS holds a wildcard; name the hosts")
    if settings.get("SMS_URL") and not settings["SMS_URL"].startswith(("twilio+https://", "json+https://")):
        faults.append("SMS_URL begins neither with twilio+https:// nor with json+https://")
    unknown = [role for role in settings.get("SECOND_FACTOR_ROLES", []) if role not in ROLES]
    if unknown:
        faults.append(f"SECOND_FACTOR_ROLES names {', '.join(map(repr, unknown))}; roles are {', '.join(ROLES)}")
    if 0 < len(settings.get("BOOTSTRAP_TOKEN") or "") < SHORTEST_SECRET:
        faults.append(f"BOOTSTRAP_TOKEN is shorter than {SHORTEST_SECRET} characters")
    return faults
