"""Changing a time zone: every wall-clock range of its doctors moves, and the floors above know what stands there."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from apps.accounts.models import User


class Settling(Protocol):
    """What a floor above does around a change of zone: locks before it, settles or refuses after it."""

    def __call__(
        self, *, actor: User, doctor_ids: Collection[UUID], affected: str, now: datetime
    ) -> AbstractContextManager[object]:
        """Open the change."""


_settlings: list[Settling] = []


def settle_zones_with(settling: Settling) -> None:
    """Let a floor above settle what a change of zone would orphan; an app does this in `AppConfig.ready()`."""
    _settlings.append(settling)


@contextmanager
def changing_zone(*, actor: User, doctor_ids: Collection[UUID], affected: str, now: datetime) -> Iterator[None]:
    """Let the caller write another zone for the calendars of these doctors; part of the caller's transaction.

    What stands in them is settled by the choice `affected`; raises whatever the floors above refuse with.
    """
    with ExitStack() as opened:
        for settling in _settlings:
            opened.enter_context(settling(actor=actor, doctor_ids=doctor_ids, affected=affected, now=now))
        yield
