"""Answering a repeated POST with the answer of the first: claimed and stored in the effect's own transaction."""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.crypto import NONCE_BYTES, derive_key
from apps.core.errors import RuleRefused, Unprocessable
from apps.core.models import StoredAnswer

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door answered: status, headers worth repeating, and the JSON body as bytes."""

    status: int
    headers: dict[str, str]
    body: bytes


class RequestInProgress(RuleRefused):
    """The first request with this key has not finished."""

    code = "request_in_progress"
    detail = _("The first request with this Idempotency-Key is still running. Try again in a moment.")


class KeyReused(Unprocessable):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    detail = _("This Idempotency-Key was used for another request. Use a new one for each new action.")


def answer_once(
    *, caller_id: UUID, key: str, request: bytes, now: datetime, act: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """Return the stored answer to this key, or act and store; the flag tells whether it is a repeat.

    Raises RequestInProgress while the first request runs and KeyReused for another body. An exception
    out of `act` leaves nothing behind, so the same key may be tried again.
    """
    key_hash = hmac.digest(settings.SECRET_KEY.encode(), b"idempotency:" + key.encode(), "sha256")
    request_hash = hashlib.sha256(request).digest()
    with transaction.atomic():
        _claim(caller_id, key_hash)
        stored = StoredAnswer.objects.filter(caller_id=caller_id, key_hash=key_hash).first()
        if stored and stored.expires_at > now:
            if not hmac.compare_digest(bytes(stored.request_hash), request_hash):
                raise KeyReused
            return _unseal(bytes(stored.sealed_answer), key), True
        answer = act()
        StoredAnswer.objects.update_or_create(
            caller_id=caller_id,
            key_hash=key_hash,
            defaults={
                "request_hash": request_hash,
                "sealed_answer": _seal(answer, key),
                "expires_at": now + LIFETIME,
            },
        )
    return answer, False


def expire_stored_answers(*, now: datetime) -> int:
    """Delete answers older than 24 hours and return how many there were."""
    return StoredAnswer.objects.filter(expires_at__lte=now).delete()[0]


def _claim(caller_id: UUID, key_hash: bytes) -> None:
    """Take the key for this transaction: an advisory lock refuses at once where a unique row would make us wait."""
    number = int.from_bytes(hashlib.sha256(caller_id.bytes + key_hash).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [number])
        if not cursor.fetchone()[0]:
            raise RequestInProgress


def _seal(answer: Answer, key: str) -> bytes:
    plaintext = orjson.dumps([answer.status, answer.headers, answer.body.decode()])
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_answer_key(key)).encrypt(nonce, plaintext, None)


def _unseal(sealed: bytes, key: str) -> Answer:
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    status, headers, body = orjson.loads(AESGCM(_answer_key(key)).decrypt(nonce, body, None))
    return Answer(status, headers, body.encode())


def _answer_key(key: str) -> bytes:
    return derive_key(settings.SECRET_KEY.encode() + key.encode(), "careloop stored answer v1")
