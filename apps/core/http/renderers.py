"""Writing JSON: one renderer for every answer, no negotiation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OrjsonRenderer(BaseRenderer):
    """Renders UUIDs, dates and times (RFC 3339) without help from serializers."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return `data` as UTF-8 JSON, nothing for no data, and what is rendered already as it is."""
        if isinstance(data, Rendered):
            return data.body
        return b"" if data is None else to_json(data)


class Rendered(dict[str, Any]):
    """An answer already rendered, such as a stored one."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body


def to_json(data: Any) -> bytes:
    """Return `data` as the API writes it: times in UTC end in `Z`."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    return str(value)


class AlwaysJSON(DefaultContentNegotiation):
    """Answers JSON whatever was asked for: there is only one representation, and a 406 helps nobody."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the view's first renderer."""
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)
