"""Advice, for administrators: that somebody asked, never what, and never about whom."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin
from apps.recommendations.models import ChatMessage, Recommendation


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    """Recommendations, without medicine, patient and words."""

    list_display = ("created_at", "requested_by", "knowledge_version", "cached", "response_time_ms")
    list_filter = ("cached", "knowledge_version")
    list_select_related = ("requested_by",)
    fields = ("requested_by", "knowledge_version", "cached", "response_time_ms", "created_at")


@admin.register(ChatMessage)
class ChatMessageAdmin(ReadOnlyAdmin):
    """Questions, without their words."""

    list_display = ("created_at", "user", "knowledge_version")
    list_select_related = ("user",)
    fields = ("user", "knowledge_version", "created_at")
