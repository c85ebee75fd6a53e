"""People to write to, a topic of the tests' own, and a mail server that keeps what it gets."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.testing.gateway import Gateway, sms_gateway
from apps.core.testing.smtp import SmtpServer, smtp_server
from apps.notifications import topics
from apps.notifications.choices import Kind
from apps.notifications.topics import THEIR_OWN, Message, Topic, register_topic
from tests import care
from tests.conftest import _empty_cache, now
from tests.world import make_user

__all__ = ["_empty_cache", "now"]


class Subjects:
    """What the tests announce: every subject is wanted and has words, unless a test says otherwise."""

    name = "something"
    words = Message("Something happened", "Sign in to read more.", detail="What nobody else may read")

    def __init__(self) -> None:
        self.unwanted: set[UUID] = set()
        self.gone: set[UUID] = set()
        self.asked: list[UUID] = []

    def still_wanted(self, subject_ids: Sequence[UUID]) -> set[UUID]:
        self.asked += subject_ids
        return set(subject_ids) - self.unwanted

    def render(self, subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        return {subject: self.words for subject in subject_ids if subject not in self.gone}


@pytest.fixture
def subjects(monkeypatch) -> Subjects:
    """The topic `something`."""
    monkeypatch.setattr(topics, "_topics", dict(topics._topics))
    known = Subjects()
    register_topic(
        Topic(known.name, known.render, THEIR_OWN, known.still_wanted, kind=Kind.DOSES, detail_may_leave=True)
    )
    return known


@pytest.fixture
def patient(db) -> User:
    return make_user("patient")


@pytest.fixture
def stranger(db) -> User:
    return make_user("stranger")


@pytest.fixture
def client_of(now: datetime) -> Callable[[User], APIClient]:
    """A client that carries a real access token of this login."""
    return partial(care.client_of, now=now)


@pytest.fixture
def mail(settings) -> Iterator[SmtpServer]:
    """A mail server, and Django's own SMTP backend talking to it."""
    with smtp_server() as server:
        for name, setting in server.settings.items():
            setattr(settings, name, setting)
        yield server


@pytest.fixture
def texts(settings) -> Iterator[Gateway]:
    """A gateway of text messages, and the settings that lead to it."""
    with sms_gateway() as gateway:
        settings.SMS_URL = gateway.url()
        yield gateway
