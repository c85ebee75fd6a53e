"""Signing up: a login, its consent, and the patient that the person is."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import Session, User
from apps.accounts.services.email_verification import request_verification
from apps.accounts.services.registration import register_person
from apps.accounts.services.sessions import open_session
from apps.core.budgets import address_prefix, spend
from apps.core.context import current_call
from apps.core.errors import TooManyAttempts
from apps.patients.choices import Relation
from apps.patients.models import Patient
from apps.patients.services.demographics import phone_number
from apps.patients.services.registering import manage

SIGN_UPS_PER_NETWORK, SIGN_UP_WINDOW = 100, timedelta(hours=1)


def sign_up(
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    phone: str,
    time_zone: str,
    role: Role = Role.PATIENT,
    now: datetime,
) -> Session:
    """Register a person, make the patient record they manage, sign them in, and send a code to confirm the address.

    In the role of a doctor the person is an applicant who has not applied yet: without a record, that is no patient.
    Raises EmailTaken, InvalidInput (weak password, no phone number) and TooManyAttempts (sign-ups from one network);
    nothing is left behind then.
    """
    network = address_prefix(current_call().address)
    spend("sign-up", network, limit=SIGN_UPS_PER_NETWORK, window=SIGN_UP_WINDOW, now=now)
    with transaction.atomic():
        number = phone_number(name="phone", typed=phone) if phone else ""
        user = register_person(
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            phone=number,
            role=role,
            now=now,
        )
        if role == Role.PATIENT:
            make_own_patient(user=user, time_zone=time_zone)
        session = open_session(user=user, now=now)
    with suppress(TooManyAttempts):  # The account stands; the person can ask for the code later.
        request_verification(actor=user, now=now)
    return session


def make_own_patient(*, user: User, time_zone: str) -> Patient:
    """Make the patient record of a login's own person."""
    patient = Patient.objects.create(
        first_name=user.first_name, last_name=user.last_name, phone=user.phone, email=user.email, time_zone=time_zone
    )
    manage(actor=user, patient=patient, relation=Relation.SELF)
    return patient
