"""Text messages by an HTTP gateway: the form that Twilio made common, or plain JSON; `SMS_URL` says which and where."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import UUID

import httpx
import orjson
from django.conf import settings

from apps.core.phones import normalized_phone
from apps.notifications.channels.outcomes import AnswerLost, Away, Refused, Send, Unsendable
from apps.notifications.letters import write_text
from apps.notifications.topics import Message

SHAPES = ("twilio", "json")
LARGEST_ANSWER = 65_536
STATUS_PATH = "/api/v1/notifications/sms-status/{key}/"
# What these say concerns our account or this moment, not the message.
NOT_THE_MESSAGE = frozenset({401, 402, 403, 404, 405, 407, 425, 429})
# After these it may have the message: it gave up waiting, knows the key already, or fell over on the way.
MAY_HAVE_IT = frozenset({408, 409})


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where text messages go, in which shape, and as whom."""

    shape: str
    url: str
    user: str
    secret: str = field(repr=False)


def gateway() -> Gateway | None:
    """Return the gateway that `SMS_URL` names (`twilio+https://user:secret@host/path`), None where there is none."""
    if not settings.SMS_URL:
        return None
    parts = urlsplit(settings.SMS_URL)
    shape, _, scheme = parts.scheme.partition("+")
    host = parts.netloc.rpartition("@")[2]
    url = urlunsplit((scheme, host, parts.path, parts.query, ""))
    return Gateway(shape, url, unquote(parts.username or ""), unquote(parts.password or ""))


def status_url(key: UUID) -> str:
    """Return where the provider reports on this message; made of our own address, never of what a request says."""
    return f"{settings.SITE_URL}{STATUS_PATH.format(key=key)}"


@contextmanager
def sms_door() -> Iterator[Send]:
    """Hold one connection to the gateway for a batch of messages."""
    named = gateway()
    # Proxies and redirects are nobody's choice but the operator's: the address is the one that was configured.
    with httpx.Client(timeout=settings.SMS_TIMEOUT, follow_redirects=False, trust_env=False) as client:

        def send(*, address: str, message: Message, with_detail: bool, key: UUID) -> str:
            number = normalized_phone(address, region=settings.PHONE_REGION)
            if named is None or number is None:
                raise Unsendable("no gateway" if named is None else "no phone number")
            return _post(client, named, _request(named, number, write_text(message), key))

        yield send


def _request(named: Gateway, number: str, text: str, key: UUID) -> dict[str, Any]:
    headers = {"Idempotency-Key": str(key)}
    if named.shape == "twilio":
        form = {"To": number, "From": settings.SMS_SENDER, "Body": text, "StatusCallback": status_url(key)}
        return {"headers": headers, "auth": (named.user, named.secret), "data": form}
    body = {"to": number, "from": settings.SMS_SENDER, "text": text, "reference": str(key)}
    body["status_url"] = status_url(key)
    return {"headers": {**headers, "Authorization": f"Bearer {named.secret}"}, "json": body}


def _post(client: httpx.Client, named: Gateway, request: dict[str, Any]) -> str:
    try:
        with client.stream("POST", named.url, **request) as answer:
            return _name_given(answer.status_code, _read(answer))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as failure:
        raise Away(type(failure).__name__) from failure
    except httpx.HTTPError as silence:
        raise AnswerLost(type(silence).__name__) from silence


def _read(answer: httpx.Response) -> bytes:
    """Return the body, if it ends in time and in bounds: httpx's own deadline begins anew with every byte."""
    deadline, body = time.monotonic() + settings.SMS_TIMEOUT, b""
    for chunk in answer.iter_bytes():
        body += chunk
        if time.monotonic() > deadline or len(body) > LARGEST_ANSWER:
            raise AnswerLost("endless answer")
    return body


def _name_given(status: int, body: bytes) -> str:
    """Return the provider's id of the message it took; what is neither that nor a clear refusal is no answer."""
    if status in NOT_THE_MESSAGE or 300 <= status < 400:
        raise Away(f"http {status}")
    if 400 <= status < 500 and status not in MAY_HAVE_IT:
        raise Refused(f"http {status}")
    try:
        answer = orjson.loads(body) if 200 <= status < 300 else None
    except orjson.JSONDecodeError:
        answer = None
    name = (answer.get("sid") or answer.get("id")) if isinstance(answer, dict) else None
    if not isinstance(name, str) or not name:
        raise AnswerLost(f"http {status} that says nothing")
    return name[:100]
