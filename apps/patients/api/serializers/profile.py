"""The clinical profile: allergies, conditions, medications, and the facts of which there is one each."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField
from apps.patients.choices import BloodGroup, EntryStatus, MedicationSource, Severity

IDS = {
    "id": "019a9f3c-0000-7000-8000-000000000351",
    "patient": "019a9f3c-0000-7000-8000-000000000301",
    "recorded_by": "019a9f3c-0000-7000-8000-000000000001",
}


class EntryInput(serializers.Serializer[Any]):
    """What every entry takes."""

    started_date = serializers.DateField(required=False, allow_null=True, help_text="Onset, or first taken.")
    ended_date = serializers.DateField(required=False, allow_null=True, help_text="Resolved, or last taken.")
    notes = serializers.CharField(max_length=500, required=False, allow_blank=True)


class EntryOutput(serializers.Serializer[Any]):
    """What every entry shows."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    started_date = serializers.DateField(allow_null=True)
    ended_date = serializers.DateField(allow_null=True)
    notes = serializers.CharField()
    status = serializers.ChoiceField(choices=EntryStatus.choices)
    recorded_by = serializers.UUIDField(source="recorded_by_id")
    created_at = serializers.DateTimeField()


def _shown(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "ended_date": None,
        "notes": "",
        "status": "ACTIVE",
        "created_at": "2026-11-20T09:00:00Z",
        **IDS,
        **given,
    }


class AllergyInput(EntryInput):
    """A substance that the patient must not get."""

    example = {"substance": "Penicillin", "reaction": "Rash", "severity": "MODERATE", "started_date": "2001-05-01"}

    substance = serializers.CharField(max_length=200)
    reaction = serializers.CharField(max_length=300, required=False, allow_blank=True)
    severity = AnyCaseChoiceField(choices=Severity.choices, required=False)


class AllergyOutput(EntryOutput):
    """A substance that the patient must not get."""

    example = _shown(AllergyInput.example)

    substance = serializers.CharField()
    reaction = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)


class ConditionInput(EntryInput):
    """A disease or state."""

    example = {"name": "Type 2 diabetes", "code": "E11.9", "started_date": "2015-09-01"}

    name = serializers.CharField(max_length=200)
    code = serializers.CharField(max_length=10, required=False, allow_blank=True, help_text="ICD-10-CM, if known.")


class ConditionOutput(EntryOutput):
    """A disease or state."""

    example = _shown(ConditionInput.example)

    name = serializers.CharField()
    code = serializers.CharField()


class MedicationInput(EntryInput):
    """Something that the patient takes."""

    example = {"name": "Metformin 500 mg", "dosage": "1 tablet twice daily", "source": "REPORTED"}

    name = serializers.CharField(max_length=200)
    dosage = serializers.CharField(max_length=300, required=False, allow_blank=True)
    source = AnyCaseChoiceField(choices=MedicationSource.choices, required=False)  # type: ignore[assignment]


class MedicationOutput(EntryOutput):
    """Something that the patient takes."""

    example = _shown({**MedicationInput.example, "started_date": None})

    name = serializers.CharField()
    dosage = serializers.CharField()
    source = serializers.ChoiceField(choices=MedicationSource.choices)  # type: ignore[assignment] # DRF's own `source`


class HealthFactsInput(serializers.Serializer[Any]):
    """Pregnancy, lactation and weight; null: nobody knows."""

    example = {"is_pregnant": True, "gestation_weeks": 20, "is_lactating": False, "weight_kg": "62.50"}

    is_pregnant = serializers.BooleanField(required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)
    gestation_weeks = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=44, help_text="Completed weeks, instead of a due date."
    )
    is_lactating = serializers.BooleanField(required=False, allow_null=True)
    weight_kg = serializers.DecimalField(
        required=False, allow_null=True, max_digits=5, decimal_places=2, min_value=0, max_value=700
    )
    weight_date = serializers.DateField(required=False, allow_null=True, help_text="Today if not given.")


class HealthFactsOutput(serializers.Serializer[Any]):
    """Pregnancy, lactation, weight and blood group."""

    example = {
        "patient": IDS["patient"],
        "blood_group": "O+",
        "is_pregnant": True,
        "due_date": "2027-04-09",
        "gestation_weeks": 20,
        "is_lactating": False,
        "weight_kg": "62.50",
        "weight_date": "2026-11-20",
    }

    patient = serializers.UUIDField(source="patient_id")
    blood_group = serializers.ChoiceField(source="patient.blood_group", choices=BloodGroup.choices)
    is_pregnant = serializers.BooleanField(allow_null=True)
    due_date = serializers.DateField(allow_null=True)
    gestation_weeks = serializers.SerializerMethodField(help_text="Completed weeks today, by the due date.")
    is_lactating = serializers.BooleanField(allow_null=True)
    weight_kg = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    weight_date = serializers.DateField(allow_null=True)

    def get_gestation_weeks(self, facts: Any) -> int | None:
        """Return the completed weeks on the patient's calendar."""
        weeks: int | None = facts.gestation_weeks(today=facts.patient.today(now=timezone.now()))
        return weeks
