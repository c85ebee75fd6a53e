"""Advice that rules alone give."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn
from apps.core.http.views import CareLoopViewSet
from apps.recommendations.api.serializers.dosage import DosageOutput, ParseDosageInput
from apps.recommendations.dosage import as_json, parse_dosage


class DosageViewSet(CareLoopViewSet):
    """Reading dosage text."""

    permission_classes = [IsSignedIn]
    is_idempotent = False  # Reads only: the same text has the same reading.
    pagination_class = None
    throttle_scope = "advice"

    @extend_schema(request=ParseDosageInput, responses={200: DosageOutput})
    def create(self, request: Request) -> Response:
        """Read a dosage as a doctor writes it: "1 tablet twice daily for 5 days", "q8h", "1-0-1".

        What cannot be read for certain gives no schedule. This is not medical advice.
        """
        return Response(as_json(parse_dosage(self.parse(ParseDosageInput)["text"])))
