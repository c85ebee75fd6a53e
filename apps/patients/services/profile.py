"""The clinical profile: written by the patient's managers and treating doctors, never deleted."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotFound, RuleRefused
from apps.patients.icd10 import known_code
from apps.patients.models import HealthFacts, Patient, ProfileEntry
from apps.patients.models.people import FIRST_BIRTH_DATE
from apps.patients.models.profile import DAYS_OF_PREGNANCY
from apps.patients.services.care import NotTreating

Entry = TypeVar("Entry", bound=ProfileEntry)
FACTS = ("is_pregnant", "due_date", "is_lactating", "weight_kg", "weight_date")
LONGEST_GESTATION = 44  # Weeks; a pregnancy that is longer is a wrong date.


class EntryInError(RuleRefused):
    """The entry was taken back as a mistake."""

    code = "entered_in_error"
    detail = _("This entry was taken back as a mistake. Make a new one.")


def add_entry(*, actor: User, kind: type[Entry], patient_id: UUID, now: datetime, **columns: Any) -> Entry:
    """Write an allergy, a condition or a medication into the profile.

    Raises NotFound and NotTreating like every clinical write, and InvalidInput.
    """
    patient = _writable(actor, patient_id, now)
    entry = kind(patient=patient, recorded_by=actor, **columns)
    _check(entry, patient, now)
    with transaction.atomic():
        entry.save(force_insert=True)
        _record(f"{kind._meta.model_name}_added", actor, entry)
    return entry


def change_entry(*, actor: User, entry: Entry, changes: Mapping[str, Any], now: datetime) -> Entry:
    """Change or end (`ended_date`) an entry; raises NotTreating, EntryInError and InvalidInput."""
    with transaction.atomic():
        locked = _locked(entry)
        patient = _writable(actor, locked.patient_id, now)
        if locked.entered_in_error_at is not None:
            raise EntryInError
        for name, value in changes.items():
            setattr(locked, name, value)
        _check(locked, patient, now)
        locked.changed_by = actor
        locked.save(update_fields=[*changes, "changed_by", "updated_at"])
        _record(f"{locked._meta.model_name}_changed", actor, locked, fields=sorted(changes))
    return locked


def take_back_entry(*, actor: User, entry: Entry, now: datetime) -> Entry:
    """Mark an entry as never having been true; twice is no error. Raises NotTreating."""
    with transaction.atomic():
        locked = _locked(entry)
        _writable(actor, locked.patient_id, now)
        if locked.entered_in_error_at is None:
            locked.entered_in_error_at, locked.changed_by = now, actor
            locked.save(update_fields=["entered_in_error_at", "changed_by", "updated_at"])
            _record(f"{locked._meta.model_name}_taken_back", actor, locked)
    return locked


def state_health_facts(*, actor: User, patient_id: UUID, changes: Mapping[str, Any], now: datetime) -> HealthFacts:
    """State pregnancy (by due date or completed weeks), lactation and weight; what is not given stays as it was.

    Raises NotFound, NotTreating and InvalidInput. A weight without a date was taken today.
    """
    patient = _writable(actor, patient_id, now)
    today = patient.today(now=now)
    with transaction.atomic():
        HealthFacts.objects.bulk_create([HealthFacts(patient=patient)], ignore_conflicts=True)
        facts = HealthFacts.objects.select_for_update().get(patient=patient)
        columns = _complete(changes, today)
        for name, value in columns.items():
            setattr(facts, name, value)
        _check_weight(facts, today)
        if columns.keys() & {"is_pregnant", "due_date"}:  # A pregnancy that is over hinders no other statement.
            _check_pregnancy(facts, today)
        facts.save()
        _record("health_facts_stated", actor, facts, fields=sorted(changes))
    return facts


def note_weight(*, actor: User, patient_id: UUID, weight_kg: Decimal, measured_at: datetime, now: datetime) -> None:
    """Let the profile know a weight that was measured, unless it knows a newer one; advice asks there.

    Part of the caller's transaction. Raises NotFound and NotTreating.
    """
    patient = _writable(actor, patient_id, now)
    day = patient.today(now=min(measured_at, now))  # Clocks may differ by minutes.
    if not HealthFacts.objects.filter(patient=patient, weight_date__gt=day).exists():
        state_health_facts(
            actor=actor, patient_id=patient_id, changes={"weight_kg": weight_kg, "weight_date": day}, now=now
        )


def _complete(changes: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return the columns to write: weeks as the due date they mean, and what goes without saying."""
    columns = dict(changes)
    weeks = columns.pop("gestation_weeks", None)
    if weeks is not None:
        if columns.get("due_date"):
            raise InvalidInput("gestation_weeks", _("Give the due date or the weeks, not both."), code="given_twice")
        columns["due_date"] = today + timedelta(days=DAYS_OF_PREGNANCY - 7 * weeks)
    if columns.get("due_date"):
        columns["is_pregnant"] = columns.get("is_pregnant") is not False  # Goes without saying.
    elif columns.get("is_pregnant", True) is not True:
        columns["due_date"] = None
    if "weight_kg" in columns and columns.get("weight_date") is None:
        columns["weight_date"] = today if columns["weight_kg"] is not None else None
    return columns


