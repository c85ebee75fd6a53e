"""Doors of medicine safety: recommendations with their history, the bare check, and the search for a medicine."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdmin, IsSignedIn, caller
from apps.core.http.problems import BadParameter
from apps.core.http.views import CareLoopViewSet
from apps.patients.doors import ClinicalViewSet
from apps.recommendations.api.serializers.medicines import (
    MedicinesOutput,
    RecommendationOutput,
    StatisticsOutput,
    VerdictOutput,
    version,
)
from apps.recommendations.api.serializers.questions import MedicineSearchInput, QuestionInput
from apps.recommendations.models import Recommendation
from apps.recommendations.selectors import medicines_named
from apps.recommendations.services.recommending import Question, check, clear_cache, recommend

RECENT = timedelta(days=30)


class RecommendationViewSet(ClinicalViewSet):
    """What the caller asked about medicines, and the answers."""

    permission_classes = [IsSignedIn]
    queryset = Recommendation.objects.all()
    serializer_class = RecommendationOutput
    # A language model may be asked, which no transaction may wait for. The same question has the same, kept answer.
    is_idempotent = False

    def looked_at(self, rows: list[Any]) -> set[UUID]:
        """Return the patients of the house among those asked about."""
        return {row.patient_id for row in rows if row.patient_id}

    @extend_schema(request=QuestionInput, responses={201: RecommendationOutput})
    def create(self, request: Request) -> Response:
        """Ask what speaks against a medicine, and which others pass the same rules. Ten questions an hour.

        `patient`: you manage or treat them, and facts come from the record; or describe somebody in `patient_info`.
        What is unknown stands in `not_checked` and is never called safe. This is not medical advice.
        """
        question = cast(Question, self.parse(QuestionInput))
        made = recommend(actor=caller(request), question=question, now=timezone.now())
        return self.answer(made, status=201)


class CheckViewSet(CareLoopViewSet):
    """The rules alone."""

    permission_classes = [IsSignedIn]
    is_idempotent = False  # Reads only.
    pagination_class = None
    throttle_scope = "advice"

    @extend_schema(request=QuestionInput, responses={200: VerdictOutput})
    def create(self, request: Request) -> Response:
        """Check one proposed medicine, and its `dose`, by the same rules; nothing is kept, and no budget is spent."""
        question = cast(Question, self.parse(QuestionInput))
        verdict = check(actor=caller(request), question=question, now=timezone.now())
        return Response(VerdictOutput(verdict.as_json()).data)


class RecommendationOfficeViewSet(CareLoopViewSet):
    """How recommendations are used, for administrators."""

    permission_classes = [IsAdmin]
    pagination_class = None

    @extend_schema(responses={200: StatisticsOutput})
    def stats(self, request: Request) -> Response:
        """Show how much is asked and how fast it is answered, and nothing of what."""
        figures = Recommendation.objects.all().statistics(since=timezone.now() - RECENT)
        return Response(StatisticsOutput({**figures, "knowledge_version": version()}).data)

    @extend_schema(request=None, responses={204: None})
    def clear_cache(self, request: Request) -> Response:
        """Forget every kept answer; the next questions are answered anew."""
        clear_cache(actor=caller(request))
        return Response(status=204)


class MedicineViewSet(CareLoopViewSet):
    """The medicines that the knowledge base knows."""

    permission_classes = [IsSignedIn]
    pagination_class = None

    @extend_schema(parameters=[MedicineSearchInput], responses={200: MedicinesOutput})
    def find(self, request: Request) -> Response:
        """Search medicines by a part of a name or a brand, or by a misspelt one: at most 50, the closest first."""
        asked = MedicineSearchInput(data=request.query_params)
        if not asked.is_valid():
            raise BadParameter(asked.errors)
        rows = medicines_named(asked.validated_data["search"])
        body = {"next": None, "previous": None, "results": rows, "knowledge_version": version()}
        return Response(MedicinesOutput(body).data)
