"""Notes, for administrators: that they exist, never what they say."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin
from apps.records.models import Note


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    """Notes, without their text."""

    list_display = ("created_at", "author", "hospital", "custody", "replaces_plans")
    list_filter = ("custody",)
    list_select_related = ("author", "hospital")
    fields = ("author", "hospital", "custody", "generation", "replaces_plans", "created_at")
