"""What is asked about medicines is taken wholly or refused: nothing that was said may go unheard."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


def refuse_unknown(given: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse members by another name: a misspelt "allergies" would hide a danger without a word."""
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise serializers.ValidationError({name: _("There is no such field here.") for name in unknown})


class StrictSerializer(serializers.Serializer[Any]):
    """An object that has the declared fields and no others."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values; refuses a field that is not declared."""
        if isinstance(data, Mapping):
            refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


class NumberField(serializers.FloatField):
    """A number; true is none, though Python counts it as 1."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number; refuses a yes or no."""
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)
