"""Sixty zones, five years, every kind of schedule: what holds of every calendar of doses, whatever is missed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.core.testing.proofs import dice, rounds
from apps.core.zones import zone_names
from apps.reminders.schedule import Calendar, Occurrence, postponed, read_schedule, shortest_gap

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YEARS = 5
ODD = (
    *("Africa/Cairo", "Africa/Casablanca", "America/Nuuk", "America/New_York", "America/Santiago", "Antarctica/Troll"),
    *("Asia/Kathmandu", "Asia/Tehran", "Australia/Lord_Howe", "Europe/Dublin", "Pacific/Apia", "Pacific/Chatham"),
)
DAYS = {"every": "WEEKDAYS", "days": ["MONDAY", "THURSDAY", "SATURDAY"]}
KINDS: dict[str, dict[str, Any]] = {
    "daily": {"kind": "WALL_CLOCK", "times": ["08:00"]},
    "daily in the small hours": {"kind": "WALL_CLOCK", "times": ["02:30"]},
    "daily at midnight": {"kind": "WALL_CLOCK", "times": ["00:00"]},
    "daily before midnight": {"kind": "WALL_CLOCK", "times": ["23:30"]},
    "four times a day": {"kind": "WALL_CLOCK", "times": ["00:30", "02:15", "08:00", "23:45"]},
    "on some weekdays": {"kind": "WALL_CLOCK", "times": ["01:30", "20:00"], "recurrence": DAYS},
    "every third day": {"kind": "WALL_CLOCK", "times": ["02:00"], "recurrence": {"every": "N_DAYS", "n": 3}},
    "monthly": {"kind": "WALL_CLOCK", "times": ["09:00"], "recurrence": {"every": "MONTH", "day": 31}},
    "every eight hours": {"kind": "INTERVAL", "hours": 8},
    "every thirty-six hours": {"kind": "INTERVAL", "hours": 36},
}


def sixty_zones() -> list[str]:
    """Return those with odd clocks, and others by the dice: all of them in full, ten in `make test`."""
    others = sorted(zone_names() - set(ODD))
    zones = [*ODD, *dice("zones").sample(others, 60 - len(ODD))]
    return dice("ten of sixty").sample(zones, rounds(10, 60))


def first_moment(zone_name: str) -> datetime:
    """Return where the five years begin: around the day that Samoa skipped, or in some year of two decades."""
    year = 2009 if zone_name == "Pacific/Apia" else dice(zone_name).randrange(2006, 2027)
    return datetime(year, 1, 1, tzinfo=UTC)


def dates_shown(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """The slow, plain way: every date that the wall shows at some hour."""
    moment, shown = start, None
    while moment < end:
        if (today := moment.astimezone(zone).date()) != shown:
            yield today
            shown = today
        moment += HOUR


def five_years(calendar: Calendar, start: datetime) -> list[Occurrence]:
    end = start + YEARS * 365 * DAY
    return list(takewhile(lambda dose: dose.due_at < end, calendar.since(start)))


@pytest.mark.proof
@pytest.mark.parametrize("zone_name", sixty_zones())
class TestEveryZone:
    @pytest.mark.parametrize("kind", KINDS)
    def test_doses_come_one_after_the_other_and_never_too_close(self, zone_name, kind):
        zone, start, schedule = ZoneInfo(zone_name), first_moment(zone_name), read_schedule(KINDS[kind])
        doses, gap = five_years(Calendar.beginning(schedule, zone, at=start), start), shortest_gap(schedule)
        assert len(doses) > 55
        assert all(later.due_at - earlier.due_at >= gap > timedelta(0) for earlier, later in pairwise(doses))

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("daily")])
    def test_a_daily_dose_comes_exactly_once_on_each_date_there_is(self, zone_name, kind):
        zone, start = ZoneInfo(zone_name), first_moment(zone_name)
        doses = five_years(Calendar.beginning(read_schedule(KINDS[kind]), zone, at=start), start)
        dates = [dose.local_date for dose in doses]
        shown = list(dates_shown(start - DAY, doses[-1].due_at + 2 * DAY, zone))
        first = shown.index(dates[0])
        assert dates == shown[first : first + len(dates)]

    @pytest.mark.parametrize("kind", KINDS)
    def test_as_many_are_delivered_as_were_promised_whatever_is_missed(self, zone_name, kind):
        """Each miss adds one at the end; what is added is what the calendar would have brought anyway."""
        zone, start, random = ZoneInfo(zone_name), first_moment(zone_name), dice(f"{zone_name} {kind}")
        calendar = Calendar.beginning(read_schedule(KINDS[kind]), zone, at=start)
        promised = random.randrange(1, 60)
        doses, misses_left = [dose for dose, _ in calendar.first(promised, start=start)], promised
        delivered, number = 0, 0
        while number < len(doses):
            if misses_left and random.random() < 0.4:
                misses_left -= 1
                doses.append(calendar.next_after(doses[-1].due_at))
            else:
                delivered += 1
            number += 1
        assert delivered == promised
        assert doses == list(islice(calendar.since(start), len(doses)))

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_late_answer_moves_the_next_dose_no_further_than_it_must_and_no_other(self, zone_name, kind):
        zone, start, random = ZoneInfo(zone_name), first_moment(zone_name), dice(f"late {zone_name} {kind}")
        schedule = read_schedule(KINDS[kind])
        planned = Calendar.beginning(schedule, zone, at=start).first(40, start=start)
        gap = shortest_gap(schedule)
        for (dose, missed), *following in (planned[at : at + 6] for at in range(30)):
            taken_at = dose.due_at + (missed - dose.due_at) * random.random()
            due = [later.due_at for later, _ in following]
            moved = postponed(schedule, taken_at=taken_at, due=due)
            answered = [*moved, *due[len(moved) :]]
            assert len(moved) == (due[0] < taken_at + gap)
            assert all(later - earlier >= gap for earlier, later in pairwise([taken_at, *answered]))
            assert all(late == taken_at + gap for late in moved)
