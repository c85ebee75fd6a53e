"""Signing up: a login, its consent, and the patient that the person is."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import Session, User
from apps.accounts.services.registration import register_person
from apps.accounts.services.sessions import open_session
from apps.patients.choices import Relation
from apps.patients.models import Patient
from apps.patients.services.demographics import phone_number
from apps.patients.services.registering import manage


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

    Raises EmailTaken and InvalidInput (weak password, no phone number); nothing is left behind then.
    """
    with transaction.atomic():
        number = phone_number("phone", phone) if phone else ""
        user = register_person(
            email=email, password=password, first_name=first_name, last_name=last_name, phone=number, now=now
        )
        make_own_patient(user=user, time_zone=time_zone)
        return open_session(user=user, now=now)


def make_own_patient(*, user: User, time_zone: str) -> Patient:
    """Make the patient record of a login's own person."""
    patient = Patient.objects.create(
        first_name=user.first_name, last_name=user.last_name, phone=user.phone, email=user.email, time_zone=time_zone
    )
    manage(actor=user, patient=patient, relation=Relation.SELF)
    return patient
