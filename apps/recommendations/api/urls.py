"""Addresses of advice."""

from django.urls import path

from apps.recommendations.api.views.chat import ChatHealthViewSet, ChatViewSet
from apps.recommendations.api.views.dosage import DosageViewSet
from apps.recommendations.api.views.medicines import (
    CheckViewSet,
    MedicineViewSet,
    RecommendationOfficeViewSet,
    RecommendationViewSet,
)
from apps.recommendations.api.views.prediction import PredictionViewSet

urlpatterns = [
    path("action-plans/parse-dosage/", DosageViewSet.as_view({"post": "create"})),
    path("recommendations/", RecommendationViewSet.as_view({"post": "create"})),
    path("recommendations/history/", RecommendationViewSet.as_view({"get": "list"})),
    path("recommendations/check/", CheckViewSet.as_view({"post": "create"})),
    path("recommendations/stats/", RecommendationOfficeViewSet.as_view({"get": "stats"})),
    path("recommendations/clear-cache/", RecommendationOfficeViewSet.as_view({"post": "clear_cache"})),
    path("recommendations/<uuid:pk>/", RecommendationViewSet.as_view({"get": "retrieve"})),
    path("medicines/", MedicineViewSet.as_view({"get": "find"})),
    path("predict/disease/", PredictionViewSet.as_view({"post": "create"})),
    path("predict/symptoms/", PredictionViewSet.as_view({"get": "symptoms"})),
    path("predict/diseases/", PredictionViewSet.as_view({"get": "diseases"})),
    path("predict/info/", PredictionViewSet.as_view({"get": "info"})),
    path("chat/send-message/", ChatViewSet.as_view({"post": "create"})),
    path("chat/history/", ChatViewSet.as_view({"get": "list"})),
    path("chat/history/clear/", ChatViewSet.as_view({"delete": "clear"})),
    path("chat/health/", ChatHealthViewSet.as_view({"get": "health"})),
]
