"""Encrypted notes: written as text or by a client that encrypts, read by whom the policy names, shared."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsSignedIn, caller
from apps.patients.doors import ClinicalViewSet
from apps.records.api.filters import NoteFilter
from apps.records.api.serializers.notes import (
    NoteOutput,
    NoteReaderInput,
    NoteReaderOutput,
    PreparedOutput,
    PrepareNoteInput,
    SealedNoteInput,
    WriteNoteInput,
)
from apps.records.api.views.visits import OfPatientViewSet
from apps.records.models import Note
from apps.records.selectors.readers import note_readers
from apps.records.services import notes as services
from apps.records.services.notes import end_to_end, sharing


class OpensNotes:
    """Shows notes as the caller gets them."""

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what checks the signature."""
        return super().narrow(queryset).select_related("signing_key_pair")  # type: ignore[misc, no-any-return]

    def show(self, rows: list[Any]) -> list[Any]:
        """Open the notes for the caller; one that does not open says so, and the others are there."""
        return list(services.open_notes(actor=caller(self.request), notes=rows))  # type: ignore[attr-defined]


class NoteViewSet(OpensNotes, ClinicalViewSet):
    """Notes about the caller's patients, notes the caller wrote, and notes shared with or opened to the caller.

    A doctor's look is in the patient's access log.
    """

    permission_classes = [IsSignedIn]
    queryset = Note.objects.all()
    serializer_class = NoteOutput
    filterset_class = NoteFilter

    def get_permissions(self) -> list[Any]:
        """Only doctors write notes."""
        is_writing = self.action in {"create", "prepare", "create_sealed"}
        return [IsDoctor()] if is_writing else list(super().get_permissions())

    @extend_schema(request=WriteNoteInput, responses={201: NoteOutput})
    def create(self, request: Request) -> Response:
        """Write a note about a patient whom you treat; this service encrypts it and can open it for its readers.

        A plan is drafted from it in the background, for you to look at and activate. `ends` shows which plans are
        over. 409 `not_treating` when the care relationship is over.
        """
        given = self.parse(WriteNoteInput)
        note = services.write_note(actor=caller(request), **given, now=timezone.now())
        return self.answer(services.OpenedNote(note, given["text"]), status=201)

    @extend_schema(request=PrepareNoteInput, responses={200: PreparedOutput})
    def prepare(self, request: Request) -> Response:
        """Ask for whom to encrypt a note end-to-end, before `notes/sealed/`.

        Make a fresh Fernet key. Encrypt the bytes of `place`, a line feed and the text. Wrap the key (its 44 letters)
        for each reader: RSA-OAEP, SHA-256 for both hashes, and as label the JSON of `place` with one more name, `key`:
        the reader's `key_pair` (names sorted, no spaces). Sign `place`, a line feed and the ciphertext. 409
        `reader_without_client_key` when author or patient keep no keys of their own, or somebody manages the patient.
        """
        prepared = end_to_end.prepare_note(
            actor=caller(request), patient_id=self.parse(PrepareNoteInput)["patient"], now=timezone.now()
        )
        return Response(PreparedOutput(prepared).data)

    @extend_schema(request=SealedNoteInput, responses={201: NoteOutput})
    def create_sealed(self, request: Request) -> Response:
        """Write a note that your client encrypted: this service cannot read it, and drafts no plan from it.

        409 `readers_changed` when a reader or a key is another one than the ticket names: prepare again and compare
        fingerprints. 409 `note_exists`, `reader_without_client_key`, `not_treating`.
        """
        note = end_to_end.write_sealed_note(actor=caller(request), **self.parse(SealedNoteInput), now=timezone.now())
        return self.answer(services.open_notes(actor=caller(request), notes=[note])[0], status=201)


class NoteReadersViewSet(ClinicalViewSet):
    """The doctors with whom the patient's side shared a note, besides author and patient."""

    permission_classes = [IsSignedIn]
    queryset = Note.objects.all()
    serializer_class = NoteReaderOutput
    pagination_class = None
    filter_backends = []

    @extend_schema(responses={200: NoteReaderOutput(many=True)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show with whom a note is shared."""
        return self._answered(200)

    @extend_schema(request=NoteReaderInput, responses={201: NoteReaderOutput(many=True)})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let a doctor who treats the patient read this note; the doctor is told. Managers only.

        409 `key_with_client` for a note that only a client opens.
        """
        given = self.parse(NoteReaderInput)
        sharing.share_note(actor=caller(request), note=self.get_object(), **given, now=timezone.now())
        return self._answered(201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a doctor from the readers; the note is encrypted anew for those who stay. Managers only."""
        doctor_id: UUID = self.kwargs["doctor"]
        sharing.unshare_note(actor=caller(request), note=self.get_object(), doctor_id=doctor_id)
        return Response(status=204)

    def _answered(self, status: int) -> Response:
        return Response(NoteReaderOutput(note_readers(self.get_object()), many=True).data, status=status)


class PatientNotesViewSet(OpensNotes, OfPatientViewSet):
    """The notes about one patient that the caller may see."""

    queryset = Note.objects.all()
    serializer_class = NoteOutput
