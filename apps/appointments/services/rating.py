"""Rating a doctor after a visit that took place; the doctor's average is kept in the same transaction."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Avg, Count
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.models import Appointment, Rating
from apps.appointments.services.booking import patient_of
from apps.core import audit
from apps.core.errors import NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Doctor
from apps.patients.models import Patient

CENT = Decimal("0.01")


class NoVisitYet(RuleRefused):
    """Who rates has been there."""

    code = "no_visit_yet"
    detail = _("A doctor can be rated after a visit that took place.")


class AlreadyRated(RuleRefused):
    """One rating per patient and doctor."""

    code = "already_rated"
    detail = _("This patient has rated the doctor already. Change that rating.")


def rate_doctor(*, actor: User, doctor_id: UUID, patient_id: UUID | None, stars: int, review: str) -> Rating:
    """Rate a doctor for a patient whom the actor manages (the actor by default).

    Raises NotFound (doctor or patient), NoVisitYet and AlreadyRated.
    """
    patient = patient_of(actor=actor, patient_id=patient_id)
    with transaction.atomic():
        doctor = _counted(doctor_id)
        visits = Appointment.objects.filter(patient=patient, doctor=doctor, status=Status.COMPLETED)
        if not visits.exists():
            raise NoVisitYet
        if Rating.objects.filter(patient=patient, doctor=doctor).exists():
            raise AlreadyRated  # Asked under the doctor's lock, which everybody who writes a rating holds.
        rating = Rating.objects.create(patient=patient, doctor=doctor, author=actor, stars=stars, review=review)
        _count(doctor)
        _record("doctor_rated", actor, rating)
    return rating


def change_rating(*, actor: User, doctor_id: UUID, rating_id: UUID, changes: Mapping[str, Any]) -> Rating:
    """Change the stars or the words of a rating of a patient whom the actor manages; raises NotFound and NotAllowed."""
    with transaction.atomic():
        doctor = _counted(doctor_id)
        rating = _own(actor, doctor, rating_id)
        for name, value in changes.items():
            setattr(rating, name, value)
        rating.author = actor
        rating.save(update_fields=[*changes, "author", "updated_at"])
        _count(doctor)
        _record("rating_changed", actor, rating)
    return rating


def take_rating_back(*, actor: User, doctor_id: UUID, rating_id: UUID) -> None:
    """Remove a rating of a patient whom the actor manages; raises NotFound and NotAllowed."""
    with transaction.atomic():
        doctor = _counted(doctor_id)
        rating = _own(actor, doctor, rating_id)
        _record("rating_removed", actor, rating)
        rating.delete()
        _count(doctor)


def _counted(doctor_id: UUID) -> Doctor:
    """Return the doctor, locked against every other rating; bookings, which share the key, go on."""
    doctors = Doctor.objects.filter(pk__in=Doctor.objects.practising().values("pk"))
    doctor = doctors.select_for_update(no_key=True).filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound
    return doctor


def _own(actor: User, doctor: Doctor, rating_id: UUID) -> Rating:
    rating = Rating.objects.filter(doctor=doctor, pk=rating_id).first()
    if rating is None:
        raise NotFound
    if not Patient.objects.managed_by(actor).filter(pk=rating.patient_id).exists():
        raise NotAllowed
    return rating


def _count(doctor: Doctor) -> None:
    """Write the doctor's average and count as they are under the lock, counted anew: nothing adds up to an error."""
    counted = Rating.objects.filter(doctor=doctor).order_by().aggregate(average=Avg("stars"), count=Count("pk"))
    doctor.rating_average = Decimal(str(counted["average"] or 0)).quantize(CENT, ROUND_HALF_UP)
    doctor.rating_count = counted["count"]
    doctor.save(update_fields=["rating_average", "rating_count"])


def _record(action: str, actor: User, rating: Rating) -> None:
    audit.record(
        action,
        actor_id=actor.pk,
        subject=rating,
        concerns_id=rating.patient_id,
        details={"doctor_id": str(rating.doctor_id), "stars": rating.stars},
    )
