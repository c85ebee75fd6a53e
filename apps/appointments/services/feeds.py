"""Visits in people's own calendars: one as a file, all of a login's at a private address."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.standing import let_stand, parts
from apps.accounts.working import works
from apps.appointments.choices import Status
from apps.appointments.ical import Entry, sorted_entries, write_calendar
from apps.appointments.messages import calendar_entry
from apps.appointments.models import Appointment, CalendarFeed
from apps.appointments.querysets import AppointmentQuerySet
from apps.core import audit
from apps.core.errors import NotFound
from apps.hospitals.querysets import held_by_doctor
from apps.patients.querysets import managed_patient

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
MOST_ENTRIES = 1_000


def make_feed(*, actor: User) -> str:
    """Give the actor a private calendar address and return its token, which is shown now and never again.

    The address before it stops working.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        feed, _created = CalendarFeed.objects.update_or_create(user=actor, defaults={"token_hash": _hash(token)})
        audit.record("calendar_feed_made", actor_id=actor.pk, subject=feed)
    return token


def revoke_feed(*, actor: User) -> None:
    """End the actor's private calendar address, if there is one."""
    with transaction.atomic():
        feed = CalendarFeed.objects.select_for_update().filter(user=actor).first()
        if feed:
            audit.record("calendar_feed_revoked", actor_id=actor.pk, subject=feed)
            feed.delete()


def calendar_of_feed(*, token: str, now: datetime) -> bytes:
    """Return the calendar behind a private address; raises NotFound for an address that does not (or no longer) work.

    It holds the visits of the patients whom its login manages and of the login as a doctor, never a whole hospital's.
    """
    working = CalendarFeed.objects.filter(works("user__"), token_hash=_hash(token)).select_related("user")
    standing = parts("user__")
    feed = working.annotate(**standing).first()
    if feed is None:
        raise NotFound
    viewer = feed.user
    let_stand(viewer, [getattr(feed, name) for name in standing])
    rows = _rows(held_by_doctor(viewer) | managed_patient(viewer))
    near = rows.filter(starts_at__gt=now - BACK, starts_at__lt=now + AHEAD).order_by("-starts_at")[:MOST_ENTRIES]
    return _written([calendar_entry(row, viewer=viewer) for row in near], method="PUBLISH")


def calendar_of_visit(*, actor: User, appointment: Appointment) -> bytes:
    """Return one visit as a file for a calendar; a visit that was given up takes itself out of there."""
    row = _rows(Q(pk=appointment.pk)).get()
    is_over = row.status in {Status.CANCELLED, Status.REJECTED}
    return _written([calendar_entry(row, viewer=actor)], method="CANCEL" if is_over else "PUBLISH")


def _rows(wanted: Q) -> AppointmentQuerySet:
    related = ("doctor__user", "doctor__hospital", "hospital", "patient")
    return Appointment.objects.filter(wanted).select_related(*related)


def _written(entries: Iterable[Entry], *, method: str) -> bytes:
    return write_calendar(
        sorted_entries(entries),
        name=_("Appointments"),
        method=method,
        organizer=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    )


def _hash(token: str) -> bytes:
    """Return what is kept of a token: it has 256 bits of its own, so a plain hash is as good as a slow one."""
    return hashlib.sha256(token.encode()).digest()
