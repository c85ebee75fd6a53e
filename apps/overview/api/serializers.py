"""What the overview answers: the schema of what PostgreSQL writes itself (a test compares the two)."""

from typing import Any

from rest_framework import serializers

from apps.patients.choices import BloodGroup, MedicationSource, Severity, Sex
from apps.recommendations.doors import GapOutput
from apps.records.choices import RecordType


class SummaryFacts(serializers.Serializer[Any]):
    """Pregnancy, lactation and weight; null: nobody said."""

    is_pregnant = serializers.BooleanField(allow_null=True)
    due_date = serializers.DateField(allow_null=True)
    is_lactating = serializers.BooleanField(allow_null=True)
    weight_kg = serializers.CharField(allow_null=True)
    weight_date = serializers.DateField(allow_null=True)


class SummaryAllergy(serializers.Serializer[Any]):
    """An allergy that holds."""

    id = serializers.UUIDField()
    substance = serializers.CharField()
    reaction = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)


class SummaryCondition(serializers.Serializer[Any]):
    """A condition that holds."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    code = serializers.CharField(help_text="ICD-10-CM.")
    started_date = serializers.DateField(allow_null=True)


class SummaryMedication(serializers.Serializer[Any]):
    """What the patient takes now."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    dosage = serializers.CharField()
    source = serializers.ChoiceField(choices=MedicationSource.choices)  # type: ignore[assignment] # DRF's own `source`
    started_date = serializers.DateField(allow_null=True)


class SummaryVisit(serializers.Serializer[Any]):
    """A visit, the latest first."""

    id = serializers.UUIDField()
    visited_at = serializers.DateTimeField()
    doctor_name = serializers.CharField()
    chief_complaint = serializers.CharField()
    diagnosis = serializers.CharField()
    diagnosis_code = serializers.CharField()
    plan = serializers.CharField()
    follow_up_date = serializers.DateField(allow_null=True)


class SummaryVitals(serializers.Serializer[Any]):
    """One point of the trend, the latest first; units as in `patients/{id}/vitals/`."""

    id = serializers.UUIDField()
    measured_at = serializers.DateTimeField()
    temperature_c = serializers.CharField(allow_null=True)
    systolic_mmhg = serializers.IntegerField(allow_null=True)
    diastolic_mmhg = serializers.IntegerField(allow_null=True)
    heart_rate_bpm = serializers.IntegerField(allow_null=True)
    respiratory_rate_bpm = serializers.IntegerField(allow_null=True)
    spo2_percent = serializers.IntegerField(allow_null=True)
    weight_kg = serializers.CharField(allow_null=True)
    height_cm = serializers.CharField(allow_null=True)
    bmi = serializers.CharField(allow_null=True)


class SummaryMedicine(serializers.Serializer[Any]):
    """A line of a prescription, in the doctor's words."""

    name = serializers.CharField()
    dosage = serializers.CharField()
    frequency = serializers.CharField()
    duration = serializers.CharField()
    instructions = serializers.CharField()


