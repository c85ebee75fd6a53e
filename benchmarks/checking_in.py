"""Checking a dose in: the API against a bare program that does what the rule needs and nothing else."""

import contextlib
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import orjson
from django.conf import settings
from django.core.cache import cache

from apps.accounts import tokens
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.core.crypto import read_key_ring
from apps.core.models import AuditEvent
from apps.reminders.choices import DoseState
from apps.reminders.models import Dose
from benchmarks.filling import fill_people, take_doses_away
from benchmarks.floor.recipes import CheckInCookbook
from benchmarks.following import ACTION, lay_plans
from benchmarks.listing import Costs, NotTheSame, Side, in_turns
from benchmarks.load import fetch, post_bytes
from benchmarks.report import Figure
from benchmarks.sizes import Size
from benchmarks.stage import Stage, Web
from benchmarks.statements import ratio

COST_GOAL = 2.5
MOST_IN_A_TURN = 500
PEOPLE = 40  # Who check in, one after the other.
WSGI = ("--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application")
RSGI = ("--interface", "rsgi", "benchmarks.floor.checking_in:app")
WHAT = "a dose in time"


@dataclass(frozen=True, slots=True)
class EachOnce(Side):
    """A side that takes each of its requests once, because a dose has one answer."""

    waiting: Iterator[bytes] = field(kw_only=True)

    def asked(self, requests: int) -> Iterable[bytes]:
        """Return the next requests, with the throttle's memory emptied."""
        cache.clear()
        return islice(self.waiting, min(requests, MOST_IN_A_TURN))


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure the check-in of a dose that is due, of a plan that goes on."""
    fill_people(size)
    first, second = _requests(size)
    with stage.web("api", *WSGI) as api, _floor(stage) as floor:
        _refuse_another_answer({"API": api, "floor": floor}, first[0], second[0])
        sides = {
            ("API", WHAT): EachOnce(api, stage.database_pid, b"", waiting=iter(first[1:])),
            ("floor", WHAT): EachOnce(floor, stage.database_pid, b"", waiting=iter(second[1:])),
        }
        costs: Costs = in_turns(sides, size)
    yield ratio(f"check-in, {WHAT}: API / floor", costs["API", WHAT], costs["floor", WHAT], COST_GOAL)
    take_doses_away()


def _requests(size: Size) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Lay plans out, and return the check-ins of their first doses, half of them for each side."""
    people = User.objects.filter(managements__patient__isnull=False).order_by("pk")[:PEOPLE]
    now = datetime.now(tz=UTC)
    access = {user.pk: tokens.issue_pair(open_session(user=user, now=now))["access"] for user in people}
    each_side = size.warm_up + size.fewest_requests * 2 + size.rounds * MOST_IN_A_TURN + 1
    due = lay_plans(size, list(access), 2 * each_side, now=now)
    made = [post_bytes(f"/api/v1/reminders/{dose}/checkin/", access[user], b"{}") for dose, user in due]
    return made[:each_side], made[each_side:]


@contextlib.contextmanager
def _floor(stage: Stage) -> Iterator[Web]:
    cookbook = CheckInCookbook(
        dsn=stage.database_url,
        key=next(iter(read_key_ring(settings.SIGNING_KEYS).values())),
        audience=str(settings.SIMPLE_JWT["AUDIENCE"]),
        issuer=str(settings.SIMPLE_JWT["ISSUER"]),
        action=ACTION,
    )
    written = stage.folder / "cookbook"
    written.write_bytes(pickle.dumps(cookbook))
    with stage.web("floor", *RSGI, FLOOR_COOKBOOK=str(written)) as floor:
        yield floor


def _refuse_another_answer(webs: Mapping[str, Web], *requests: bytes) -> None:
    """Raise NotTheSame unless both answer with the same members and write down the same."""
    answers = {}
    for (who, web), request in zip(webs.items(), requests, strict=True):
        answer = orjson.loads(fetch(web.port, request))
        left = Dose.objects.get(pk=answer["id"])
        noted = AuditEvent.objects.filter(subject_id=left.pk, action="dose_checked_in").count()
        answers[who] = (list(answer), answer["action"], answer["state"], left.state, left.next_reminder_at, noted)
    if answers["API"] != answers["floor"] or answers["API"][3] != DoseState.TAKEN:
        raise NotTheSame(str(answers))
