"""Signing up: a login, its consent, and the patient that the person is."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import Session, User
from apps.accounts.services.registration import register_person
from apps.accounts.services.sessions import open_session
from apps.patients.choices import Relation
from apps.patients.models import Management, Patient


def sign_up(
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    phone: str,
    time_zone: str,
    now: datetime,
) -> Session:
    """Register a person, make the patient record they manage, and sign them in.

    Raises EmailTaken and InvalidInput (weak password); nothing is left behind then.
    """
    with transaction.atomic():
        user = register_person(
            email=email, password=password, first_name=first_name, last_name=last_name, phone=phone, now=now
        )
        make_own_patient(user=user, time_zone=time_zone)
        return open_session(user=user, now=now)


def make_own_patient(*, user: User, time_zone: str) -> Patient:
    """Make the patient record of a login's own person."""
    patient = Patient.objects.create(
        first_name=user.first_name, last_name=user.last_name, phone=user.phone, time_zone=time_zone
    )
    Management.objects.create(patient=patient, user=user, relation=Relation.SELF)
    return patient
