"""What may become of a message at a provider's door. Whatever else is raised may pass: it is tried again."""

from typing import Protocol
from uuid import UUID

from apps.notifications.topics import Message


class Refused(Exception):
    """The provider will never take this message; trying again is useless."""


class Unsendable(Exception):
    """It can go to nobody through this channel, whoever the provider is: none was asked."""


class NotNow(Exception):
    """The provider takes others, and may take this one later: a full mailbox, words that it did not like."""


class Away(Exception):
    """The provider takes nothing now, whatever the message: it did not have it, and is not to blame on it."""


class AnswerLost(Exception):
    """The provider fell silent, or spoke nonsense, before it was clear whether it took the message."""


class Send(Protocol):
    """One message through an open door."""

    def __call__(self, *, address: str, message: Message, with_detail: bool, key: UUID) -> str:
        """Send it, and return what the provider calls it ("" where it has no name for it).

        Raises Refused, Unsendable, NotNow, Away, AnswerLost, or whatever else kept it from being taken.
        """
