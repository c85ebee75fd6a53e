"""One patient, one doctor who treats, and nothing else: for tests that need no whole world."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.hospitals.models import Doctor
from apps.notifications.models import Delivery, Notification
from apps.patients.models import CareRelationship, Patient
from apps.patients.services.care import choose_doctor
from tests.world import make_doctor, make_hospital, make_patient, make_user


@dataclass(frozen=True)
class Care:
    """A patient who manages the own record, and the doctor whom the patient chose."""

    manager: User
    patient: Patient
    doctor: Doctor
    relationship: CareRelationship


def make_care(now: datetime, *, name: str = "", time_zone: str = "Europe/Paris") -> Care:
    """Return a care relationship with everybody in it; `name` tells a second one from the first."""
    manager = make_user(f"{name}patient")
    patient = make_patient(manager, time_zone=time_zone)
    doctor = make_doctor(f"{name}doctor", make_hospital(f"{name}Hospital"))
    relationship = choose_doctor(actor=manager, patient_id=patient.pk, doctor_id=doctor.pk, now=now)
    # That the doctor was told belongs to the tests of choosing; others count what they themselves announce.
    Notification.objects.filter(subject_id=relationship.pk).delete()
    Delivery.objects.filter(subject_id=relationship.pk).delete()
    connection.run_on_commit.clear()
    return Care(manager, patient, doctor, relationship)


def client_of(user: User, *, now: datetime) -> APIClient:
    """Return a client that carries a real access token of this login."""
    client = APIClient()
    access = tokens.issue_pair(open_session(user=user, now=now))["access"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client
