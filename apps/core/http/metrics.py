"""Prometheus metrics, for whoever holds the token of the environment; open in development."""

import hmac
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.core.health import ask_all


class Probes(Collector):
    """What the health probes know, as gauges: asked when somebody scrapes, so that any process may answer for all."""

    def describe(self) -> Iterable[Metric]:
        """Name nothing in advance: the registry would ask the probes while the apps are still being loaded."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield whether each probe is well, and its facts that are numbers."""
        well = GaugeMetricFamily("careloop_probe_is_well", "Whether a health probe is well", labels=["probe"])
        for name, (_, result) in ask_all(timezone.now()).items():
            well.add_metric([name], result.is_well)
            for fact, value in result.facts.items():
                if isinstance(value, int | float):
                    yield GaugeMetricFamily(f"careloop_{name}_{fact}", f"Of the probe {name}", value=value)
        yield well


REGISTRY.register(Probes())


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the metrics of this process; 404 without the bearer token where one is set or required."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    is_open = settings.ENVIRONMENT == "local" and not settings.METRICS_TOKEN
    is_known = settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    if not is_open and not is_known:
        return HttpResponse(status=404)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
