"""The live stream: one-time tickets, and server-sent events over the real ASGI application."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from threading import Event
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.accounts.choices import EndReason
from apps.accounts.models import User
from apps.accounts.services.sessions import end_all_sessions, end_session, open_session
from apps.core.ids import uuid7
from apps.core.testing.proofs import race, rounds
from apps.notifications import stream
from apps.notifications.models import Notification, StreamTicket
from apps.notifications.services.announcing import announce
from apps.notifications.services.streaming import (
    TICKET_LIFETIME,
    expire_stream_tickets,
    issue_stream_ticket,
    open_stream,
)
from tests.world import make_user

pytestmark = pytest.mark.django_db
LONGEST_WAIT = 20  # Seconds; a bound, not an expectation.
Story = Callable[[], Coroutine[Any, Any, Any]]


def ticket_of(user: User, now) -> str:
    return issue_stream_ticket(session_id=open_session(user=user, now=now).pk, now=now)


def redeem_stream_ticket(ticket: str, *, now, last_event: str = ""):
    reading = open_stream(ticket, last_event=last_event, now=now)
    return reading and reading.session


class TestTicket:
    def test_opens_the_stream_of_whom_it_was_issued_to(self, patient, stranger, now):
        mine, theirs = (ticket_of(user, now) for user in (patient, stranger))
        assert redeem_stream_ticket(theirs, now=now).user_id == stranger.pk
        assert redeem_stream_ticket(mine, now=now).user_id == patient.pk

    def test_opens_it_once(self, patient, now):
        ticket = ticket_of(patient, now)
        redeem_stream_ticket(ticket, now=now)
        assert redeem_stream_ticket(ticket, now=now) is None

    def test_is_good_for_sixty_seconds(self, patient, now):
        early, late = (ticket_of(patient, now) for _ in range(2))
        assert timedelta(seconds=60) == TICKET_LIFETIME
        assert redeem_stream_ticket(early, now=now + timedelta(seconds=59)).user_id == patient.pk
        assert redeem_stream_ticket(late, now=now + timedelta(seconds=60)) is None

    def test_that_nobody_issued_opens_nothing(self, now):
        assert redeem_stream_ticket("made up", now=now) is None

    def test_of_a_login_that_was_shut_opens_nothing(self, patient, now):
        ticket = ticket_of(patient, now)
        User.objects.filter(pk=patient.pk).update(is_active=False)
        assert redeem_stream_ticket(ticket, now=now) is None

    def test_of_a_session_that_ended_opens_nothing(self, patient, now):
        ticket = ticket_of(patient, now)
        end_session(session_id=patient.sessions.get().pk, actor=patient, now=now)
        assert redeem_stream_ticket(ticket, now=now) is None

    def test_is_kept_as_a_hash_only_and_not_for_long(self, patient, now):
        ticket = ticket_of(patient, now)
        row = StreamTicket.objects.get()
        assert ticket.encode() not in bytes(row.ticket_hash)
        assert expire_stream_tickets(now=now + TICKET_LIFETIME) == 1
        assert not StreamTicket.objects.exists()

    def test_is_handed_out_with_the_address_of_the_stream(self, client_of, patient, settings, now):
        settings.STREAM_URL = "https://live.example.org"
        answer = client_of(patient).post("/api/v1/notifications/stream/")
        assert (answer.status_code, answer.json()["expires_in_seconds"]) == (201, 60)
        before, ticket, after = answer.json()["url"].rsplit("/", 2)
        assert (before, after) == ("https://live.example.org/stream", "")
        session = redeem_stream_ticket(ticket, now=now)
        assert session.user_id == patient.pk

    def test_each_request_gets_its_own_even_under_one_idempotency_key(self, client_of, patient):
        client, key = client_of(patient), {"HTTP_IDEMPOTENCY_KEY": "the same"}
        urls = {client.post("/api/v1/notifications/stream/", **key).json()["url"] for _ in range(2)}
        assert len(urls) == 2


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_ticket_opens_one_stream_however_many_race_for_it(now):
    patient = make_user("patient")
    for _ in range(rounds(2, 20)):
        ticket = ticket_of(patient, now)
        opened = race([partial(redeem_stream_ticket, ticket, now=now)] * 8)
        assert [session.user_id for session in opened if session] == [patient.pk]


def connections_to_the_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return str(cursor.fetchone()[0])


# --- Over ASGI ------------------------------------------------------------------------------------------


class Reader:
    """A client of the stream server: what it was answered, and the events as they come."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": path.partition("?")[0],
            "raw_path": path.partition("?")[0].encode(),
            "query_string": path.partition("?")[2].encode(),
            "headers": [(b"host", b"testserver"), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        self.talk: Any = ApplicationCommunicator(get_asgi_application(), scope)
        self.status = 0
        self.headers: dict[str, str] = {}
        self._text = ""

    async def begin(self) -> None:
        await self.talk.send_input({"type": "http.request", "body": b"", "more_body": False})
        start = await self.talk.receive_output(LONGEST_WAIT)
        self.status = start["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}

    async def block(self) -> str:
        """Return the next block of lines."""
        while "\n\n" not in self._text:
            self._text += (await self.talk.receive_output(LONGEST_WAIT)).get("body", b"").decode()
        block, _, self._text = self._text.partition("\n\n")
        return block

    async def rest(self) -> str:
        """Return everything until the server ends the stream."""
        while (message := await self.talk.receive_output(LONGEST_WAIT)).get("more_body"):
            self._text += message.get("body", b"").decode()
        return self._text

    async def event(self) -> SimpleNamespace:
        """Return the next event, past comments and settings."""
        async with asyncio.timeout(LONGEST_WAIT):  # Comments come for ever.
            while "event: notification" not in (block := await self.block()):
                pass
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        shown = json.loads(fields["data"])
        assert shown["id"] in fields["id"]
        return SimpleNamespace(event=fields["event"], event_id=fields["id"], **shown)


@asynccontextmanager
async def reading(path: str, **headers: str) -> AsyncIterator[Reader]:
    reader = Reader(path, headers)
    try:
        await reader.begin()
        yield reader
    finally:
        await reader.talk.send_input({"type": "http.disconnect"})
        await reader.talk.wait(LONGEST_WAIT)


@pytest.fixture
def stream_server(settings, monkeypatch) -> Iterator[Callable[[Story], Any]]:
    """Run a coroutine beside the stream's application."""
    settings.ROOT_URLCONF = "config.stream_urls"
    monkeypatch.setattr(stream, "POLL_SECONDS", 0.01)
    with ThreadPoolExecutor(1) as readers:
        monkeypatch.setattr(stream, "READERS", readers)
        yield lambda story: asyncio.run(story())
        readers.submit(connections.close_all).result()


async def meanwhile(act: Callable[..., str], *args: Any) -> str:
    """Do something in a thread and on a connection of its own, as another process would."""

    def alone() -> str:
        try:
            return act(*args)
        finally:
            connections.close_all()

    return await asyncio.to_thread(alone)


@pytest.fixture
def tell(subjects, now):
    def announce_one(user: User) -> str:
        subject = uuid7()
        announce(subjects.name, subject_id=subject, recipient_ids=[user.pk], now=now)
        return str(Notification.objects.get(subject_id=subject, recipient=user).pk)

    return announce_one


async def first_but(client, earlier: str) -> str:
    """Return the first event's id, passing over the row that was there: while other tests' transactions are open in
    the same cluster it may come once more, because a stream rather repeats than passes over."""
    event = await client.event()
    return (await client.event()).id if event.id == earlier else event.id


@pytest.fixture
def opened(now):
    """The address of a user's stream, good once."""
    return lambda user: f"/stream/{ticket_of(user, now)}/"


@pytest.mark.django_db(transaction=True)
class TestStream:
    def test_the_server_says_that_it_lives(self, stream_server):
        async def story():
            async with reading("/live/") as client:
                return client.status

        assert stream_server(story) == 200

    @pytest.mark.parametrize("ticket", ["made-up", "%00", "a" * 5_000])
    def test_a_ticket_that_opens_nothing_is_not_found(self, stream_server, ticket):
        async def story():
            async with reading(f"/stream/{ticket}/") as client:
                return client.status

        assert stream_server(story) == 404

    def test_a_used_ticket_is_not_found(self, stream_server, patient, opened):
        address = opened(patient)

        async def story():
            async with reading(address) as first, reading(address) as second:
                return first.status, second.status

        assert stream_server(story) == (200, 404)

    def test_it_is_a_stream_of_events_that_nobody_keeps(self, stream_server, patient, opened):
        async def story():
            async with reading(opened_address) as client:
                return client.status, client.headers

        opened_address = opened(patient)
        status, headers = stream_server(story)
        assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/event-stream", "no-store")

    def test_a_notification_appears_with_its_words(self, stream_server, patient, subjects, tell, opened):
        address = opened(patient)

        async def story():
            async with reading(address) as client:
                assert (await client.block()).startswith("retry: 3000\nid: ")
                told = await meanwhile(tell, patient)
                return told, await client.event()

        told, event = stream_server(story)
        assert (event.id, event.event, event.topic) == (told, "notification", subjects.name)
        assert (event.title, event.body) == (subjects.words.title, subjects.words.detail)

    def test_it_begins_with_what_is_new(self, stream_server, patient, tell, opened):
        earlier = tell(patient)
        address = opened(patient)

        async def story():
            async with reading(address) as client:
                await client.block()
                return await meanwhile(tell, patient), await first_but(client, earlier)

        told, seen = stream_server(story)
        assert seen == told

    @pytest.mark.parametrize("way", ["header", "query"])
    def test_last_event_id_resumes_a_new_stream_where_the_client_was(self, stream_server, patient, tell, opened, way):
        first, second = opened(patient), opened(patient)

        async def story():
            async with reading(first) as client:
                await client.block()
                await meanwhile(tell, patient)
                last = (await client.event()).event_id
            missed = [await meanwhile(tell, patient) for _ in range(2)]
            address = second + (f"?last_event_id={quote(last)}" if way == "query" else "")
            async with reading(address, **({"Last-Event-ID": last} if way == "header" else {})) as client:
                return missed, [(await client.event()).id for _ in missed]

        missed, seen = stream_server(story)
        assert seen == missed

    def test_the_same_address_goes_on_for_whoever_has_its_last_event(self, stream_server, patient, tell, opened):
        """What an EventSource does by itself when the connection breaks, also before there was any news."""
        address = opened(patient)

        async def story():
            async with reading(address) as client:
                ready = (await client.block()).splitlines()[1].removeprefix("id: ")
            missed = [await meanwhile(tell, patient) for _ in range(2)]
            async with reading(address, **{"Last-Event-ID": ready}) as client:
                return missed, [(await client.event()).id for _ in missed]

        missed, seen = stream_server(story)
        assert seen == missed

    def test_with_the_event_of_another_stream_a_used_address_is_not_found(self, stream_server, patient, opened):
        one, other = opened(patient), opened(patient)

        async def story():
            async with reading(one) as client:
                ready = (await client.block()).splitlines()[1].removeprefix("id: ")
            async with reading(other) as client:
                await client.block()
            async with reading(other, **{"Last-Event-ID": ready}) as client:
                return client.status

        assert stream_server(story) == 404

    def test_what_was_made_earlier_and_is_seen_later_is_not_passed_over(
        self, stream_server, patient, subjects, opened, now
    ):
        """Two transactions: the one that began first, with the smaller id, commits last."""
        address = opened(patient)
        slow, fast = uuid7(), uuid7()
        told, go_on = Event(), Event()

        def tell_slowly() -> str:
            with transaction.atomic():
                announce(subjects.name, subject_id=slow, recipient_ids=[patient.pk], now=now)
                told.set()
                go_on.wait(LONGEST_WAIT)
            return ""

        def tell_fast() -> str:
            announce(subjects.name, subject_id=fast, recipient_ids=[patient.pk], now=now)
            return ""

        async def story():
            async with reading(address) as client:
                await client.block()
                holding = asyncio.create_task(meanwhile(tell_slowly))
                await asyncio.to_thread(told.wait, LONGEST_WAIT)
                await meanwhile(tell_fast)
                await asyncio.sleep(0.1)  # Ten looks at the inbox, while only the later one is there.
                go_on.set()
                await holding
                return [(await client.event()).subject_id for _ in range(2)]

        assert stream_server(story) == [str(slow), str(fast)]

    def test_a_last_event_id_that_is_none_is_as_good_as_absent(self, stream_server, patient, tell, opened):
        earlier = tell(patient)
        address = opened(patient)

        async def story():
            async with reading(address, **{"Last-Event-ID": "nonsense"}) as client:
                await client.block()
                return await meanwhile(tell, patient), await first_but(client, earlier)

        told, seen = stream_server(story)
        assert seen == told

    def test_nobody_elses_notifications_appear(self, stream_server, patient, stranger, tell, opened):
        address = opened(patient)

        async def story():
            async with reading(address) as client:
                await client.block()
                await meanwhile(tell, stranger)
                return await meanwhile(tell, patient), (await client.event()).id

        told, seen = stream_server(story)
        assert seen == told

    def test_a_quiet_stream_is_kept_open_by_a_comment(self, stream_server, patient, opened):
        address = opened(patient)

        async def story():
            async with reading(address) as client:
                return [await client.block() for _ in range(2)]

        assert stream_server(story)[1] == ": still here"

    @pytest.mark.parametrize("what", ["suspended", "signed out"])
    def test_a_session_that_is_over_ends_its_stream(self, stream_server, patient, tell, opened, what):
        address, now = opened(patient), timezone.now()

        def end_and_tell() -> None:
            if what == "suspended":
                User.objects.filter(pk=patient.pk).update(is_active=False)
            else:
                end_all_sessions(actor=patient, user=patient, reason=EndReason.SIGNED_OUT, now=now)
            tell(patient)

        async def story():
            async with reading(address) as client:
                await client.block()
                await meanwhile(end_and_tell)
                return await client.rest()

        assert "event: notification" not in stream_server(story)

    def test_many_streams_share_few_database_connections(self, stream_server, patient, opened):
        addresses = [opened(patient) for _ in range(6)]

        async def story():
            async with AsyncExitStack() as streams:
                for address in addresses:
                    await (await streams.enter_async_context(reading(address))).block()
                async with asyncio.timeout(LONGEST_WAIT):  # Those of the test before may take a moment to end.
                    while int(await meanwhile(connections_to_the_database)) > 3:
                        await asyncio.sleep(0.1)

        stream_server(story)  # Three are left: the test's, the reader's, and the one that counts.

    def test_a_client_that_leaves_ends_it(self, stream_server, patient, opened):
        address = opened(patient)

        async def story():
            async with reading(address) as client:
                await client.block()
            return client.talk.future.done(), len(asyncio.all_tasks())

        assert stream_server(story) == (True, 1)
