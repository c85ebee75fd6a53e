"""What the doors of the apps above show of a safety check that is kept with what was checked."""

from typing import Any

from rest_framework import serializers

from apps.recommendations.medicines import Severity
from apps.recommendations.safety import FindingType, Unchecked


class WarningOutput(serializers.Serializer[Any]):
    """One danger."""

    type = serializers.ChoiceField(choices=[each.value for each in FindingType])
    severity = serializers.ChoiceField(
        choices=[each.value for each in Severity], help_text="CRITICAL: not without a documented reason."
    )
    subject = serializers.CharField(help_text="The ingredient.")
    condition = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # DRF's own `source`


WarningOutput._declared_fields["with"] = serializers.CharField(  # a word of Python
    allow_null=True, help_text="The other medicine or the allergy, as the record writes it."
)


class GapOutput(serializers.Serializer[Any]):
    """What could not be checked; never to be read as safe."""

    kind = serializers.ChoiceField(choices=[each.value for each in Unchecked])
    subject = serializers.CharField()
    reason = serializers.CharField()


class SafetyOutput(serializers.Serializer[Any]):
    """What the safety rules said when it was checked last. What was not checked is not safe."""

    knowledge_version = serializers.CharField()
    findings = WarningOutput(many=True, help_text="The gravest of each medicine first.")
    not_checked = GapOutput(many=True)
    is_critical = serializers.BooleanField(help_text="Whether it needs a reason to go on.")
    override_reason = serializers.CharField(help_text="Why a doctor went on all the same.")
