"""Attempts to prove who one is: counted before they are looked at, each further failure making the wait longer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, QuerySet, UUIDField

from apps.accounts.models import Session
from apps.core.budgets import address_prefix, forgive, take_back, try_once
from apps.core.context import current_call
from apps.core.prepared import Given, PreparedQuestion

LONGEST_DELAY = timedelta(minutes=15)
LONGEST_SHARED_DELAY = timedelta(seconds=60)  # A counter that strangers share must never keep anybody out for long.
FORGOTTEN_AFTER = timedelta(hours=1)
FREE_FAILURES = 5


def count_attempt(*, subjects: Sequence[UUID], now: datetime) -> None:
    """Count an attempt on each subject: a login, or what stands for a name that nobody has. Raises TooManyAttempts.

    Three counters: this subject from this network (few free), this subject from anywhere and this network
    for any subject (more free). The delay grows and fades. A network from which the subject was signed in before
    is asked for the first alone, so strangers elsewhere cannot keep the person out.
    The count is committed before anything is compared, so a refusal cannot take it back.
    """
    network = address_prefix(current_call().address)
    with transaction.atomic(durable=True):
        for subject in sorted(subjects):
            _try("attempt", f"{subject}@{network}", FREE_FAILURES, LONGEST_DELAY, now)
        strange = _strange(subjects, network)
        for subject in strange:
            _try("attempt-anywhere", str(subject), 50, LONGEST_SHARED_DELAY, now)
        if strange:
            _try("attempt-network", network, 200, LONGEST_SHARED_DELAY, now)


def _try(scope: str, counted: str, free: int, longest: timedelta, now: datetime) -> None:
    try_once(scope, counted, free=free, longest=longest, forgotten_after=FORGOTTEN_AFTER, now=now)


def _strange(subjects: Sequence[UUID], network: str) -> list[UUID]:
    """Return the subjects that were never signed in from this network, in the order of counting."""
    return [subject for subject in sorted(subjects) if _SIGNED_IN.first(user=subject, network=network) is None]


def _compose_signed_in() -> QuerySet[Session, tuple[UUID]]:
    """Return one session of the login from the network, open or over."""
    own = Session.objects.filter(user=Given("user", UUIDField()), network=Given("network", CharField()))
    return own.order_by().values_list("pk")[:1]


_SIGNED_IN = PreparedQuestion(_compose_signed_in)


def count_second_factor(*, user_id: UUID, now: datetime) -> None:
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


def forgive_attempts(*, subject: UUID, subjects: Sequence[UUID]) -> None:
    """Forget the failures of `subject` from this network: the attempt that was counted for `subjects` was right.

    Every other counter forgets that attempt alone: else those who sign in would use them up, and whoever guesses
    beside them, or at a login of the same address, would be forgiven.
    """
    network = address_prefix(current_call().address)
    with transaction.atomic():  # In the order of counting, so that the two never wait for each other in a ring.
        for each in sorted(subjects):
            (forgive if each == subject else take_back)("attempt", f"{each}@{network}")
        strange = _strange(subjects, network)
        for each in strange:
            take_back("attempt-anywhere", str(each))
        if strange:
            take_back("attempt-network", network)


def forgive_second_factor(*, user_id: UUID) -> None:
    """Forget the wrong codes of a login: the last one was right."""
    forgive("second-factor", str(user_id))
