"""Caregivers: whom a patient wants to be told of missed doses; chosen by a manager, who consents to that."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.budgets import spend
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.patients.messages import tell_caregiver
from apps.patients.models import Caregiver, Patient

MOST_CAREGIVERS = 10
# Whoever tries addresses learns which of them belong to somebody here.
TRIES, TRY_WINDOW = 20, timedelta(hours=1)


class AlreadyTold(RuleRefused):
    """This person is told of missed doses without that."""

    code = "already_told"
    detail = _("This person is a caregiver of the patient already, or manages the record.")


class TooManyCaregivers(RuleRefused):
    """So many are no caregivers any more."""

    code = "too_many_caregivers"
    detail = _("A patient has 10 caregivers at most. End one first.")


def choose_caregiver(*, actor: User, patient_id: UUID, email: str, now: datetime) -> Caregiver:
    """Let the login with this confirmed address be told of missed doses of a patient whom the actor manages.

    It sees nothing else of the patient. Raises NotFound (patient), InvalidInput (nobody has this address),
    AlreadyTold, TooManyCaregivers, TooManyAttempts. Announces `caregiver_chosen` to the caregiver.
    """
    patient = Patient.objects.managed_by(actor).filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    spend("choose-caregiver", str(actor.pk), limit=TRIES, window=TRY_WINDOW, now=now)
    user = _person_with(email)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)  # So that the count holds.
        _refuse_more(patient, user)
        chosen = Caregiver.objects.create(patient=patient, user=user, consented_at=now)
        audit.record("caregiver_chosen", actor_id=actor.pk, subject=chosen, concerns_id=patient.pk)
        tell_caregiver(chosen, now=now)
    return chosen


def end_caregiver(*, actor: User, caregiver: Caregiver, now: datetime) -> Caregiver:
    """Tell the caregiver no more: by a manager of the patient, or by the caregiver. Twice is no error.

    Raises NotAllowed for everybody else.
    """
    is_manager = Patient.objects.managed_by(actor).filter(pk=caregiver.patient_id).exists()
    if not is_manager and caregiver.user_id != actor.pk:
        raise NotAllowed
    with transaction.atomic():
        locked = Caregiver.objects.select_for_update().get(pk=caregiver.pk)
        if locked.ended_at is None:
            locked.ended_at = now
            locked.save(update_fields=["ended_at", "updated_at"])
            audit.record("caregiver_ended", actor_id=actor.pk, subject=locked, concerns_id=locked.patient_id)
    return locked


def _person_with(email: str) -> User:
    """Return the login that a person made for themselves under this address, once they have confirmed it."""
    own = User.objects.filter(is_self_registered=True, is_active=True, email_verified_at__isnull=False)
    user: User | None = own.filter(email=email.strip().lower()).first()
    if user is None:
        detail = _("Nobody has confirmed this address here. Ask them to sign up and to confirm it first.")
        raise InvalidInput("email", detail, code="nobody_there")
    return user


def _refuse_more(patient: Patient, user: User) -> None:
    caregivers = patient.caregivers.live()
    if caregivers.filter(user=user).exists() or patient.managements.live().filter(user=user).exists():
        raise AlreadyTold
    if caregivers.count() >= MOST_CAREGIVERS:
        raise TooManyCaregivers
