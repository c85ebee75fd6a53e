"""The doors to the world of messages, one a channel, each with a deadline and the caller's idempotency key."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from apps.notifications.channels.mail import mail_door
from apps.notifications.channels.outcomes import AnswerLost, Away, NotNow, Refused, Send, Unsendable
from apps.notifications.channels.sms import sms_door
from apps.notifications.choices import Channel

__all__ = ["AnswerLost", "Away", "NotNow", "Refused", "Send", "Unsendable", "door"]

DOORS: dict[str, Callable[[], AbstractContextManager[Send]]] = {Channel.EMAIL: mail_door, Channel.SMS: sms_door}


def door(channel: str) -> AbstractContextManager[Send]:
    """Open the door of a channel for a batch of messages; nobody is spoken to before the first of them."""
    return DOORS[channel]()
