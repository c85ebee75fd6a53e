"""The breaker of each channel: an outage of its provider costs a few messages a try, not every message all of them."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from apps.notifications.models import Breaker

STRIKES = 3
SHORTEST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(seconds=60)

# One statement, so that of several workers that meet the same outage each counts. After the third in a row nobody
# sends for 15, 30, then 60 seconds.
STRIKE = """
INSERT INTO notifications_breaker AS breaker (channel, strikes, last_failure) VALUES (%(channel)s, 1, %(failure)s)
ON CONFLICT (channel) DO UPDATE SET
    strikes = breaker.strikes + 1,
    last_failure = excluded.last_failure,
    retry_at = CASE WHEN breaker.strikes + 1 >= %(strikes)s THEN
        %(now)s::timestamptz
            + LEAST(%(shortest)s::interval * 2 ^ LEAST(breaker.strikes + 1 - %(strikes)s, 10), %(longest)s::interval)
    END
RETURNING retry_at IS NOT NULL
"""


def may_send(channel: str, *, now: datetime) -> bool:
    """Return whether the channel may be used now; while its provider is away, one worker at a time finds out."""
    known = Breaker.objects.filter(pk=channel)
    if not known.exclude(retry_at=None).exists():
        return True
    return bool(known.filter(retry_at__lte=now).update(retry_at=now + LONGEST_WAIT))


def give_back_trial(channel: str, *, taken_at: datetime) -> None:
    """Let the next worker find out: the one who took the trial at that moment has asked the provider nothing."""
    Breaker.objects.filter(pk=channel, retry_at=taken_at + LONGEST_WAIT).update(retry_at=taken_at)


def strike(channel: str, *, failure: str, now: datetime) -> bool:
    """Count an outage, and return whether nobody shall send for a while."""
    waits: dict[str, Any] = {"strikes": STRIKES, "shortest": SHORTEST_WAIT, "longest": LONGEST_WAIT}
    with connection.cursor() as cursor:
        cursor.execute(STRIKE, {"channel": channel, "failure": failure[:200], "now": now, **waits})
        row = cursor.fetchone()
    return bool(row and row[0])


def all_is_well(channel: str) -> None:
    """Forget the outages: the provider has answered."""
    Breaker.objects.filter(pk=channel).exclude(strikes=0, retry_at=None).update(strikes=0, retry_at=None)
