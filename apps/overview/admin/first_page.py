"""What the first page shows. Counts and shares of all people together: nobody's name, and nothing clinical.

Whoever may not see a page sees no figure from it either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.selectors import office_figures
from apps.notifications.selectors import HourOfDeliveries, deliveries_by_hour
from apps.overview.admin.drawing import BAD, GOOD, OPEN, OVER, Bar, Chart, Part, drawn
from apps.overview.selectors.office import (
    DayOfDoses,
    DayOfVisits,
    doses_by_day,
    visits_by_day,
    waiting_for_decision,
)
from apps.overview.selectors.stats import dashboard_stats

APPOINTMENTS, DELIVERIES = "appointments_appointment", "notifications_delivery"


@dataclass(frozen=True, slots=True)
class Card:
    """A figure, what it counts, and the list behind it; it is urgent when somebody waits for it."""

    title: str
    figure: str
    words: str
    link: str
    is_urgent: bool = False


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return the page's context with what waits, figures and charts, as far as the login may see their pages."""
    user, now = cast(User, request.user), timezone.now()
    waiting: list[Card] = []
    figures: list[Card] = []
    charts: list[Chart] = []
    if user.has_perms(["hospitals.view_hospital", "hospitals.view_doctorapplication"]):
        waiting += _approvals()
    if user.has_perm("appointments.view_appointment"):
        visits = office_figures(now=now)
        waiting.append(_requests(visits.waiting))
        figures += _visits(visits.today, visits.no_show_percent)
        charts.append(chart_of_visits(visits_by_day(now=now)))
    if user.has_perm("reminders.view_dose"):
        doses = doses_by_day(now=now)
        figures.append(_adherence(doses))
        charts.append(chart_of_doses(doses))
    if user.has_perm("notifications.view_delivery"):
        hours = deliveries_by_hour(now=now)
        waiting.append(_failed(sum(hour.failed for hour in hours)))
        figures.append(_sent(hours))
        charts.append(chart_of_deliveries(hours))
    return {**context, "waiting": waiting, "figures": figures, "charts": charts, "counts": _counts(user, now)}


def _list_of(page: str, query: str = "") -> str:
    return reverse(f"admin:{page}_changelist") + query


def _approvals() -> list[Card]:
    waiting = waiting_for_decision()
    return [
        Card(
            _("Hospitals"),
            str(waiting.hospitals),
            _("wait to be approved"),
            _list_of("hospitals_hospital", "?status__exact=PENDING"),
            waiting.hospitals > 0,
        ),
        Card(
            _("Doctors"),
            str(waiting.applications),
            _("applications to decide"),
            _list_of("hospitals_doctorapplication", "?status__exact=PENDING"),
            waiting.applications > 0,
        ),
    ]


def _requests(count: int) -> Card:
    words, link = _("appointments without a doctor"), _list_of(APPOINTMENTS, "?status__exact=REQUESTED")
    return Card(_("Requests"), str(count), words, link, count > 0)


def _failed(count: int) -> Card:
    words, link = _("were given up in the last 24 hours"), _list_of(DELIVERIES, "?state__exact=FAILED")
    return Card(_("Messages"), str(count), words, link, count > 0)


def _sent(hours: Sequence[HourOfDeliveries]) -> Card:
    return Card(
        _("Delivery"), f"{_success(hours):.1f} %", _("of the messages of 24 hours were sent"), _list_of(DELIVERIES)
    )


def _success(hours: Sequence[HourOfDeliveries]) -> float:
    """Return how many messages in a hundred of those settled were sent; all, where none was."""
    sent, settled = sum(each.sent for each in hours), sum(each.sent + each.failed for each in hours)
    return 100 * sent / settled if settled else 100.0


def _visits(today: int, no_show_percent: float) -> list[Card]:
    return [
        Card(_("Today"), str(today), _("visits, where each doctor works"), _list_of(APPOINTMENTS, "?day=today")),
        Card(
            _("Missed"),
            f"{no_show_percent:.1f} %",
            _("of the visits of the last 30 days"),
            _list_of(APPOINTMENTS, "?status__exact=NO_SHOW"),
        ),
    ]


