"""Reading JSON from strangers: orjson, with depth, NUL and lone surrogates refused before anything else sees them."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

DEEPEST = 16
LARGEST_BYTES = 1_048_576


class GuardedJSONParser(BaseParser):
    """Parses application/json into plain values; raises ParseError (400) for whatever the database could not keep."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the parsed body; an empty one is an empty object."""
        raw = stream.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise ParseError(_("The body is larger than one megabyte."), code="too_large")
        if not raw.strip():
            return {}
        try:
            parsed = orjson.loads(raw)  # Refuses NaN, infinity, lone surrogates and invalid UTF-8 by itself.
        except (orjson.JSONDecodeError, RecursionError) as failure:
            raise ParseError(_("The body is not valid JSON."), code="malformed_json") from failure
        _guard(parsed, DEEPEST)
        return parsed


def _guard(value: Any, depth: int) -> None:
    if depth < 0:
        raise ParseError(_("The body is nested too deeply."), code="too_deep")
    if isinstance(value, str) and "\x00" in value:
        raise ParseError(_("The body holds a NUL character."), code="nul_character")
    if isinstance(value, dict):
        _guard(list(value), depth)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _guard(item, depth - 1)


class RawParser(BaseParser):
    """Hands over the bytes as they came, for what is signed as it came; raises ParseError (400) for too many."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the bytes of the body."""
        raw: bytes = stream.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise ParseError(_("The body is larger than one megabyte."), code="too_large")
        return raw
