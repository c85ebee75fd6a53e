"""Walking the URL map: every view under /api/, for the checks and for the permission table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address; `path` has its parameters as `{name}`."""

    method: str
    path: str
    view: type[Any]
    action: str | None


def api_routes() -> Iterator[Route]:
    """Yield every method of every route under /api/, but for the catch-all and the schema itself."""
    for path, pattern in _walk(get_resolver(), ""):
        view = getattr(pattern.callback, "cls", None)
        if view is None or not path.startswith("/api/"):
            continue
        for method, action in _methods(pattern.callback, view):
            yield Route(method, path, view, action)


def _methods(callback: Any, view: type[Any]) -> Iterator[tuple[str, str | None]]:
    actions = getattr(callback, "actions", None)
    if actions:
        for method, action in actions.items():
            if method != "head":
                yield method.upper(), action
    else:
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(view, method):
                yield method.upper(), None


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + _readable(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        elif entry.name != "api-absent":
            yield "/" + path.lstrip("/"), entry


def _readable(pattern: str) -> str:
    """Return a route's pattern with `{name}` for each parameter, whether written as a path or as an expression."""
    pattern = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern)
    pattern = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)
    return pattern.replace("^", "").replace("\\Z", "").replace("$", "").replace("\\.", ".").replace("\\", "")
