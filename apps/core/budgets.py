"""Budgets that an attacker cannot outrun: counted in the database, in one statement, before anything is compared."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db import connection
from django.db.models import F

from apps.core.errors import TooManyAttempts
from apps.core.models import Budget

# One statement: of any number of simultaneous calls each gets a number of its own.
SPEND = """
INSERT INTO core_budget (key_hash, window_started_at, spent) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key_hash) DO UPDATE SET
    spent = CASE WHEN core_budget.window_started_at <= %(window_start)s THEN 1 ELSE core_budget.spent + 1 END,
    window_started_at = CASE
        WHEN core_budget.window_started_at <= %(window_start)s THEN %(now)s ELSE core_budget.window_started_at
    END
RETURNING spent, window_started_at
"""

IPV4_PREFIX, IPV6_PREFIX = 24, 48  # What one household or provider customer commands.


def spend(scope: str, subject: str, *, limit: int, window: timedelta, now: datetime) -> None:
    """Spend one of `limit` uses per `window`; raises TooManyAttempts, saying how long to wait, when none is left."""
    with connection.cursor() as cursor:
        cursor.execute(SPEND, {"key": _key(scope, subject), "now": now, "window_start": now - window})
        spent, started_at = cursor.fetchone()
    if spent > limit:
        raise TooManyAttempts(wait=started_at + window - now)


# After some free failures each further one doubles the wait. Counted before the comparison, so a
# thousand simultaneous guesses are a thousand failures, not one.
TRY = """
INSERT INTO core_budget (key_hash, window_started_at, spent) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key_hash) DO UPDATE SET
    spent = CASE WHEN core_budget.window_started_at <= %(forgotten)s THEN 1 ELSE core_budget.spent + 1 END,
    window_started_at = %(now)s
WHERE core_budget.window_started_at <= %(forgotten)s
   OR core_budget.spent < %(free)s
   OR core_budget.window_started_at + least(
        %(longest)s::float8, power(2, least(core_budget.spent - %(free)s + 1, 20))
      ) * interval '1 second' <= %(now)s
RETURNING spent
"""


def try_once(
    scope: str, subject: str, *, free: int, longest: timedelta, forgotten_after: timedelta, now: datetime
) -> None:
    """Count one attempt that may fail; raises TooManyAttempts while the growing delay of earlier ones lasts."""
    key = _key(scope, subject)
    with connection.cursor() as cursor:
        cursor.execute(
            TRY,
            {
                "key": key,
                "now": now,
                "free": free,
                "longest": longest.total_seconds(),
                "forgotten": now - forgotten_after,
            },
        )
        if cursor.fetchone() is None:
            raise TooManyAttempts(wait=_remaining(key, free, longest, now))


def forgive(scope: str, subject: str) -> None:
    """Forget the attempts counted so far: the last one was right."""
    Budget.objects.filter(key_hash=_key(scope, subject)).delete()


def take_back(scope: str, subject: str) -> None:
    """Count one attempt less, because it was right; the failures of others stay counted."""
    Budget.objects.filter(key_hash=_key(scope, subject), spent__gt=0).update(spent=F("spent") - 1)


def expire_budgets(*, now: datetime) -> int:
    """Delete counters that nothing can depend on any more and return how many there were."""
    return Budget.objects.filter(window_started_at__lt=now - timedelta(days=2)).delete()[0]


def address_prefix(address: str | None) -> str:
    """Return the network an address belongs to: /24 for IPv4 (also as IPv6 writes it), /48 for IPv6, or `unknown`."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed  # Else all of IPv4, seen by a server on `::`, is one network.
    return str(ip_network((parsed, IPV4_PREFIX if parsed.version == 4 else IPV6_PREFIX), strict=False))


def _remaining(key: bytes, free: int, longest: timedelta, now: datetime) -> timedelta:
    counted = Budget.objects.filter(key_hash=key).first()
    if counted is None:
        return timedelta(seconds=1)
    delay = min(longest, timedelta(seconds=2 ** min(counted.spent - free + 1, 20)))
    return counted.window_started_at + delay - now


def _key(scope: str, subject: str) -> bytes:
    """Return the counter's key: a hash, so that the table names nobody."""
    return hashlib.sha256(f"{scope}\n{subject}".encode()).digest()
