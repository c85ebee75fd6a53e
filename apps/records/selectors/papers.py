"""What a prescription looks like on paper."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.typesetting import qr_svg, typeset
from apps.core.zones import zone
from apps.hospitals.models import Doctor
from apps.patients.models import Patient
from apps.recommendations.selectors import subject_of
from apps.records.models import Prescription, SafetyCheck

TEMPLATE = Path(__file__).parents[1] / "templates" / "records" / "prescription.typ"


def prescription_pdf(prescription: Prescription) -> bytes:
    """Return a prescription as a PDF; the same rows give the same bytes. Raises NotPrintable."""
    link = f"{settings.SITE_URL}/api/v1/prescriptions/verify/{prescription.verification_code}/"
    pictures = {"qr": qr_svg(link)}
    return typeset(TEMPLATE, _paper(prescription), pictures=pictures, made_at=prescription.created_at)


def _paper(prescription: Prescription) -> dict[str, Any]:
    patient, code = prescription.patient, prescription.verification_code
    return {
        "title": _("Prescription, version %(version)d") % {"version": prescription.version},
        "made": _moment(prescription.created_at, patient),
        "superseded": hasattr(prescription, "successor"),
        "house": _house(prescription.doctor),
        "doctor": {"name": prescription.doctor.user.name, "lines": _doctor(prescription.doctor)},
        "patient": {"name": patient.name, "lines": _patient(patient)},
        "before": _parts({_("Chief complaint"): prescription.chief_complaint, _("Diagnosis"): prescription.diagnosis}),
        "medicines": [
            [line.name, line.dosage, line.frequency, line.duration, line.instructions]
            for line in prescription.lines.all()
        ],
        "after": _parts(
            {
                _("Tests advised"): prescription.investigations,
                _("Referral"): prescription.referral,
                _("Advice"): prescription.advice,
                _("Come again on"): prescription.follow_up_date.isoformat() if prescription.follow_up_date else "",
            }
        ),
        **_safety(prescription.safety_check),
        "code": " ".join(code[start : start + 4] for start in range(0, len(code), 4)),
        "words": _words(),
    }


def _house(doctor: Doctor) -> dict[str, Any]:
    """Return the head of the page: the hospital, or the practice of an independent doctor."""
    hospital = doctor.hospital
    if hospital is None:
        return {"name": doctor.user.name, "lines": _filled(_joined(doctor.practice_location, doctor.city))}
    return {
        "name": hospital.name,
        "lines": _filled(_joined(hospital.address, hospital.city), _joined(hospital.phone, hospital.email)),
    }


def _doctor(doctor: Doctor) -> list[str]:
    licence = _("Licence %(number)s") % {"number": doctor.license_number} if doctor.license_number else ""
    return _filled(_joined(doctor.specialization, doctor.qualification), licence)


def _patient(patient: Patient) -> list[str]:
    born = _("Born %(date)s") % {"date": patient.birth_date.isoformat()} if patient.birth_date else ""
    return _filled(_joined(born, str(patient.get_sex_display())), _joined(patient.address, patient.city))


def _safety(check: SafetyCheck) -> dict[str, Any]:
    return {
        "findings": [
            {"severity": each["severity"], "message": each.get("message") or each["type"]} for each in check.findings
        ],
        "reason": check.override_reason,
        "unchecked": [{"subject": subject_of(each), "reason": each["reason"]} for each in check.not_checked],
    }


def _parts(texts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "text": text} for name, text in texts.items() if text]


def _filled(*lines: str) -> list[str]:
    return [line for line in lines if line]


def _joined(*words: str) -> str:
    return ", ".join(_filled(*words))


def _moment(at: datetime, patient: Patient) -> str:
    """Return a moment on the patient's clock, with its zone."""
    return f"{at.astimezone(zone(patient.time_zone)):%Y-%m-%d %H:%M} {patient.time_zone}"


def _words() -> dict[str, Any]:
    return {
        "patient": _("Patient"),
        "doctor": _("Doctor"),
        "medicines": _("Medicines"),
        "columns": [_("Medicine"), _("Dosage"), _("Frequency"), _("Duration"), _("Instructions")],
        "safety": _("Safety check"),
        "reason": _("Prescribed all the same, because"),
        "unchecked": _("Not checked"),
        "nothing": _("All was checked, and nothing was found."),
        "superseded": _("A newer version of this prescription was issued. Do not use this one."),
        "verify": _("Whether this is genuine and still current: scan the code, or type it at the service."),
        "signature": _("Signature"),
        "page": _("Page"),
    }
