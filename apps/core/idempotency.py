"""Answering a repeated POST with the answer of the first: claimed and stored in the effect's own transaction.

Where the answer is shown once, or the act commits by itself, a repeat is told that it was done.
"""

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
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.crypto import NONCE_BYTES, derive_key
from apps.core.errors import RuleRefused, Unprocessable
from apps.core.models import StoredAnswer

LIFETIME = timedelta(hours=24)
LONGEST_RUN = timedelta(minutes=1)  # Of one request; a claim that is older belonged to a process that is gone.
RUNNING, DONE = b"", b"done"  # In the place of an answer that is not kept.


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


class AlreadyDone(RuleRefused):
    """The first request was carried out, and its answer is not shown again."""

    code = "already_done"
    detail = _("This was done already, and what it answered is shown only once.")


class KeyReused(Unprocessable):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    detail = _("This Idempotency-Key was used for another request. Use a new one for each new action.")


def answer_once(
    *, caller_id: UUID, key: str, request: bytes, now: datetime, act: Callable[[], Answer], is_kept: bool = True
) -> tuple[Answer, bool]:
    """Return the stored answer to this key, or act and store; the flag tells whether it is a repeat.

    Of an answer that is not kept stays that it was given: a repeat raises AlreadyDone. Raises RequestInProgress while
    the first request runs and KeyReused for another body. An exception out of `act` leaves nothing behind, so the same
    key may be tried again.
    """
    claim = _Claim(caller_id, key, request)
    with transaction.atomic():
        stored = claim.take(now=now)
        if stored is not None:
            return _unseal(stored, key), True
        answer = act()
        claim.store(_seal(answer, key) if is_kept else DONE, until=now + LIFETIME)
    return answer, False


def act_once(*, caller_id: UUID, key: str, request: bytes, now: datetime, act: Callable[[], Answer]) -> Answer:
    """Act unless this key was used before: for acts that commit by themselves, such as a guess that must be counted.

    The claim is committed before, and given back when `act` raises; of a process that is killed meanwhile it runs out.
    Raises AlreadyDone for a repeat, RequestInProgress and KeyReused.
    """
    claim = _Claim(caller_id, key, request)
    with transaction.atomic():
        claim.take(now=now)
        claim.store(RUNNING, until=now + LONGEST_RUN)
    try:
        answer = act()
    except BaseException:
        claim.rows().delete()
        raise
    claim.store(DONE, until=now + LIFETIME)
    return answer


class _Claim:
    """A key of one caller, for one request."""

    def __init__(self, caller_id: UUID, key: str, request: bytes) -> None:
        self.caller_id = caller_id
        self.key_hash = hmac.digest(settings.SECRET_KEY.encode(), b"idempotency:" + key.encode(), "sha256")
        self.request_hash = hashlib.sha256(request).digest()

    def rows(self) -> "models.QuerySet[StoredAnswer]":
        """Return what is stored under the key: one row or none."""
        return StoredAnswer.objects.filter(caller_id=self.caller_id, key_hash=self.key_hash)

    def take(self, *, now: datetime) -> bytes | None:
        """Take the key for this transaction; return the sealed answer of an earlier request, None for a new key."""
        self._lock()
        stored = self.rows().filter(expires_at__gt=now).first()
        if stored is None:
            return None
        if not hmac.compare_digest(bytes(stored.request_hash), self.request_hash):
            raise KeyReused
        sealed = bytes(stored.sealed_answer)
        if sealed in {RUNNING, DONE}:
            raise RequestInProgress if sealed == RUNNING else AlreadyDone
        return sealed

    def store(self, sealed_answer: bytes, *, until: datetime) -> None:
        """Store what a repeat meets."""
        facts = {"request_hash": self.request_hash, "sealed_answer": sealed_answer, "expires_at": until}
        StoredAnswer.objects.update_or_create(caller_id=self.caller_id, key_hash=self.key_hash, defaults=facts)

    def _lock(self) -> None:
        """Refuse at once, where a unique row would make us wait: an advisory lock."""
        number = int.from_bytes(hashlib.sha256(self.caller_id.bytes + self.key_hash).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [number])
            if not cursor.fetchone()[0]:
                raise RequestInProgress


def expire_stored_answers(*, now: datetime) -> int:
    """Delete answers older than 24 hours and return how many there were."""
    return StoredAnswer.objects.filter(expires_at__lte=now).delete()[0]


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
