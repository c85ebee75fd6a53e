"""Encrypted notes: ciphertext, and the note's key wrapped for each reader. No column holds a word of the text."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Custody
from apps.accounts.models import KeyPair
from apps.core.models import BaseModel
from apps.hospitals.models import Hospital
from apps.patients.models import CareRelationship, Patient
from apps.records.querysets import NoteKeyWrapQuerySet, NoteQuerySet


class Note(BaseModel):
    """A doctor's note about a patient. Its words never change; in server custody its encryption may."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="notes", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notes_written", db_index=False
    )
    relationship = models.ForeignKey(CareRelationship, on_delete=models.PROTECT, related_name="+")
    hospital = models.ForeignKey(Hospital, null=True, on_delete=models.PROTECT, related_name="+")
    custody = models.CharField(max_length=10, choices=Custody.choices, default=Custody.SERVER)
    generation = models.PositiveIntegerField(
        help_text=_("The relationship's generation from this note on: plans drafted from it carry the same.")
    )
    replaces_plans = models.BooleanField(default=True)
    activates_plans = models.BooleanField(
        default=False, help_text=_("Plans drafted from it begin at once where it says for how long.")
    )
    ciphertext = models.BinaryField()
    signature = models.BinaryField()
    readers_digest = models.CharField(
        max_length=64, blank=True, help_text=_("Of the keys that a client encrypted it for; the signature covers it.")
    )
    signing_key_pair = models.ForeignKey(KeyPair, on_delete=models.PROTECT, related_name="+")

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["patient", "-id"], name="notes_of_patient"),
            models.Index(fields=["author", "-id"], name="notes_of_author"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_clients_note_names_its_readers",
                condition=models.Q(custody=Custody.SERVER, readers_digest="")
                | (models.Q(custody=Custody.CLIENT) & ~models.Q(readers_digest="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Note {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def place(self) -> dict[str, str]:
        """Return what the note's envelope is bound to: moving ciphertext between rows breaks it."""
        place = {"kind": "note", "note": str(self.pk), "patient": str(self.patient_id), "author": str(self.author_id)}
        return {**place, "readers": self.readers_digest} if self.readers_digest else place


class NoteKeyWrap(BaseModel):
    """The note's key, wrapped for one reader's key pair."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="wraps", db_index=False)
    key_pair = models.ForeignKey(KeyPair, on_delete=models.PROTECT, related_name="+")
    wrapped_key = models.BinaryField()

    objects = NoteKeyWrapQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "key_pair"], name="one_wrap_per_note_and_reader"),
        ]
