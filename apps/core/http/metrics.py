"""Prometheus metrics, for whoever holds the token of the environment; open in development."""

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the metrics of this process; 404 without the bearer token where one is set or required."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    is_open = settings.ENVIRONMENT == "local" and not settings.METRICS_TOKEN
    is_known = settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    if not is_open and not is_known:
        return HttpResponse(status=404)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