def _adherence(days: Sequence[DayOfDoses]) -> Card:
    due = sum(each.due for each in days)
    share = f"{100 * sum(each.taken for each in days) / due:.1f} %" if due else "-"
    return Card(_("Adherence"), share, _("of the doses of 14 days were taken"), _list_of("reminders_dose"))


def _counts(user: User, now: datetime) -> list[tuple[str, int]]:
    """Return how many there are of what the house keeps, for administrators alone."""
    if user.role != Role.ADMIN or not user.is_superuser:
        return []
    stats = dashboard_stats(reader=user, now=now)
    names = (
        ("total_patients", _("Patients")),
        ("total_doctors", _("Doctors")),
        ("approved_hospitals", _("Approved hospitals")),
        ("upcoming_appointments", _("Appointments to come")),
        ("total_appointments", _("Appointments in all")),
        ("total_users", _("Logins")),
    )
    return [(words, stats[name]) for name, words in names]


def chart_of_visits(days: Sequence[DayOfVisits]) -> Chart:
    """Return the bars of the appointments of each day by what became of them."""
    bars = [
        Bar(
            _("%(day)s: %(completed)d took place, %(to_come)d to come, %(missed)d missed, %(cancelled)d cancelled")
            % {**each._asdict(), "day": _short(each.day)},
            (Part(GOOD, each.completed), Part(OPEN, each.to_come), Part(BAD, each.missed), Part(OVER, each.cancelled)),
        )
        for each in days
    ]
    legend = [(GOOD, _("took place")), (OPEN, _("to come")), (BAD, _("missed")), (OVER, _("cancelled"))]
    words = _("Two weeks, and the week to come.")
    return drawn(bars, title=_("Appointments per day"), words=words, legend=legend, ends=_ends(days))


def chart_of_doses(days: Sequence[DayOfDoses]) -> Chart:
    """Return the bars of the settled doses of each day, taken or not."""
    bars = [
        Bar(
            _("%(day)s: %(taken)d of %(due)d doses taken") % {**each._asdict(), "day": _short(each.day)},
            (Part(GOOD, each.taken), Part(BAD, each.due - each.taken)),
        )
        for each in days
    ]
    legend = [(GOOD, _("taken")), (BAD, _("missed or skipped"))]
    words = _("Doses that were due in the last two weeks.")
    return drawn(bars, title=_("Adherence per day"), words=words, legend=legend, ends=_ends(days))


def chart_of_deliveries(hours: Sequence[HourOfDeliveries]) -> Chart:
    """Return the bars of each hour's messages by what became of them, and how late they were."""
    bars = [
        Bar(
            _("%(hour)s: %(sent)d sent, %(failed)d failed, %(waiting)d waiting; 95 %% within %(late)s")
            % {**each._asdict(), "hour": f"{each.begins_at:%H:%M}", "late": how_long(each.late_seconds)},
            (Part(GOOD, each.sent), Part(BAD, each.failed), Part(OVER, each.waiting)),
        )
        for each in hours
    ]
    words = _("%(success).1f %% of those settled were sent; in the slowest hour 95 %% went out within %(latest)s.") % {
        "success": _success(hours),
        "latest": how_long(max((each.late_seconds for each in hours), default=0.0)),
    }
    ends = (f"{hours[0].begins_at:%H:%M}", f"{hours[-1].begins_at:%H:%M} UTC") if hours else ("", "")
    legend = [(GOOD, _("sent")), (BAD, _("failed")), (OVER, _("waiting"))]
    return drawn(bars, title=_("Messages of the last 24 hours"), words=words, legend=legend, ends=ends)


def how_long(seconds: float) -> str:
    """Return a time as people say it: 4.2 s, 12 min, 3 h."""
    minute, hour = 60, 3600
    if seconds < 2 * minute:
        return f"{seconds:.1f} s"
    if seconds < 2 * hour:
        return _("%d min") % round(seconds / minute)
    return _("%d h") % round(seconds / hour)


def _ends(days: Sequence[DayOfVisits] | Sequence[DayOfDoses]) -> tuple[str, str]:
    return _short(days[0].day), _short(days[-1].day)


def _short(day: date) -> str:
    return date_format(day, "j M")
