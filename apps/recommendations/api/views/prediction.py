"""Doors of disease prediction."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn
from apps.core.http.views import CareLoopViewSet
from apps.recommendations.api.serializers.medicines import version
from apps.recommendations.api.serializers.prediction import (
    AdviceOutput,
    DiseasesOutput,
    ModelOutput,
    PredictInput,
    SymptomsOutput,
)
from apps.recommendations.prediction import predictor
from apps.recommendations.services.asking import DISCLAIMER
from apps.recommendations.services.predicting import predict_disease


class PredictionViewSet(CareLoopViewSet):
    """What would explain complaints."""

    permission_classes = [IsSignedIn]
    is_idempotent = False  # Nothing is kept.
    pagination_class = None
    throttle_scope = "advice"

    @extend_schema(request=PredictInput, responses={200: AdviceOutput})
    def create(self, request: Request) -> Response:
        """Name the likeliest disease for symptoms, with danger signs, how soon to be seen, and by whom.

        Names may be misspelt, underscored or everyday words; `text` is read for what is there and what is denied. 400
        when nothing is known; `prediction` is null, with a `reason`, where there is too little to go by. This is not
        medical advice.
        """
        advised = predict_disease(**self.parse(PredictInput))
        return Response(AdviceOutput((advised, version())).data)

    @extend_schema(responses={200: SymptomsOutput})
    def symptoms(self, request: Request) -> Response:
        """List every symptom that is recognised by its name."""
        names = sorted(each.name for each in predictor().knowledge.symptoms.values())
        return Response({"symptoms": names, "total": len(names), "knowledge_version": version()})

    @extend_schema(responses={200: DiseasesOutput})
    def diseases(self, request: Request) -> Response:
        """List every disease that may be named."""
        rows = sorted(predictor().knowledge.diseases.values(), key=lambda each: each.name)
        body = {"diseases": rows, "total": len(rows), "knowledge_version": version()}
        return Response(DiseasesOutput(body).data)

    @extend_schema(responses={200: ModelOutput})
    def info(self, request: Request) -> Response:
        """Say what predicts, and from how much."""
        known = predictor().knowledge
        return Response(
            {
                "model": "naive Bayes over a knowledge base",
                "diseases": len(known.diseases),
                "symptoms": len(known.symptoms),
                "red_flags": len(known.red_flags),
                "is_external_configured": bool(settings.ML_SERVICE_URL),
                "knowledge_version": version(),
                "disclaimer": str(DISCLAIMER),
            }
        )
