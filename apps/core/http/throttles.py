"""Politeness limits per scope, kept in the cache. Security budgets are counted in the database, not here."""

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from apps.core.context import current_call

if TYPE_CHECKING:
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class ScopedThrottle(ScopedRateThrottle):
    """Counts writes under the view's `throttle_scope`, `write` where it names none; reads only under a named scope."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Return whether the request may pass; a cache that is away lets everybody pass."""
        scope = getattr(view, "throttle_scope", None) or ("write" if request.method not in {"GET", "HEAD"} else None)
        if scope is None:
            return True
        self.scope = scope
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        try:
            return super(ScopedRateThrottle, self).allow_request(request, view)
        except (RedisError, OSError):
            logger.warning("throttle store is away")
            return True

    def get_ident(self, request: Request) -> str:
        """Return where an anonymous caller calls from: the same address that the budgets and the audit log see."""
        return current_call().address or "unknown"
