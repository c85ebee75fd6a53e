"""Every error under /api/ as application/problem+json (RFC 9457): one translation, no HTML, no stack trace."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.core import audit
from apps.core.context import current_call
from apps.core.crypto import CannotOpen
from apps.core.errors import DomainError, GoneMeanwhile, InvalidInput, NotFound, NotSignedIn, Sealed, Unavailable

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
FOREIGN_KEY = "23503"  # PostgreSQL's foreign_key_violation; deferred, so it may come as late as at the commit.
Body = dict[str, Any]


class BadParameter(exceptions.ValidationError):
    """Query parameters that cannot be used; their pointers start with `?` to tell them from body fields."""


def problem_response(failure: Exception, context: Mapping[str, Any]) -> Response:
    """Return the problem that answers `failure`: DRF's exception handler for the whole house."""
    known = _known(failure)
    body = _body(known)
    if body["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(failure, DomainError):
        logger.error("unexpected failure", exc_info=failure)  # A database that is away too: the caller is not told why.
    set_rollback()
    _record_refusal(body, context.get("request"))
    return Response(body, status=body["status"], headers=_headers(known), content_type=CONTENT_TYPE)


def _record_refusal(body: Body, request: Request | None) -> None:
    """Write down that somebody was refused for who they are (401 with a token, 403); a 404 hides and tells nothing."""
    if request is None:
        return
    is_bad_token = body["status"] == HTTPStatus.UNAUTHORIZED and "Authorization" in request.headers
    is_forbidden = body["status"] == HTTPStatus.FORBIDDEN
    if is_bad_token or is_forbidden:
        match = request.resolver_match
        details = {"code": body["code"], "method": request.method, "route": match.route if match else ""}
        # After a bad token there is nobody to ask for: asking would raise what refused it.
        with suppress(DatabaseError):  # A forged token is refused while the database is away, too.
            audit.record("refused", actor_id=request.user.pk if is_forbidden else None, details=details)


def problem_page(status: int, code: str, detail: str) -> HttpResponse:
    """Return a problem outside of DRF, for what Django itself refuses under /api/."""
    body = _problem(status, code, detail)
    return HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE)


def _known(failure: Exception) -> Exception:
    """Return the failure as one of the kinds that have a status of their own."""
    if isinstance(failure, Http404):
        return NotFound()
    if isinstance(failure, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(failure, ModelValidationError):
        return exceptions.ValidationError(failure.messages)
    if isinstance(failure, CannotOpen):
        return Sealed()
    return _known_to_the_database(failure) if isinstance(failure, DatabaseError | InterfaceError) else failure


def _known_to_the_database(failure: Exception) -> Exception:
    if isinstance(failure, DataError):
        # NUL in text, a number out of range: the caller's value, refused by the database at last.
        return InvalidInput("", _("A value cannot be stored: it is out of range or not text."), code="out_of_range")
    if isinstance(failure, OperationalError | InterfaceError):
        return Unavailable()
    is_gone = isinstance(failure, IntegrityError) and getattr(failure.__cause__, "sqlstate", "") == FOREIGN_KEY
    return GoneMeanwhile() if is_gone else failure


def _body(failure: Exception) -> Body:
    if isinstance(failure, InvalidInput):
        error = {"pointer": pointer(failure.field), "detail": str(failure.detail), "code": failure.code}
        return _problem(400, "invalid", _("Some of what was sent cannot be used."), errors=[error])
    if isinstance(failure, DomainError):
        return _problem(failure.status, failure.code, str(failure.detail)) | dict(failure.extensions)
    if isinstance(failure, exceptions.ValidationError):
        root = "?" if isinstance(failure, BadParameter) else ""
        errors = list(_flatten(failure.detail, root))
        return _problem(400, "invalid", _("Some of what was sent cannot be used."), errors=errors)
    if isinstance(failure, exceptions.APIException):
        return _problem(failure.status_code, _code(failure), str(failure.detail))
    return _problem(500, "unexpected", _("Something went wrong here. Quote the trace id when you tell us."))


def _problem(status: int, code: str, detail: str, *, errors: list[dict[str, str]] | None = None) -> Body:
    body: Body = {
        "type": "about:blank" if code == "unexpected" else f"urn:careloop:problem:{code.replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "trace_id": current_call().trace_id,
    }
    if errors is not None:
        body["errors"] = errors
    return body


def _code(failure: exceptions.APIException) -> str:
    if isinstance(failure, exceptions.NotAuthenticated):
        return NotSignedIn.code
    codes = failure.get_codes()
    return codes if isinstance(codes, str) else str(failure.default_code)


def _headers(failure: Exception) -> dict[str, str]:
    headers = {}
    if isinstance(failure, NotSignedIn | exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    wait = getattr(failure, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def pointer(field: str) -> str:
    """Return the JSON pointer (RFC 6901) of a field; query parameters keep their `?`."""
    return field if not field or field.startswith(("/", "?")) else f"/{field}"


def _flatten(detail: Any, path: str) -> Iterator[dict[str, str]]:
    """Yield one entry for each message in DRF's nested details, with the pointer of the value it speaks of."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            is_root = key in {"non_field_errors", "__all__"}
            yield from _flatten(value, path if is_root else _step(path, str(key)))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            is_message = isinstance(value, str)
            yield from _flatten(value, path if is_message else _step(path, str(index)))
    else:
        yield {"pointer": path, "detail": str(detail), "code": getattr(detail, "code", "invalid")}


def _step(path: str, key: str) -> str:
    return f"?{key}" if path == "?" else f"{path}/{key.replace('~', '~0').replace('/', '~1')}"


# --- What Django answers itself, outside of any view -------------------------------------------------


def is_api(request: HttpRequest) -> bool:
    """Return whether an answer to this request must never be HTML."""
    return request.path.startswith("/api/")


@csrf_exempt  # A 404 tells a stranger nothing; a CSRF refusal would be the wrong answer to a POST.
def absent(request: Request | HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer an unknown address under /api/, with DEBUG on too: a view at the end of the URL map."""
    return problem_page(404, NotFound.code, str(NotFound.detail))
