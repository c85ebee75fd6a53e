"""Asking a program outside, safely: a deadline and a size for all of it, few at a time, a rest after failures.

Never inside a transaction, and never an exception: whoever asks goes on without an answer.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from django.db import connection

from .breaker import Breaker, place

logger = logging.getLogger(__name__)

LARGEST_ANSWER = 262_144  # bytes

Answer = TypeVar("Answer")


class Unusable(Exception):
    """No answer, or none as asked for; the text says why, without a word of what was said."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is posted as JSON, and how many seconds the whole exchange may take."""

    url: str
    body: Mapping[str, Any]
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # A key is among them.


class Outside:
    """One program outside, known by its name; each process has its own opinion of whether it answers."""

    def __init__(self, name: str) -> None:
        """Begin with trust."""
        self._name, self._breaker = name, Breaker()

    @property
    def is_resting(self) -> bool:
        """Return whether it is left alone for now, after failures."""
        return self._breaker.is_resting

    def ask(self, question: Question, *, read: Callable[[bytes], Answer]) -> Answer | None:
        """Return what `read` makes of the answer; None while it rests, without a free place, and when it fails.

        `read` raises Unusable for what it cannot believe, which counts as a failure. None inside a transaction too:
        none may be held open for as long as a stranger thinks.
        """
        if _is_in_transaction():
            logger.error("%s: not asked inside a transaction", self._name)
            return None
        with place() as is_held:
            if not is_held or not self._breaker.may_try():
                return None
            try:
                answer = read(_exchange(question))
            except Unusable as failure:
                self._breaker.failed()
                logger.warning("%s: %s", self._name, failure)
                return None
            self._breaker.succeeded()
            return answer


def _is_in_transaction() -> bool:
    """Return whether a transaction is open; that of a test case is nobody's."""
    return any(not block._from_testcase for block in connection.atomic_blocks)  # type: ignore[attr-defined]


def _exchange(question: Question) -> bytes:
    """Return the body of the answer; the deadline is of everything together, name look-up and slow bytes included."""
    loop = asyncio.new_event_loop()  # Not asyncio.run: at its end that waits for a name look-up that hangs.
    try:
        return loop.run_until_complete(asyncio.wait_for(_posted(question), question.seconds))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as failure:
        raise Unusable(type(failure).__name__) from failure
    finally:
        loop.close()


async def _posted(question: Question) -> bytes:
    # Nothing compressed: a few bytes could become gigabytes before they are counted.
    headers = {**question.headers, "Accept-Encoding": "identity"}
    async with (
        httpx.AsyncClient(timeout=question.seconds) as client,
        client.stream("POST", question.url, json=question.body, headers=headers) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise Unusable(f"status {response.status_code}")
        read = bytearray()
        async for chunk in response.aiter_raw():
            read += chunk
            if len(read) > LARGEST_ANSWER:
                raise Unusable("too long")
        return bytes(read)
