"""One patient and one doctor who treats, their clients, and notes between them."""

from collections.abc import Callable
from datetime import datetime

import pytest
from rest_framework.test import APIClient

from apps.records.models import Note
from apps.records.services.notes import write_note
from tests.care import Care, client_of, make_care


@pytest.fixture
def care(db, now: datetime) -> Care:
    return make_care(now)


@pytest.fixture
def doctor(care: Care, now: datetime) -> APIClient:
    """The treating doctor's client."""
    return client_of(care.doctor.user, now=now)


@pytest.fixture
def patient(care: Care, now: datetime) -> APIClient:
    """The client of the patient's own login."""
    return client_of(care.manager, now=now)


@pytest.fixture
def write(care: Care, now: datetime) -> Callable[..., Note]:
    """Let the treating doctor write a note, now unless said otherwise."""

    def write_one(text: str = "Rest and drink.", *, replaces_plans: bool = True, at: datetime = now) -> Note:
        return write_note(
            actor=care.doctor.user, patient_id=care.patient.pk, text=text, replaces_plans=replaces_plans, now=at
        )

    return write_one