def _check_pregnancy(facts: HealthFacts, today: date) -> None:
    weeks = facts.gestation_weeks(today=today)
    if weeks is not None and not facts.is_pregnant:
        raise InvalidInput("due_date", _("Only a pregnancy has a due date."))
    if weeks is not None and not 0 <= weeks <= LONGEST_GESTATION:
        raise InvalidInput("due_date", _("No pregnancy lasts until then."))


def _check_weight(facts: HealthFacts, today: date) -> None:
    if facts.weight_date is not None and facts.weight_kg is None:
        raise InvalidInput("weight_date", _("Give the weight too."))
    if facts.weight_kg is not None and facts.weight_date is None:
        raise InvalidInput("weight_date", _("A weight has a day: give it, or leave it as it is."))
    if facts.weight_date is not None and facts.weight_date > today:
        raise InvalidInput("weight_date", _("This day is still to come."), code="in_the_future")


def _writable(actor: User, patient_id: UUID, now: datetime) -> Patient:
    """Return the patient whose profile the actor may write; raises NotTreating for an ex-doctor, NotFound."""
    patient = Patient.objects.close_to(actor, now=now).filter(pk=patient_id).first()
    if patient is not None:
        return patient
    raise NotTreating if Patient.objects.once_close_to(actor, now=now).filter(pk=patient_id).exists() else NotFound


def _locked(entry: Entry) -> Entry:
    rows: Any = type(entry)._default_manager  # Of this very kind, which the types of managers do not say.
    locked: Entry = rows.select_for_update().get(pk=entry.pk)
    return locked


def _check(entry: ProfileEntry, patient: Patient, now: datetime) -> None:
    """Refuse dates that cannot be and codes that do not exist."""
    latest = (now + timedelta(hours=14)).date()  # Today at the latest place on earth.
    earliest = patient.birth_date or FIRST_BIRTH_DATE
    if entry.started_date is not None and not earliest <= entry.started_date <= latest:
        raise InvalidInput("started_date", _("Give a day of the patient's life until today."))
    if entry.ended_date is not None and entry.ended_date < (entry.started_date or earliest):
        raise InvalidInput("ended_date", _("It cannot end before it started."), code="ends_before_it_starts")
    if getattr(entry, "code", ""):
        code = known_code(entry.code)  # type: ignore[attr-defined] # conditions have one
        if code is None:
            raise InvalidInput("code", _("There is no such code in ICD-10-CM."), code="no_such_code")
        entry.code = code  # type: ignore[attr-defined]


def _record(action: str, actor: User, row: ProfileEntry | HealthFacts, **details: Any) -> None:
    """Write down who wrote: the names of fields, never their content."""
    audit.record(action, actor_id=actor.pk, subject=row, concerns_id=row.patient_id, details=details)
