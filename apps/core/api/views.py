"""Health of the service, for load balancers and people on call."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.serializers import HealthOutput, LiveOutput
from apps.core.health import Probe, ProbeResult, ask_all


class LiveView(APIView):
    """Is the process up?"""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(responses={200: LiveOutput})
    def get(self, request: Request) -> Response:
        """Tell that the process answers. Asks nothing else, so that a slow database never restarts it."""
        return Response({"status": "ok"})


class ReadyView(APIView):
    """Should this process get traffic?"""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(responses={200: HealthOutput, 503: HealthOutput})
    def get(self, request: Request) -> Response:
        """Tell whether database and migrations are well. Broker and lateness are reported, but do not decide."""
        return _answer(ask_all(timezone.now()))


class DispatchView(APIView):
    """Are reminders going out in time?"""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(responses={200: HealthOutput, 503: HealthOutput})
    def get(self, request: Request) -> Response:
        """Answer 503 when the oldest due dose is more than 120 seconds late, or the broker is away."""
        everything = ask_all(timezone.now())
        asked = {name: everything[name] for name in ("dispatch", "broker") if name in everything}
        return _answer({name: (_vital(probe), result) for name, (probe, result) in asked.items()})


def _vital(probe: Probe) -> Probe:
    return Probe(probe.name, probe.ask, is_vital=True)


def _answer(asked: dict[str, tuple[Probe, ProbeResult]]) -> Response:
    is_well = all(result.is_well for probe, result in asked.values() if probe.is_vital)
    probes: dict[str, Any] = {name: {"is_well": result.is_well, **result.facts} for name, (_, result) in asked.items()}
    return Response({"status": "ok" if is_well else "unwell", "probes": probes}, status=200 if is_well else 503)
