"""Serializer fields that hold a convention of the whole API."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class MomentField(serializers.DateTimeField):
    """A moment: RFC 3339 with an offset, because a wall-clock time without a zone is a guess."""

    default_error_messages = {"no_offset": _("Give the offset too, such as 2026-11-23T09:00:00-05:00.")}

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment; refuses a time without offset."""
        try:
            parsed = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            parsed = None
        if parsed is not None and parsed.tzinfo is None:
            self.fail("no_offset")
        return super().to_internal_value(value)


class BytesField(serializers.CharField):
    """Bytes as base64 (RFC 4648, section 4)."""

    default_error_messages = {"not_base64": _("Give the bytes in base64.")}

    def to_internal_value(self, value: Any) -> bytes:  # type: ignore[override]
        """Return the bytes; refuses what is not base64."""
        try:
            return base64.b64decode(super().to_internal_value(value), validate=True)
        except (binascii.Error, ValueError):
            self.fail("not_base64")

    def to_representation(self, value: bytes | memoryview) -> str:  # type: ignore[override]
        """Return the base64 text."""
        return base64.b64encode(bytes(value)).decode()


class LeftOutBooleanField(serializers.BooleanField):
    """A yes or no; one that a form does not send is left out, where DRF takes it for a box that was not ticked."""

    default_empty_html = serializers.empty


class FilesField(serializers.ListField):
    """Files of multipart/form-data. They are inspected and written before the rest of the body is read."""

    child = serializers.FileField(allow_empty_file=True)


class AnyCaseChoiceField(serializers.ChoiceField):
    """A choice in any case, or by a synonym of one of the systems that CareLoop replaces; values are UPPER_CASE."""

    def __init__(self, choices: Any, *, synonyms: Mapping[str, str] | None = None, **options: Any) -> None:
        """Take the choices, and by which other words (UPPER_CASE) each may be called."""
        self.synonyms = synonyms or {}
        super().__init__(choices, **options)

    def to_internal_value(self, data: Any) -> Any:
        """Return the choice; refuses what is none."""
        written = data.strip().upper() if isinstance(data, str) else data
        return super().to_internal_value(self.synonyms.get(written, written) if isinstance(written, str) else written)