class SummaryPrescription(serializers.Serializer[Any]):
    """A prescription that no newer version follows, the latest first."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    issued_at = serializers.DateTimeField()
    doctor_name = serializers.CharField()
    diagnosis = serializers.CharField()
    medicines = SummaryMedicine(many=True)
    follow_up_date = serializers.DateField(allow_null=True)
    not_checked = GapOutput(many=True)


class SummaryRecord(serializers.Serializer[Any]):
    """A health record, the latest first."""

    id = serializers.UUIDField()
    record_type = serializers.ChoiceField(choices=RecordType.choices)
    title = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    files = serializers.IntegerField(help_text="How many.")
    created_at = serializers.DateTimeField()


class SummaryAppointment(serializers.Serializer[Any]):
    """An appointment to come, the soonest first."""

    id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    doctor_name = serializers.CharField()
    status = serializers.CharField()


class SummaryPlan(serializers.Serializer[Any]):
    """A plan that is running."""

    id = serializers.UUIDField()
    action = serializers.CharField()
    not_checked = GapOutput(many=True)


class SummaryTally(serializers.Serializer[Any]):
    """Doses that were due, and what became of them."""

    due = serializers.IntegerField()
    taken = serializers.IntegerField()
    missed = serializers.IntegerField()
    skipped = serializers.IntegerField()


def _part(serializer: type[serializers.Serializer[Any]]) -> Any:
    return serializer(many=True, allow_null=True)


class PatientSummaryOutput(serializers.Serializer[Any]):
    """A patient at a glance. A part that is null is not shown to you; one that is empty says that nothing is recorded.

    `not_shown` and `not_recorded` name both: that nothing is recorded never means that there is nothing.
    """

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000301",
        "name": "Amina Rahman",
        "birth_date": "1984-03-02",
        "sex": "FEMALE",
        "blood_group": "UNKNOWN",
        "phone": "+15550100001",
        "email": "amina@careloop.example",
        "emergency_name": "Omar Rahman",
        "emergency_phone": "+15550100009",
        "emergency_relation": "Husband",
        "time_zone": "Asia/Dhaka",
        "language": "en",
        "health_facts": None,
        "allergies": [
            {
                "id": "019a9f3c-0000-7000-8000-000000000351",
                "substance": "Penicillin",
                "reaction": "Rash",
                "severity": "MODERATE",
            }
        ],
        "conditions": [],
        "medications": [],
        "visits": [],
        "vitals": [],
        "prescriptions": [],
        "records": [],
        "upcoming_appointments": [
            {
                "id": "019a9f3c-0000-7000-8000-000000000501",
                "starts_at": "2026-11-23T14:00:00.000000Z",
                "time_zone": "America/New_York",
                "doctor_name": "Lena Okafor",
                "status": "CONFIRMED",
            }
        ],
        "open_plans": [
            {
                "id": "019a9f3c-0000-7000-8000-000000000751",
                "action": "Aspirin 75 mg: 1 tablet at night",
                "not_checked": [{"kind": "fact", "subject": "egfr", "reason": "needed for aspirin"}],
            }
        ],
        "adherence": {"due": 10, "taken": 9, "missed": 1, "skipped": 0},
        "is_whole": True,
        "not_shown": [],
        "not_recorded": [
            "blood_group",
            "health_facts",
            "conditions",
            "medications",
            "visits",
            "vitals",
            "prescriptions",
            "records",
        ],
    }

    id = serializers.UUIDField()
    name = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    sex = serializers.ChoiceField(choices=Sex.choices, allow_null=True)
    blood_group = serializers.ChoiceField(choices=BloodGroup.choices, allow_null=True)
    phone = serializers.CharField()
    email = serializers.CharField()
    emergency_name = serializers.CharField()
    emergency_phone = serializers.CharField()
    emergency_relation = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    health_facts = SummaryFacts(allow_null=True)
    allergies = _part(SummaryAllergy)
    conditions = _part(SummaryCondition)
    medications = _part(SummaryMedication)
    visits = _part(SummaryVisit)
    vitals = _part(SummaryVitals)
    prescriptions = _part(SummaryPrescription)
    records = _part(SummaryRecord)
    upcoming_appointments = SummaryAppointment(many=True)
    open_plans = _part(SummaryPlan)
    adherence = SummaryTally(allow_null=True)
    is_whole = serializers.BooleanField(
        help_text="Whether nothing is left out. False: of visits, prescriptions, measurements and records you see what "
        "you wrote, and what was assigned to you or shared with you."
    )
    not_shown = serializers.ListField(child=serializers.CharField(), help_text="Parts that are not for you.")
    not_recorded = serializers.ListField(
        child=serializers.CharField(), help_text="Parts of which nothing is recorded that you may see."
    )


class StatsOutput(serializers.Serializer[Any]):
    """How many there are: of all for an administrator, of one's own hospital for its staff."""

    example = {
        "total_users": 1_250,
        "total_patients": 1_100,
        "total_doctors": 80,
        "total_hospitals": 6,
        "approved_hospitals": 5,
        "pending_hospitals": 1,
        "total_appointments": 9_400,
        "pending_appointments": 12,
        "upcoming_appointments": 310,
        "completed_appointments": 8_700,
    }

    total_users = serializers.IntegerField(help_text="Logins; of a hospital its staff and doctors.")
    total_patients = serializers.IntegerField(help_text="Of a hospital those registered with it.")
    total_doctors = serializers.IntegerField()
    total_hospitals = serializers.IntegerField()
    approved_hospitals = serializers.IntegerField()
    pending_hospitals = serializers.IntegerField()
    total_appointments = serializers.IntegerField()
    pending_appointments = serializers.IntegerField(help_text="Requests that nobody has answered.")
    upcoming_appointments = serializers.IntegerField()
    completed_appointments = serializers.IntegerField()
