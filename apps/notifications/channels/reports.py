"""What a gateway reports of a message afterwards: signed by it, in the shape of its kind."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from django.conf import settings

from apps.notifications.channels.sms import gateway, status_url
from apps.notifications.choices import Report

WORDS = {
    **dict.fromkeys(("accepted", "queued", "sending", "sent"), Report.TAKEN),
    **dict.fromkeys(("delivered", "read"), Report.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "rejected", "expired"), Report.UNDELIVERED),
}


class Forged(Exception):
    """The signature is not the gateway's, or there is no gateway that could have signed."""


class StatusReport(NamedTuple):
    """What the gateway says of one message; `report` is None for a word that says nothing of its fate."""

    report: Report | None
    provider_id: str
    error: str


def read_report(key: UUID, *, headers: Mapping[str, str], body: bytes) -> StatusReport:
    """Return what the gateway reports of the message with this key; raises Forged."""
    named = gateway()
    secret = (settings.SMS_CALLBACK_SECRET or (named.secret if named else "")).encode()
    if named is None or not secret:
        raise Forged
    return (_form if named.shape == "twilio" else _json)(key, headers, body, secret)


def twilio_signature(url: str, form: list[tuple[str, str]], secret: bytes) -> str:
    """Return Twilio's signature of a request: HMAC-SHA1 over the address and the sorted fields."""
    signed = url + "".join(name + value for name, value in sorted(form))
    return base64.b64encode(hmac.new(secret, signed.encode(), hashlib.sha1).digest()).decode()


def json_signature(url: str, body: bytes, secret: bytes) -> str:
    """Return the signature of a JSON report: HMAC-SHA256 over the address, a line feed and the body."""
    return "sha256=" + hmac.new(secret, url.encode() + b"\n" + body, hashlib.sha256).hexdigest()


def _form(key: UUID, headers: Mapping[str, str], body: bytes, secret: bytes) -> StatusReport:
    form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    _check(twilio_signature(status_url(key), form, secret), headers.get("X-Twilio-Signature", ""))
    return _report(dict(form), "MessageStatus", "MessageSid", "ErrorCode")


def _json(key: UUID, headers: Mapping[str, str], body: bytes, secret: bytes) -> StatusReport:
    _check(json_signature(status_url(key), body, secret), headers.get("X-Signature", ""))
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    return _report(said if isinstance(said, dict) else {}, "status", "id", "error")


def _check(right: str, given: str) -> None:
    if not hmac.compare_digest(right.encode(), given.encode()):
        raise Forged


def _report(said: Mapping[str, object], status: str, name: str, error: str) -> StatusReport:
    word, called, code = (str(said.get(each) or "") for each in (status, name, error))
    return StatusReport(WORDS.get(word.lower()), called[:100], code[:50])
