"""A patient at a glance: ten tables and more, in one statement that PostgreSQL answers as JSON."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import psycopg
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
REMARKS = ("is_whole", "not_shown")  # About the answer, not about the patient.
UNKNOWN: Any = (None, "", "UNKNOWN", [])
# Who asks and about whom, while the statement is written.
READER, SUBJECT = UUID(int=1), UUID(int=2)


class NotKeepable(Exception):
    """The statement holds a moment of which nobody knows whether it means now."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL whose first four arguments are the reader, the patient, the moment and its date; the others never change."""

    sql: str
    constants: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """What the record says of a patient, as far as this reader may see, and whether the reader manages it."""

    shown: dict[str, Any]
    is_own: bool


def patient_summary(patient_id: UUID, *, reader: User, now: datetime) -> PatientSummary:
    """Return the summary of a patient whom the reader may see; raises NotFound. One query."""
    text = _answer(_statement(reader.role), reader.pk, patient_id, now, now.date())
    if text is None:
        raise NotFound
    row = orjson.loads(text)
    rights = row.pop("rights")
    return PatientSummary(_shown(row, rights), is_own=rights["manages"])


def _answer(statement: Statement, *asked: Any) -> str | None:
    """Run the statement, prepared: planning takes several times as long as answering.

    Django's own cursors put values into the text and can prepare nothing.
    """
    with connection.cursor() as checked, psycopg.RawCursor(checked.connection) as cursor:
        found = cursor.execute(statement.sql, (*asked, *statement.constants), prepare=True).fetchone()
    return str(found[0]) if found else None


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
    told = {name: value for name, value in row.items() if name not in {*hidden, *REMARKS}}
    row["not_recorded"] = [name for name, value in told.items() if value in UNKNOWN]
    return row


def _bmi(measured: dict[str, Any]) -> str | None:
    weight, height = measured["weight_kg"], measured["height_cm"]
    index = body_mass_index(weight and Decimal(weight), height and Decimal(height))
    return str(index) if index is not None else None


# --- The statement --------------------------------------------------------------------------------------


@cache
def _statement(role: str) -> Statement:
    """Return the statement that readers of a role ask, written by Django once: writing it takes longer than asking.

    What differs between two readers of a role, two patients or two moments is an argument. Raises NotKeepable.
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
    return numbered(*asked.query.sql_with_params(), began=began)


def numbered(sql: str, arguments: Sequence[Any], *, began: datetime) -> Statement:
    """Return the statement with PostgreSQL's own placeholders; raises NotKeepable."""
    constants: list[Any] = []
    rest = iter(arguments)

    def place(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        argument = next(rest)
        if number := _asked(argument, began):
            return f"${number}"
        constants.append(argument)
        return f"${len(_ASKED) + len(constants)}"

    return Statement(re.sub(r"%[s%]", place, sql), tuple(constants))


_ASKED = READER_PLACE, SUBJECT_PLACE, NOW_PLACE, TODAY_PLACE = 1, 2, 3, 4


def _asked(argument: Any, began: datetime) -> int | None:
    """Return the place of what differs from one request to the next; None for what never changes."""
    if isinstance(argument, UUID):
        return {READER: READER_PLACE, SUBJECT: SUBJECT_PLACE}[argument]
    if not isinstance(argument, date):
        return None
    if not _means_now(argument, began):
        raise NotKeepable(argument)
    return NOW_PLACE if isinstance(argument, datetime) else TODAY_PLACE


def _means_now(argument: date, began: datetime) -> bool:
    """Return whether the clock was read for this since the writing of the statement began."""
    ended = timezone.now()
    if isinstance(argument, datetime):
        return began <= argument <= ended
    return began.date() <= argument <= ended.date()
