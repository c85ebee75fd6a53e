"""Attempts to prove who one is: counted before they are looked at, each further failure making the wait longer."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.core.budgets import address_prefix, forgive, try_once
from apps.core.context import current_call

LONGEST_DELAY = timedelta(minutes=15)
LONGEST_SHARED_DELAY = timedelta(seconds=60)  # A counter that strangers share must never keep anybody out for long.
FORGOTTEN_AFTER = timedelta(hours=1)
FREE_FAILURES = 5


def count_attempt(*, subject: str, now: datetime) -> None:
    """Count an attempt on `subject` (a login, or a name that may be one); raises TooManyAttempts.

    Three counters: this subject from this network (few free), this subject from anywhere and this network
    for any subject (more free). The delay grows and fades; nobody can lock another out for good.
    The count is committed before anything is compared, so a refusal cannot take it back.
    """
    prefix = address_prefix(current_call().address)
    with transaction.atomic(durable=True):
        for scope, counted, free, longest in (
            ("attempt", f"{subject}@{prefix}", FREE_FAILURES, LONGEST_DELAY),
            ("attempt-anywhere", subject, 50, LONGEST_SHARED_DELAY),
            ("attempt-network", prefix, 200, LONGEST_SHARED_DELAY),
        ):
            try_once(scope, counted, free=free, longest=longest, forgotten_after=FORGOTTEN_AFTER, now=now)


def count_second_factor(*, user_id: object, now: datetime) -> None:
    """Count a code of the second factor; raises TooManyAttempts. Whoever gets here has the password already.

    One counter for the login, wherever the codes come from: six digits must not be guessed from many networks.
    """
    with transaction.atomic(durable=True):
        try_once(
            "second-factor",
            str(user_id),
            free=FREE_FAILURES,
            longest=LONGEST_DELAY,
            forgotten_after=timedelta(days=1),
            now=now,
        )


def forgive_attempts(*, subject: str) -> None:
    """Forget the failures of this subject from this network: the last attempt was right."""
    forgive("attempt", f"{subject}@{address_prefix(current_call().address)}")


def forgive_second_factor(*, user_id: object) -> None:
    """Forget the wrong codes of a login: the last one was right."""
    forgive("second-factor", str(user_id))
