"""The clinical record, for administrators: that it exists, never what it says, and no files."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin
from apps.records.models import Annotation, HealthRecord, Note


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    """Notes, without their text."""

    list_display = ("created_at", "author", "hospital", "custody", "replaces_plans")
    list_filter = ("custody",)
    list_select_related = ("author", "hospital")
    fields = ("author", "hospital", "custody", "generation", "replaces_plans", "created_at")


@admin.register(HealthRecord)
class HealthRecordAdmin(ReadOnlyAdmin):
    """Health records, without title, words and files."""

    list_display = ("created_at", "uploaded_by", "hospital", "doctor")
    list_select_related = ("uploaded_by", "hospital", "doctor__user")
    fields = ("uploaded_by", "hospital", "doctor", "created_at")


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    """Annotations, without their text."""

    list_display = ("created_at", "author", "edited_at")
    list_select_related = ("author",)
    fields = ("author", "created_at", "edited_at")
