"""What a patient's summary looks like on paper."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from apps.core.typesetting import typeset
from apps.core.zones import zone
from apps.patients.choices import Severity, Sex
from apps.recommendations.selectors import subject_of
from apps.records.choices import RecordType

TEMPLATE = Path(__file__).parents[1] / "templates" / "overview" / "summary.typ"
Row = Mapping[str, Any]
Line = Callable[[Row], Sequence[str]]


def summary_pdf(shown: Row, *, now: datetime) -> bytes:
    """Return a summary, as it is shown to its reader, as a PDF. Raises NotPrintable."""
    return typeset(TEMPLATE, _paper(shown, now), made_at=now)


def _paper(shown: Row, now: datetime) -> dict[str, Any]:
    zone_name = shown["time_zone"]
    partly = _("This is not the whole record: it shows what you wrote and what was given to you.")
    return {
        "title": _("Patient summary"),
        "name": shown["name"],
        "made": _at(now.isoformat(), zone_name),
        "clock": _("Times are in %s where no other zone is named.") % zone_name,
        "page": _("Page"),
        "warning": "" if shown["is_whole"] else partly,
        "facts": _facts(shown),
        "sections": [_section(shown, *parts) for parts in _sections(zone_name)],
    }


def _facts(shown: Row) -> list[tuple[str, str]]:
    facts = shown["health_facts"] or {}
    hidden = shown["not_shown"]
    told = {
        _("Date of birth"): _said(shown["birth_date"], is_hidden="birth_date" in hidden),
        _("Sex"): _said(_label(Sex, shown["sex"]), is_hidden="sex" in hidden),
        _("Blood group"): _said(shown["blood_group"], is_hidden="blood_group" in hidden),
        _("Weight"): _said(_kilograms(facts.get("weight_kg")), is_hidden="health_facts" in hidden),
        _("Pregnant"): _yes_or_no(facts.get("is_pregnant"), is_hidden="health_facts" in hidden),
        _("Lactating"): _yes_or_no(facts.get("is_lactating"), is_hidden="health_facts" in hidden),
        _("Phone"): _said(shown["phone"]),
        _("Emergency contact"): _said(
            _listed(shown["emergency_name"], shown["emergency_relation"], shown["emergency_phone"])
        ),
    }
    return list(told.items())


def _sections(zone_name: str) -> list[tuple[str, str, list[str], Line]]:
    """Return each part: its member, its title, its columns, and what of a row stands in them."""
    when = partial(_clock, zone_name=zone_name)
    return [
        (
            *("allergies", _("Allergies"), [_("Substance"), _("Reaction"), _("Severity")]),
            lambda row: (row["substance"], row["reaction"], _label(Severity, row["severity"])),
        ),
        (
            *("conditions", _("Conditions"), [_("Condition"), _("ICD-10"), _("Since")]),
            lambda row: (row["name"], row["code"], row["started_date"] or ""),
        ),
        (
            *("medications", _("Medicines"), [_("Medicine"), _("Dosage"), _("Since")]),
            lambda row: (row["name"], row["dosage"], row["started_date"] or ""),
        ),
        (
            *("visits", _("Recent visits"), [_("When"), _("Doctor"), _("Complaint"), _("Diagnosis"), _("Plan")]),
            lambda row: (
                when(row["visited_at"]),
                row["doctor_name"],
                row["chief_complaint"],
                _listed(row["diagnosis"], row["diagnosis_code"]),
                row["plan"],
            ),
        ),
        (
            *("vitals", _("Measurements"), [_("When"), _("Blood pressure"), _("Pulse"), _("°C"), _("kg"), _("BMI")]),
            lambda row: (when(row["measured_at"]), *_figures(row)),
        ),
        (
            *("prescriptions", _("Prescriptions")),
            [_("When"), _("Doctor"), _("Diagnosis"), _("Not checked"), _("Medicines")],
            lambda row: (
                when(row["issued_at"]),
                row["doctor_name"],
                row["diagnosis"],
                _gaps(row),
                "\n".join(_listed(each["name"], each["dosage"], each["frequency"]) for each in row["medicines"]),
            ),
        ),
        (
            *("records", _("Records"), [_("Type"), _("Title"), _("Date"), _("Files")]),
            lambda row: (_label(RecordType, row["record_type"]), row["title"], row["date"] or "", str(row["files"])),
        ),
        (
            *("upcoming_appointments", _("Appointments to come"), [_("When"), _("Doctor")]),
            lambda row: (_at(row["starts_at"], row["time_zone"]), row["doctor_name"]),
        ),
        (
            *("open_plans", _("Running plans"), [_("What"), _("Not checked")]),
            lambda row: (row["action"], _gaps(row)),
        ),
        (
            *("adherence", _("Doses"), [_("Due"), _("Taken"), _("Missed"), _("Skipped")]),
            lambda row: [str(row[name]) for name in ("due", "taken", "missed", "skipped")],
        ),
    ]


def _section(shown: Row, member: str, name: str, columns: list[str], line: Line) -> dict[str, Any]:
    """Return one part; that nothing is recorded, or that it is not for this reader, is said."""
    value = shown[member]
    rows = [value] if isinstance(value, dict) else value or ()
    empty = _("Not shown to you.") if member in shown["not_shown"] else _("Nothing recorded.")
    return {"name": name, "columns": columns, "empty": empty, "rows": [list(line(row)) for row in rows]}


def _gaps(row: Row) -> str:
    """Return what the safety rules could not check: it is not to be read as safe."""
    return "\n".join(f"{subject_of(gap)} ({gap['reason']})" for gap in row["not_checked"])


def _figures(row: Row) -> tuple[str, ...]:
    pressure = f"{row['systolic_mmhg']}/{row['diastolic_mmhg']}" if row["systolic_mmhg"] else ""
    others = ("heart_rate_bpm", "temperature_c", "weight_kg", "bmi")
    return (pressure, *("" if row[name] is None else str(row[name]) for name in others))


def _said(value: str | None, *, is_hidden: bool = False) -> str:
    if is_hidden:
        return _("not shown to you")
    return _("not recorded") if value in {None, "", "UNKNOWN"} else str(value)


def _yes_or_no(value: bool | None, *, is_hidden: bool) -> str:  # noqa: FBT001 - a fact with three values
    return _said(None if value is None else _("yes") if value else _("no"), is_hidden=is_hidden)


def _listed(*words: str) -> str:
    return ", ".join(filter(None, words))


def _kilograms(weight: str | None) -> str | None:
    return f"{weight} kg" if weight else None


def _label(choices: type[TextChoices], value: str | None) -> str:
    """Return a choice as people read it; nothing, where it is not known or not told."""
    return str(choices(value).label) if value and value != "UNKNOWN" else ""


def _clock(moment: str, zone_name: str) -> str:
    """Return a moment on the clock of a zone."""
    return f"{datetime.fromisoformat(moment).astimezone(zone(zone_name)):%Y-%m-%d %H:%M}"


def _at(moment: str, zone_name: str) -> str:
    """Return a moment on the clock of a zone, with its name."""
    return f"{_clock(moment, zone_name)} {zone_name}"
