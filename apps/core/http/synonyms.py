"""Fields under the names that they had in the systems that CareLoop replaces."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from rest_framework import serializers


class SynonymSerializer(serializers.Serializer[Any]):
    """Also takes fields under the names they had in the systems that CareLoop replaces; errors use the caller's."""

    synonyms: Mapping[str, str] = {}

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values under the house's names."""
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        used = {ours: theirs for theirs, ours in self.synonyms.items() if theirs in data and ours not in data}
        try:
            return super().to_internal_value(self._renamed(data, used))
        except serializers.ValidationError as failure:
            if not isinstance(failure.detail, Mapping):
                raise
            detail = {used.get(name, name): errors for name, errors in failure.detail.items()}
            raise serializers.ValidationError(detail) from failure

    def translate(self, name: str, value: Any) -> Any:
        """Return what a value under a foreign name is here."""
        return value

    def _renamed(self, data: Mapping[str, Any], used: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the data with our names beside theirs; a form keeps being one, for its fields may have many values."""
        if isinstance(data, QueryDict):
            renamed = data.copy()
            for ours, theirs in used.items():
                renamed.setlist(ours, [self.translate(theirs, value) for value in data.getlist(theirs)])
            return renamed
        return {**data, **{ours: self.translate(theirs, data[theirs]) for ours, theirs in used.items()}}
