"""A patient at a glance: ten tables and more, in one statement that PostgreSQL answers as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.overview.selectors.sections import Json, demographics, rights_of, sections_of
from apps.patients.models import Patient
from apps.records.models.visits import body_mass_index
from apps.reminders.models import ActionPlan

# Sections that are clinical: those who see a patient's contact only do not see them, not even as empty.
CLINICAL = ("allergies", "conditions", "medications", "visits", "vitals", "prescriptions", "records")
FOLLOWED = ("open_plans", "adherence")
FACTS = ("birth_date", "sex", "blood_group", "health_facts")
UNKNOWN: Any = (None, "", "UNKNOWN", [])
# Who asks and about whom, in the statement that is kept: replaced by the real ones each time.
READER, SUBJECT = UUID(int=1), UUID(int=2)


class NotKeepable(Exception):
    """The statement holds a moment of which nobody knows whether it means now."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that differs from one request to the next."""

    means: str


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its arguments, some of which are slots."""

    sql: str
    arguments: Sequence[Any]

    def filled(self, **values: Any) -> list[Any]:
        """Return the arguments, the slots filled."""
        return [values[each.means] if isinstance(each, Slot) else each for each in self.arguments]


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """What the record says of a patient, as far as this reader may see, and whether the reader manages it."""

    shown: dict[str, Any]
    is_own: bool


def patient_summary(patient_id: UUID, *, reader: User, now: datetime) -> PatientSummary:
    """Return the summary of a patient whom the reader may see; raises NotFound. One query."""
    statement = _statement(reader.role)
    with connection.cursor() as cursor:
        cursor.execute(
            statement.sql,
            statement.filled(reader=reader.pk, patient=patient_id, now=now, today=now.date()),
        )
        found = cursor.fetchone()
    if found is None:
        raise NotFound
    row = orjson.loads(found[0])
    rights = row.pop("rights")
    return PatientSummary(_shown(row, rights), is_own=rights["manages"])


def _shown(row: dict[str, Any], rights: dict[str, bool]) -> dict[str, Any]:
    """Say what is left out and what nobody recorded, and compute what the database does not know."""
    hidden = () if any(rights.values()) else (*CLINICAL, *FOLLOWED, *FACTS)
    row.update(dict.fromkeys(hidden))
    for each in row["vitals"] or ():
        each["bmi"] = _bmi(each)
    for each in row["open_plans"] or ():
        sealed = bytes.fromhex(each.pop("action_sealed"))
        each["action"] = ActionPlan(pk=UUID(each["id"]), action_sealed=sealed).action
    row["is_whole"] = rights["manages"] or rights["granted"]
    row["not_shown"] = list(hidden)
    row["not_recorded"] = [name for name, value in row.items() if value in UNKNOWN and name not in {*hidden, *NOTES}]
    return row


NOTES = ("not_shown", "is_whole")


def _bmi(measured: dict[str, Any]) -> str | None:
    weight, height = measured["weight_kg"], measured["height_cm"]
    index = body_mass_index(weight and Decimal(weight), height and Decimal(height))
    return str(index) if index is not None else None


# --- The statement --------------------------------------------------------------------------------------


@cache
def _statement(role: str) -> Statement:
    """Return the statement that readers of a role ask, written by Django once: writing it takes longer than asking.

    What differs between two readers of a role, two patients or two moments is put in each time. Raises NotKeepable.
    """
    began = timezone.now()
    reader = User(pk=READER, role=role)
    members = {
        **demographics(SUBJECT),
        **sections_of(reader, SUBJECT, now=began),
        "rights": Json(**rights_of(reader, SUBJECT, now=began)),
    }
    patient = Patient.objects.visible_to(reader).filter(pk=SUBJECT).order_by()
    asked = patient.values_list(Cast(Json(**members), TextField()))
    sql, arguments = asked.query.sql_with_params()
    return Statement(sql, [_slotted(each, began) for each in arguments])


def _slotted(argument: Any, began: datetime) -> Any:
    if isinstance(argument, UUID):
        return {READER: Slot("reader"), SUBJECT: Slot("patient")}.get(argument, argument)
    if isinstance(argument, date):
        if not _means_now(argument, began):
            raise NotKeepable(argument)
        return Slot("now" if isinstance(argument, datetime) else "today")
    return argument


def _means_now(argument: date, began: datetime) -> bool:
    """Return whether the clock was read for this since the writing of the statement began."""
    ended = timezone.now()
    if isinstance(argument, datetime):
        return began <= argument <= ended
    return began.date() <= argument <= ended.date()
