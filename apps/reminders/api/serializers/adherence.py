"""How much of what was due was taken."""

from typing import Any

from rest_framework import serializers

from apps.reminders.api.serializers.fields import PATIENT_ID, PLAN_ID

ORDERINGS = ("rate", "-rate", "change", "-change")


class PeriodQuery(serializers.Serializer[Any]):
    """From which day to which."""

    to = serializers.DateField(required=False, default=None, help_text="Last day; today by default.")


# `from` is a word of the language, so it cannot stand in the class body.
PeriodQuery._declared_fields["from"] = serializers.DateField(
    required=False, default=None, help_text="First day, in the plan's zone; 30 days before the last by default."
)


class PanelQuery(PeriodQuery):
    """Which patients, and in which order."""

    patient = serializers.UUIDField(required=False, default=None)
    plan = serializers.UUIDField(required=False, default=None)
    ordering = serializers.ChoiceField(
        choices=ORDERINGS,
        required=False,
        default="rate",
        help_text="`rate`: the lowest adherence first; `change`: the steepest fall against the period before first.",
    )


class TallyOutput(serializers.Serializer[Any]):
    """Doses answered or missed, and how many of them were taken."""

    due = serializers.IntegerField(help_text="Doses answered or missed in the period.")
    taken = serializers.IntegerField()
    missed = serializers.IntegerField()
    skipped = serializers.IntegerField()
    rate = serializers.SerializerMethodField(help_text="taken / due; null where nothing was due.")

    def get_rate(self, row: Any) -> float | None:
        """Return taken / due, rounded to two decimals."""
        due, taken = (row[name] if isinstance(row, dict) else getattr(row, name) for name in ("due", "taken"))
        return round(taken / due, 2) if due else None


class AdherenceOutput(TallyOutput):
    """One patient of the panel."""

    example = {
        "patient": PATIENT_ID,
        "patient_name": "Amina Rahman",
        "due": 10,
        "taken": 9,
        "missed": 1,
        "skipped": 0,
        "rate": 0.9,
        "change": -0.05,
        "streak": 4,
        "longest_streak": 6,
    }

    patient = serializers.UUIDField(source="pk")
    patient_name = serializers.CharField(source="name")
    change = serializers.SerializerMethodField(help_text="Against the period before; null where nothing was due then.")
    streak = serializers.IntegerField(source="streaks.current", help_text="Doses taken in a row, up to the latest.")
    longest_streak = serializers.IntegerField(source="streaks.longest")

    def get_change(self, row: Any) -> float | None:
        """Return the difference of the two rates."""
        return row.change / 1_000 if row.due_before else None


class PlanAdherenceOutput(TallyOutput):
    """One plan of a patient."""

    plan = serializers.UUIDField()
    action = serializers.CharField()


class DayAdherenceOutput(TallyOutput):
    """One day of the heat map."""

    date = serializers.DateField(source="local_date")


class PatientAdherenceOutput(serializers.Serializer[Any]):
    """One patient: together, plan by plan, day by day."""

    example = {
        "patient": PATIENT_ID,
        "from": "2026-10-22",
        "to": "2026-11-21",
        "total": {"due": 10, "taken": 9, "missed": 1, "skipped": 0, "rate": 0.9},
        "streak": 4,
        "longest_streak": 6,
        "plans": [
            {
                "plan": PLAN_ID,
                "action": "Aspirin 75 mg: 1 tablet twice daily for 5 days",
                "due": 10,
                "taken": 9,
                "missed": 1,
                "skipped": 0,
                "rate": 0.9,
            }
        ],
        "days": [{"date": "2026-11-20", "due": 2, "taken": 1, "missed": 1, "skipped": 0, "rate": 0.5}],
    }

    patient = serializers.UUIDField(source="patient.pk")
    to = serializers.DateField(source="period.last")
    total = TallyOutput()
    streak = serializers.IntegerField(source="streak.current", help_text="Doses taken in a row, up to the latest.")
    longest_streak = serializers.IntegerField(source="streak.longest")
    plans = PlanAdherenceOutput(many=True)
    days = DayAdherenceOutput(many=True, help_text="Heat map: days on which something was due.")


PatientAdherenceOutput._declared_fields["from"] = serializers.DateField(source="period.first")
