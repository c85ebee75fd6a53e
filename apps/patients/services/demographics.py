"""Who a patient is and how to reach them: what may be written there, and by whom it is changed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotAllowed
from apps.core.phones import normalized_phone
from apps.patients.models import Patient
from apps.patients.models.people import FIRST_BIRTH_DATE

OLDEST = 130  # Years; nobody on record reached 123.
PHONES = ("phone", "emergency_phone")
# What a hospital sees and may put right, as long as nobody manages the record.
CONTACT = (
    *("first_name", "last_name", "phone", "email", "address", "city"),
    *("emergency_name", "emergency_phone", "emergency_relation", "time_zone", "language"),
)
FIELDS = (*CONTACT, "birth_date", "sex", "blood_group")


def checked_person(person: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return what is to be written about a person, phones normalized; raises InvalidInput naming the field."""
    checked = dict(person)
    for name in PHONES:
        if checked.get(name):
            checked[name] = phone_number(name=name, typed=checked[name])
    if checked.get("birth_date"):
        check_birth_date(checked["birth_date"], now=now)
    return checked


def check_birth_date(born: date, *, now: datetime) -> None:
    """Raise InvalidInput for a day on which no living patient was born; today is the latest anywhere on earth."""
    today = (now + timedelta(hours=14)).date()
    if born > today:
        raise InvalidInput("birth_date", _("This day is still to come."), code="in_the_future")
    if born < FIRST_BIRTH_DATE or today.year - born.year > OLDEST:
        raise InvalidInput("birth_date", _("Nobody alive was born on this day."), code="too_long_ago")


def phone_number(*, name: str, typed: str) -> str:
    """Return a typed phone number as it is kept; raises InvalidInput at the field of that name."""
    number = normalized_phone(typed, region=settings.PHONE_REGION)
    if number is None:
        raise InvalidInput(name, _("This is not a phone number. Begin with + and the country code."), code="no_phone")
    return number


def change_patient(
    *, actor: User, patient: Patient, changes: Mapping[str, Any], is_whole: bool = False, now: datetime
) -> Patient:
    """Change what is known of a person: a manager everything, staff the contact of a walk-in whom nobody manages.

    With `is_whole` what is not given is emptied. Raises NotAllowed for everybody else and InvalidInput, also for a
    field that staff may not change.
    """
    blank = Patient()
    with transaction.atomic():
        locked = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        allowed = _changeable_by(actor, locked)
        for name in changes:
            if name not in allowed:
                raise InvalidInput(name, _("A hospital changes only name and contact."), code="not_yours_to_change")
        emptied = {name: getattr(blank, name) for name in allowed} if is_whole else {}
        checked = checked_person({**emptied, **changes}, now=now)
        changed = [name for name, value in checked.items() if getattr(locked, name) != value]
        for name in changed:
            setattr(locked, name, checked[name])
        if changed:
            locked.save(update_fields=[*changed, "updated_at"])
            audit.record(
                "patient_changed",
                actor_id=actor.pk,
                subject=locked,
                concerns_id=locked.pk,
                details={"fields": sorted(changed)},
            )
    return locked


def _changeable_by(actor: User, patient: Patient) -> tuple[str, ...]:
    """Return the fields that the actor may change; raises NotAllowed when there is none."""
    one = Patient.objects.filter(pk=patient.pk)
    if one.managed_by(actor).exists():
        return FIELDS
    if one.unmanaged().registered_at_hospital_of(actor).exists():
        return CONTACT
    raise NotAllowed
