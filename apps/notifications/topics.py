"""What can be told: each topic is registered by the app that owns its subjects, which alone knows the words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise

from apps.accounts.models import User
from apps.notifications.choices import Kind

Text = str | Promise
SeenBy = Callable[[User], QuerySet[Any]]
# Of topics about the recipient's own login or work: nothing ends the right to read of it.
THEIR_OWN: SeenBy | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """The words about one subject.

    `detail` may be clinical: it is shown in the inbox in place of the body, and goes out only where its topic and its
    reader allow that; so it may be lazy and opened only there. `codes`, each with what it is for, and `link` are sent
    out only, never shown; the link leads to the site where there is none.
    """

    title: Text
    body: Text
    detail: Text = ""
    codes: Sequence[tuple[str, str]] = field(default=(), repr=False)
    link: str = field(default="", repr=False)


def all_of(subject_ids: Sequence[UUID]) -> set[UUID]:
    """Want every message: for topics about something that has happened and stays true."""
    return set(subject_ids)


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message; its functions take many subjects at once, so that a page costs one query each.

    `seen_by` returns the subjects that a login may see now, mostly by a model's own `visible_to`: whoever was told and
    has lost that right reads no more of it. A message is of no use any more `good_for` after it was announced.
    `detail_may_leave` says that the detail speaks of nobody but those who are told, so that it is theirs to have it
    sent. `is_timed` says that the first message belongs to its very moment, as that of a dose does: quiet hours hold
    back only the nags.
    """

    name: str
    render: Callable[[Sequence[UUID]], Mapping[UUID, Message]]
    seen_by: SeenBy | None
    still_wanted: Callable[[Sequence[UUID]], set[UUID]] = all_of
    kind: Kind = Kind.GENERAL
    good_for: timedelta = timedelta(days=3)
    detail_may_leave: bool = False
    is_timed: bool = False

    def readable_by(self, reader: User, subject_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of the subjects of which this login may still read; a suspended one reads of its own at most."""
        if self.seen_by is None:
            return set(subject_ids)
        if not reader.is_active:
            return set()
        return set(self.seen_by(reader).filter(pk__in=subject_ids).values_list("pk", flat=True))


_topics: dict[str, Topic] = {}


def register_topic(topic: Topic) -> None:
    """Make a topic known; its owner does this in `AppConfig.ready()`."""
    _topics[topic.name] = topic


def topic_named(name: str) -> Topic:
    """Return the topic of that name; raises KeyError for one that nobody owns."""
    return _topics[name]


def names_of_kind(kind: str) -> list[str]:
    """Return the topics of one kind."""
    return [topic.name for topic in _topics.values() if topic.kind == kind]
