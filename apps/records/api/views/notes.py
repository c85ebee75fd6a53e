"""Encrypted notes."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsSignedIn, caller
from apps.patients.doors import ClinicalViewSet
from apps.records.api.filters import NoteFilter
from apps.records.api.serializers.notes import NoteOutput, WriteNoteInput
from apps.records.models import Note
from apps.records.services import notes as services


class NoteViewSet(ClinicalViewSet):
    """Notes about the caller's patients, and notes the caller wrote. A doctor's look is in the patient's access log."""

    permission_classes = [IsSignedIn]
    queryset = Note.objects.all()
    serializer_class = NoteOutput
    filterset_class = NoteFilter

    def get_permissions(self) -> list[Any]:
        """Only doctors write notes."""
        return [IsDoctor()] if self.action == "create" else list(super().get_permissions())

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what checks the signature."""
        return queryset.select_related("signing_key_pair")

    def show(self, rows: list[Any]) -> list[Any]:
        """Open the notes for the caller."""
        return list(services.open_notes(actor=caller(self.request), notes=rows))

    @extend_schema(request=WriteNoteInput, responses={201: NoteOutput})
    def create(self, request: Request) -> Response:
        """Write an encrypted note about a patient whom you treat.

        A plan is drafted from it in the background, for you to look at and activate. 409 `not_treating`
        when the care relationship is over.
        """
        given = self.parse(WriteNoteInput)
        note = services.write_note(
            actor=caller(request),
            patient_id=given["patient"],
            text=given["text"],
            replaces_plans=given["replaces_plans"],
            activates_plans=given["activates_plans"],
            now=timezone.now(),
        )
        return self.answer(services.OpenedNote(note, given["text"]), status=201)
