"""One-time codes: six digits, bound to purpose, subject and requester, compared at most five times, used once."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import CodePurpose
from apps.accounts.models import OneTimeCode
from apps.core import audit, outbox
from apps.core.budgets import address_prefix, spend, try_once
from apps.core.context import current_call
from apps.core.errors import RuleRefused

LIFETIME = timedelta(minutes=10)
KEPT_FOR = timedelta(days=30)  # The inbox still says that a code was sent.
MOST_GUESSES = 5
GUESSES_A_DAY = 20  # Further ones wait longer and longer, up to a quarter of an hour each.
REQUESTS_PER_WINDOW = 3
REQUESTS_PER_PREFIX = 30
REQUEST_WINDOW = timedelta(minutes=15)


class WrongCode(RuleRefused):
    """The code is wrong, too old, used, or was guessed at too often: the four look alike."""

    status = 400
    code = "wrong_code"
    detail = _("This code is wrong or no longer good. Ask for a new one.")


def issue_code(*, purpose: CodePurpose, subject_id: UUID, requester: str, now: datetime) -> OneTimeCode:
    """Make a code and announce it to be sent; the newest one kills the older ones. Raises TooManyAttempts.

    A subject that nobody has gets a row and an event like any other, and no message.
    """
    return issue_codes(purpose=purpose, subject_ids=[subject_id], requester=requester, now=now)[0]


def issue_codes(
    *, purpose: CodePurpose, subject_ids: Sequence[UUID], requester: str, now: datetime
) -> list[OneTimeCode]:
    """Make one code for each subject, announced together as one message; the newest kill the older ones.

    Three requests per 15 minutes for a requester and for a subject, thirty for an address prefix: raises
    TooManyAttempts.
    """
    prefix = address_prefix(current_call().address)
    with transaction.atomic(durable=True):
        for scope, counted, limit in (
            ("code-requester", requester, REQUESTS_PER_WINDOW),
            *(("code-subject", str(subject_id), REQUESTS_PER_WINDOW) for subject_id in sorted(subject_ids)),
            ("code-prefix", prefix, REQUESTS_PER_PREFIX),
        ):
            spend(scope, f"{purpose}/{counted}", limit=limit, window=REQUEST_WINDOW, now=now)
        older = OneTimeCode.objects.open(now=now).filter(purpose=purpose, subject_id__in=subject_ids)
        older.filter(requester=requester).update(superseded_at=now)
        issued = [
            OneTimeCode(purpose=purpose, subject_id=subject_id, requester=requester, expires_at=now + LIFETIME)
            for subject_id in subject_ids
        ]
        OneTimeCode.objects.bulk_create(issued)
        _record("code_requested", issued[0])
        outbox.publish("accounts.code_issued", code_id=issued[0].pk)
    return issued


def sent_together(asked: QuerySet[OneTimeCode]) -> dict[UUID, list[OneTimeCode]]:
    """Return, for the id of each of these codes, all codes of its request: one message tells them all."""
    requests: dict[tuple[object, ...], list[OneTimeCode]] = defaultdict(list)
    codes = list(asked)
    of_requests = OneTimeCode.objects.filter(
        requester__in={code.requester for code in codes}, expires_at__in={code.expires_at for code in codes}
    )
    for code in of_requests.order_by("id"):
        requests[code.purpose, code.requester, code.expires_at].append(code)
    return {code.pk: requests[code.purpose, code.requester, code.expires_at] for code in codes}


def redeem_code(*, purpose: CodePurpose, subject_id: UUID, requester: str, code: str, now: datetime) -> OneTimeCode:
    """Use up the code that was sent for this purpose, subject and requester; raises WrongCode.

    The guess is counted, and committed, before anything is compared: of any number of simultaneous
    guesses five are compared, and after many in a day the wait grows (TooManyAttempts). It refuses to run
    inside a transaction, where a refusal would take the count back: its doors set `commits_itself`.
    """
    live = OneTimeCode.objects.open(now=now).filter(purpose=purpose, subject_id=subject_id, requester=requester)
    with transaction.atomic(durable=True):
        newest = live.order_by("-id").first()
        may_guess = newest and live.filter(pk=newest.pk, guesses__lt=MOST_GUESSES).update(guesses=F("guesses") + 1)
        if may_guess:
            _count_guess(purpose, subject_id, now)
    if newest is None or not may_guess:
        _is_code_of(UUID(int=0), code)  # As much work as for a code that exists.
        raise WrongCode
    if not _is_code_of(newest.pk, code):
        _record("code_refused", newest)
        raise WrongCode
    if not live.filter(pk=newest.pk).update(used_at=now):
        raise WrongCode
    _record("code_used", newest)
    return newest


def withdraw_codes(*, subject_id: UUID, purposes: Iterable[CodePurpose], now: datetime) -> None:
    """Take back every code of these purposes that was sent, used ones and the tickets for them included."""
    sent = OneTimeCode.objects.filter(subject_id=subject_id, purpose__in=purposes, superseded_at=None)
    sent.update(superseded_at=now)


def expire_codes(*, now: datetime) -> int:
    """Delete the codes that nobody can use or be told of any more, and return how many there were."""
    return OneTimeCode.objects.filter(expires_at__lt=now - KEPT_FOR).delete()[0]


def _count_guess(purpose: CodePurpose, subject_id: UUID, now: datetime) -> None:
    """Slow down who asks for code after code to guess at each; raises TooManyAttempts."""
    try_once(
        "code-guess",
        f"{purpose}/{subject_id}",
        free=GUESSES_A_DAY,
        longest=REQUEST_WINDOW,
        forgotten_after=timedelta(days=1),
        now=now,
    )


def _record(action: str, code: OneTimeCode) -> None:
    details = {"purpose": code.purpose, "about": str(code.subject_id)}
    audit.record(action, actor_id=None, subject=code, details=details)


def _is_code_of(code_id: UUID, given: str) -> bool:
    return hmac.compare_digest(code_of(code_id).encode(), given.encode())  # Bytes: text beyond ASCII is refused by it.


def code_of(code_id: UUID) -> str:
    """Return the six digits of a code: an HMAC over the row's id, so that no row, queue or log needs to hold them."""
    digest = hmac.digest(settings.CODE_PEPPER.encode(), b"one-time code" + code_id.bytes, hashlib.sha256)
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"
