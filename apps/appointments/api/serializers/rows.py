"""Rows of appointment lists, written by hand from flat columns; `AppointmentOutput` stays their schema."""

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import full_name
from apps.appointments.slots import number_of

COLUMNS = (
    "id",
    "status",
    "starts_at",
    "ends_at",
    "local_date",
    "serial",
    "doctor",
    "doctor__user__first_name",
    "doctor__user__last_name",
    "doctor__user__username",
    "doctor__time_zone",
    "doctor__hospital__time_zone",
    "patient",
    "patient__first_name",
    "patient__last_name",
    "hospital",
    "hospital__time_zone",
    "department",
    "reason",
    "cancelled_reason",
    "notes",
    "is_overbooked",
    "overbooking_reason",
    "created_at",
)


def appointment_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an appointment, read as COLUMNS, as `AppointmentOutput` shows it."""
    doctor_name = full_name(row["doctor__user__first_name"], row["doctor__user__last_name"])
    zone_name = row["doctor__hospital__time_zone"] or row["doctor__time_zone"] or row["hospital__time_zone"]
    return {
        "id": row["id"],
        "status": row["status"],
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "time_zone": zone_name,
        "local_date": row["local_date"],
        "serial": row["serial"],
        "number": number_of(row["local_date"], row["serial"]),
        "doctor": row["doctor"],
        "doctor_name": (doctor_name or row["doctor__user__username"]) if row["doctor"] else None,
        "patient": row["patient"],
        "patient_name": full_name(row["patient__first_name"], row["patient__last_name"]),
        "hospital": row["hospital"],
        "department": row["department"],
        "reason": row["reason"],
        "cancelled_reason": row["cancelled_reason"],
        "notes": row["notes"],
        "is_overbooked": row["is_overbooked"],
        "overbooking_reason": row["overbooking_reason"],
        "created_at": row["created_at"],
    }
