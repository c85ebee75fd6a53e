"""What happens around every request: its context and one log line, the final slash, the security policy of pages."""

import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from apps.core.context import CallContext, enter_call
from apps.core.http.problems import CONTENT_TYPE, is_api, problem_page

GetResponse = Callable[[HttpRequest], HttpResponseBase]
request_log = structlog.get_logger("careloop.request")

TRACE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestContextMiddleware:
    """Outermost: gives the request its trace id and address, logs one line, and lets no HTML error leave /api/."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request inside its context."""
        call = _call_context(request)
        enter_call(call)
        structlog.contextvars.bind_contextvars(trace_id=call.trace_id)
        started = time.perf_counter()
        response = self.get_response(request)
        if is_api(request) and _is_page_of_an_error(response):
            phrase = HTTPStatus(response.status_code).phrase
            response = problem_page(response.status_code, phrase.lower().replace(" ", "_"), phrase)
        response["X-Request-ID"] = call.trace_id
        _log(request, response, time.perf_counter() - started)
        structlog.contextvars.clear_contextvars()
        enter_call(CallContext())
        return response


def _call_context(request: HttpRequest) -> CallContext:
    given = request.headers.get("X-Request-ID", "")
    trace_id = given if TRACE_ID.fullmatch(given) else secrets.token_hex(16)
    return CallContext(trace_id, client_address(request), request.headers.get("User-Agent", ""))


def client_address(request: HttpRequest) -> str | None:
    """Return who is calling: the peer, or what the outermost of our own NUM_PROXIES proxies wrote down.

    Anybody may write an X-Forwarded-For; only the last entries, one for each proxy of ours, are true.
    """
    address: str = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.REST_FRAMEWORK["NUM_PROXIES"]
    if proxies:
        written = request.headers.get("X-Forwarded-For", "").split(",")
        address = written[-min(proxies, len(written))].strip() or address
    try:
        return str(ip_address(address))
    except ValueError:
        return None  # A unix socket has no address; rubbish is none.


def _is_page_of_an_error(response: HttpResponseBase) -> bool:
    """Return whether this is an error that no door of ours wrote; health tells its own in plain JSON."""
    is_error = response.status_code >= HTTPStatus.BAD_REQUEST
    return is_error and not response.get("Content-Type", "").startswith((CONTENT_TYPE, "application/json"))


def _log(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Log the route, never the address itself: ids and search words stay out of the logs."""
    match = request.resolver_match
    request_log.info(
        "request",
        method=request.method,
        route=match.route if match else "",
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
    )


class TrailingSlashMiddleware:
    """Completes a missing final slash under /api/ inside the request: a redirect would lose the body of a POST."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request at its completed address."""
        if is_api(request) and not request.path_info.endswith("/") and not _resolves(request.path_info):
            request.path_info += "/"
            request.path += "/"
        return self.get_response(request)


def _resolves(path: str) -> bool:
    """Return whether a real route (not the catch-all) answers this very path, such as a calendar's `.ics`."""
    try:
        return resolve(path).url_name != "api-absent"
    except Resolver404:
        return False


class ContentSecurityPolicyMiddleware:
    """Pages may load only what this server ships; answers of the API may load nothing at all."""

    PAGES = (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'; worker-src 'self' blob:; font-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
    ANSWERS = "default-src 'none'; frame-ancestors 'none'; sandbox"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the policy beside the answer."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.ANSWERS if is_api(request) else self.PAGES)
        return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check under /api/ as a problem; pages keep Django's own."""
    from django.views.csrf import csrf_failure as page

    return problem_page(403, "csrf_failed", "The page is out of date. Reload it.") if is_api(request) else page(request)
