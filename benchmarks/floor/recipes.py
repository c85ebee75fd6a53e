"""What the floor's web program is told: the statements that the API ran, and which of their columns are which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

# In the order in which `floor.listing` unpacks them.
COLUMNS = (
    "appointments_appointment.id",
    "appointments_appointment.status",
    "appointments_appointment.starts_at",
    "appointments_appointment.ends_at",
    "hospitals_hospital.time_zone",
    "hospitals_doctor.time_zone",
    "appointments_appointment.local_date",
    "appointments_appointment.serial",
    "appointments_appointment.doctor_id",
    "accounts_user.first_name",
    "accounts_user.last_name",
    "accounts_user.username",
    "appointments_appointment.patient_id",
    "patients_patient.first_name",
    "patients_patient.last_name",
    "appointments_appointment.hospital_id",
    "appointments_appointment.department_id",
    "appointments_appointment.reason",
    "appointments_appointment.cancelled_reason",
    "appointments_appointment.notes",
    "appointments_appointment.is_overbooked",
    "appointments_appointment.overbooking_reason",
    "appointments_appointment.created_at",
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to answer one address: what to ask."""

    statement: str
    arguments: tuple[Any, ...]
    plan_cache_mode: str  # With which the statement costs least once it is prepared.


@dataclass(frozen=True, slots=True)
class RowsRecipe(Recipe):
    """How to answer with rows: the statement finds their ids, which come first in what it answers."""

    read: str  # The statement that reads the rows of these ids.
    positions: tuple[int, ...]  # Where in them each of COLUMNS stands.
    rows: int  # How many are shown; of a page one more is found, to know whether there is a next one.
    links: dict[str, str | None]  # As the API wrote them once: they are signed with the second they are made in.


@dataclass(frozen=True, slots=True)
class Cookbook:
    """All that the program is given."""

    dsn: str
    key: bytes  # With which the token is signed.
    audience: str
    issuer: str
    recipes: Mapping[str, Recipe]  # By address: path and query.


@dataclass(frozen=True, slots=True)
class SlotsCookbook:
    """What the program of free slots is given: the API's statements for one doctor, and the days asked for."""

    dsn: str
    key: bytes
    audience: str
    issuer: str
    statements: tuple[tuple[str, tuple[Any, ...]], ...]  # Of the doctor, the rules, and what is taken.
    zone_position: int  # Of the zone in the first statement's row.
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class CheckInCookbook:
    """What the program of check-ins is given; what every plan says it knows by heart, because it is sealed."""

    dsn: str
    key: bytes
    audience: str
    issuer: str
    action: str
