"""What the tests of appointments share: a fixed present, a doctor with a week, and a count of everything written."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.appointments.models import Appointment
from apps.appointments.services.booking import book_appointment
from apps.core.models import AuditEvent, OutboxEvent
from apps.hospitals.models import Doctor
from apps.notifications.models import Delivery, Notification
from apps.patients.models import CareRelationship, HospitalRegistration

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # A Friday.
MONDAY_NINE = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 09:00 on Monday in New York.
WRITTEN = (Appointment, CareRelationship, HospitalRegistration, Notification, Delivery, AuditEvent, OutboxEvent)


def book(user: User, doctor: Doctor, *, at: datetime = MONDAY_NINE, now: datetime = NOW, **changes: Any) -> Appointment:
    """Book for the user's own patient unless told otherwise."""
    wanted: dict[str, Any] = {"doctor_id": doctor.pk, "patient_id": None, "reason": "A cough"}
    return book_appointment(**wanted | changes, actor=user, starts_at=at, now=now)


def written() -> dict[str, int]:
    """Return how many rows there are of all that a booking or its refusal could write."""
    return {model.__name__: model.objects.count() for model in WRITTEN}


def client_of(user: User, *, now: datetime = NOW) -> APIClient:
    """Return a client that carries a real access token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue_pair(open_session(user=user, now=now))['access']}")
    return client
