"""Choices as people and older programs write them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

SEXES = {"M": "MALE", "F": "FEMALE", "MAN": "MALE", "WOMAN": "FEMALE"}


class AnyCaseChoiceField(serializers.ChoiceField):
    """A choice in any case, or by a synonym of one of the systems that CareLoop replaces."""

    def __init__(self, *, synonyms: Mapping[str, str] | None = None, **options: Any) -> None:
        self.synonyms = synonyms or {}
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        """Return the choice; refuses what is none."""
        written = data.strip().upper() if isinstance(data, str) else data
        return super().to_internal_value(self.synonyms.get(written, written) if isinstance(written, str) else written)
