"""Answers kept for an hour by medicine and facts: keyed by a hash, sealed, so that the cache tells nobody anything."""

import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from apps.core import crypto
from apps.core.errors import Unavailable
from apps.recommendations.safety import Facts, Proposal

logger = logging.getLogger(__name__)

SECONDS = 3600
GENERATION = "advice:generation"  # Part of every key: a new one makes all that was kept unreachable.


def key_of(*, proposal: Proposal, facts: Facts, circumstances: Sequence[str | None]) -> str:
    """Return the name under which an answer is kept; without our secret nobody can guess what it stands for."""
    asked = json.dumps([asdict(proposal), asdict(facts), circumstances], sort_keys=True)
    return hmac.new(settings.SECRET_KEY.encode(), f"advice\n{asked}".encode(), hashlib.sha256).hexdigest()


def kept(key: str) -> dict[str, Any] | None:
    """Return the answer that is kept, None where there is none or the cache is away."""
    try:
        sealed = cache.get(_place(key))
        return json.loads(crypto.unseal(sealed, place=key)) if sealed else None
    except (RedisError, OSError, crypto.CannotOpen):
        logger.warning("advice cache does not answer")
        return None


def keep(*, key: str, answer: dict[str, Any]) -> None:
    """Keep an answer for an hour; a cache that is away keeps nothing, which costs time and no truth."""
    try:
        cache.set(_place(key), crypto.seal(json.dumps(answer).encode(), place=key), SECONDS)
    except (RedisError, OSError):
        logger.warning("advice cache does not answer")


def forget_all() -> None:
    """Make every kept answer unreachable; raises Unavailable when the cache is away."""
    try:
        cache.set(GENERATION, uuid4().hex, None)
    except (RedisError, OSError) as failure:
        raise Unavailable from failure


def _place(key: str) -> str:
    return f"advice:{cache.get(GENERATION, '')}:{key}"
