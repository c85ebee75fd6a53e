"""What the tests of appointments do: book, join a line, count all that is written, be refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.appointments.models import Appointment
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.queueing import join_queue
from apps.core.models import AuditEvent, OutboxEvent
from apps.hospitals.models import Doctor
from apps.notifications.models import Delivery, Notification
from apps.patients.models import CareRelationship, HospitalRegistration
from tests.world import make_patient, make_user

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # A Friday.
MONDAY_NINE = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 09:00 on Monday in New York.
MONDAY = MONDAY_NINE.date()
WRITTEN = (Appointment, CareRelationship, HospitalRegistration, Notification, Delivery, AuditEvent, OutboxEvent)


def someone(username: str) -> User:
    """Return a login that is a patient."""
    user = make_user(username)
    make_patient(user)
    return user


def book(user: User, doctor: Doctor, *, at: datetime = MONDAY_NINE, now: datetime = NOW, **changes: Any) -> Appointment:
    """Book for the user's own patient unless told otherwise."""
    wanted: dict[str, Any] = {"doctor_id": doctor.pk, "patient_id": None, "reason": "A cough"}
    return book_appointment(**wanted | changes, actor=user, starts_at=at, now=now)


def join(user: User, doctor: Doctor, day: date = MONDAY, *, now: datetime = NOW, **changes: Any) -> Appointment:
    """Take a place in the doctor's line for the user's own patient unless told otherwise."""
    wanted: dict[str, Any] = {"doctor_id": doctor.pk, "patient_id": None, "reason": "A cough"}
    return join_queue(**wanted | changes, actor=user, day=day, now=now)


def written() -> dict[str, int]:
    """Return how many rows there are of all that a booking or its refusal could write."""
    return {model.__name__: model.objects.count() for model in WRITTEN}


def client_of(user: User, *, now: datetime = NOW) -> APIClient:
    """Return a client that carries a real access token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue_pair(open_session(user=user, now=now))['access']}")
    return client


def refuse(refusal: type[Exception], act: Callable[..., object], *args: Any, **kwargs: Any) -> Exception:
    """Show that the act is refused, and that nothing was written meanwhile; return the refusal."""
    before = written(), list(Appointment.objects.order_by("pk").values())
    with pytest.raises(refusal) as told:
        act(*args, **kwargs)
    assert (written(), list(Appointment.objects.order_by("pk").values())) == before
    return told.value


def pointers(answer: Any) -> list[tuple[str, str]]:
    """Return where and why a body was refused."""
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), answer.content
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
