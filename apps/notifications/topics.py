"""What can be told: each topic is registered by the app that owns its subjects, which alone knows the words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.utils.functional import Promise

from apps.notifications.choices import Kind

Text = str | Promise


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
    """One kind of message; both functions take many subjects at once, so that a page costs one query.

    A message is of no use any more `good_for` after it was announced. `detail_may_leave` says that the detail speaks of
    nobody but those who are told, so that it is theirs to have it sent. `is_timed` says that the first message belongs
    to its very moment, as that of a dose does: quiet hours hold back only the nags.
    """

    name: str
    render: Callable[[Sequence[UUID]], Mapping[UUID, Message]]
    still_wanted: Callable[[Sequence[UUID]], set[UUID]] = all_of
    kind: Kind = Kind.GENERAL
    good_for: timedelta = timedelta(days=3)
    detail_may_leave: bool = False
    is_timed: bool = False


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
