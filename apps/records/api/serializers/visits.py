"""Visits, vitals and tests."""

from typing import Any

from rest_framework import serializers

from apps.core.http.fields import MomentField
from apps.records.api.serializers.authored import AuthoredOutput
from apps.records.models.visits import PLAUSIBLE

PATIENT = "019a9f3c-0000-7000-8000-000000000301"
FIGURES: dict[str, Any] = {
    "temperature_c": "37.2",
    "systolic_mmhg": 128,
    "diastolic_mmhg": 82,
    "heart_rate_bpm": 71,
    "respiratory_rate_bpm": 14,
    "spo2_percent": 98,
    "weight_kg": "72.50",
    "height_cm": "176.0",
}


def _decimal(name: str, unit: str, places: int = 1) -> serializers.DecimalField:
    lowest, highest = PLAUSIBLE[name]
    return serializers.DecimalField(
        max_digits=5,
        decimal_places=places,
        min_value=lowest,
        max_value=highest,
        required=False,
        allow_null=True,
        help_text=unit,
    )


def _whole(name: str, unit: str) -> serializers.IntegerField:
    lowest, highest = map(int, PLAUSIBLE[name])
    return serializers.IntegerField(
        min_value=lowest, max_value=highest, required=False, allow_null=True, help_text=unit
    )


class FiguresInput(serializers.Serializer[Any]):
    """What was measured; what was not is left out."""

    example = FIGURES

    temperature_c = _decimal("temperature_c", "Degrees Celsius.")
    systolic_mmhg = _whole("systolic_mmhg", "Millimetres of mercury.")
    diastolic_mmhg = _whole("diastolic_mmhg", "Millimetres of mercury.")
    heart_rate_bpm = _whole("heart_rate_bpm", "Beats a minute.")
    respiratory_rate_bpm = _whole("respiratory_rate_bpm", "Breaths a minute.")
    spo2_percent = _whole("spo2_percent", "Oxygen saturation, per cent.")
    weight_kg = _decimal("weight_kg", "Kilograms.", 2)
    height_cm = _decimal("height_cm", "Centimetres.")


class VitalsInput(FiguresInput):
    """What was measured, and when."""

    example = {"measured_at": "2026-11-20T08:00:00+01:00", **FIGURES}

    measured_at = MomentField(required=False, help_text="Now when left out.")


class VitalsOutput(serializers.Serializer[Any]):
    """One point of the trend. The units are those of the names."""

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000731",
        "patient": PATIENT,
        "visit": None,
        "recorded_by": "019a9f3c-0000-7000-8000-000000000001",
        "measured_at": "2026-11-20T07:00:00Z",
        **FIGURES,
        "bmi": "23.4",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    visit = serializers.UUIDField(source="visit_id", allow_null=True)
    recorded_by = serializers.UUIDField(source="recorded_by_id")
    measured_at = serializers.DateTimeField()
    temperature_c = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    systolic_mmhg = serializers.IntegerField(allow_null=True)
    diastolic_mmhg = serializers.IntegerField(allow_null=True)
    heart_rate_bpm = serializers.IntegerField(allow_null=True)
    respiratory_rate_bpm = serializers.IntegerField(allow_null=True)
    spo2_percent = serializers.IntegerField(allow_null=True)
    weight_kg = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    height_cm = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    bmi = serializers.DecimalField(
        max_digits=5, decimal_places=1, allow_null=True, help_text="Where weight and height were measured together."
    )


class OrderTestInput(serializers.Serializer[Any]):
    """A test to be made."""

    example = {"name": "Ferritin", "instructions": "Fasting"}

    name = serializers.CharField(max_length=200)
    instructions = serializers.CharField(max_length=500, required=False, allow_blank=True)


class ResultInput(serializers.Serializer[Any]):
    """What a test found."""

    example = {"result": "9 ng/ml (low)"}

    result = serializers.CharField(max_length=10_000)
    record = serializers.UUIDField(required=False, source="record_id", help_text="A record with the result's files.")


class TestOutput(serializers.Serializer[Any]):
    """A test and its result, if there is one."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000741",
        "visit": "019a9f3c-0000-7000-8000-000000000751",
        "patient": PATIENT,
        "name": "Ferritin",
        "instructions": "Fasting",
        "result": "",
        "record": None,
        "resulted_at": None,
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField()
    visit = serializers.UUIDField(source="visit_id")
    patient = serializers.UUIDField(source="patient_id")
    name = serializers.CharField()
    instructions = serializers.CharField()
    result = serializers.CharField()
    record = serializers.UUIDField(source="record_id", allow_null=True)
    resulted_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ChangeVisitInput(serializers.Serializer[Any]):
    """What a visit says."""

    example: dict[str, Any] = {"diagnosis": "Iron deficiency anaemia", "diagnosis_code": "D50.9"}

    chief_complaint = serializers.CharField(max_length=500)
    symptoms = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    medical_history = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    diagnosis = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    diagnosis_code = serializers.CharField(max_length=10, required=False, allow_blank=True, help_text="ICD-10-CM.")
    plan = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    needs_follow_up = serializers.BooleanField(required=False)
    follow_up_date = serializers.DateField(required=False, allow_null=True)


class WriteVisitInput(ChangeVisitInput):
    """A visit with what was measured and the tests that are to be made."""

    example = {
        "patient": PATIENT,
        "chief_complaint": "Tired for weeks",
        "symptoms": "Pale, short of breath on stairs",
        "diagnosis": "Iron deficiency anaemia",
        "diagnosis_code": "D50.9",
        "plan": "Iron by mouth, come again",
        "needs_follow_up": True,
        "follow_up_date": "2027-01-15",
        "vitals": FIGURES,
        "tests": [OrderTestInput.example],
    }

    patient = serializers.UUIDField(source="patient_id")
    appointment = serializers.UUIDField(required=False, source="appointment_id")
    visited_at = MomentField(required=False, help_text="Now when left out.")
    vitals = FiguresInput(required=False)
    tests = OrderTestInput(many=True, required=False, max_length=50)  # type: ignore[call-arg]


class VisitOutput(AuthoredOutput):
    """A visit."""

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000751",
        "patient": PATIENT,
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "doctor_name": "Lena Vogel",
        "hospital": None,
        "appointment": None,
        "visited_at": "2026-11-20T09:30:00Z",
        "chief_complaint": "Tired for weeks",
        "symptoms": "Pale, short of breath on stairs",
        "medical_history": "",
        "diagnosis": "Iron deficiency anaemia",
        "diagnosis_code": "D50.9",
        "plan": "Iron by mouth, come again",
        "needs_follow_up": True,
        "follow_up_date": "2027-01-15",
        "vitals": VitalsOutput.example,
        "tests": [TestOutput.example],
        "created_at": "2026-11-20T09:45:00Z",
    }

    visited_at = serializers.DateTimeField()
    chief_complaint = serializers.CharField()
    symptoms = serializers.CharField()
    medical_history = serializers.CharField()
    diagnosis = serializers.CharField()
    diagnosis_code = serializers.CharField()
    plan = serializers.CharField()
    needs_follow_up = serializers.BooleanField()
    follow_up_date = serializers.DateField(allow_null=True)
    vitals = serializers.SerializerMethodField(help_text="What was measured; null where nothing was.")
    tests = TestOutput(many=True, source="tests.all")
    created_at = serializers.DateTimeField()

    def get_vitals(self, visit: Any) -> dict[str, Any] | None:
        """Return what was measured."""
        measured = getattr(visit, "vitals", None)
        return VitalsOutput(measured).data if measured is not None else None
