"""Encrypted notes: ciphertext, and the note's key wrapped for each reader. No column holds a word of the text."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Custody
from apps.accounts.models import KeyPair
from apps.core.models import BaseModel
from apps.hospitals.models import Hospital
from apps.patients.models import CareRelationship, Patient
from apps.records.querysets import NoteQuerySet


class Note(BaseModel):
    """A doctor's note about a patient. Written once, never changed or deleted."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notes_written")
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
    signing_key_pair = models.ForeignKey(KeyPair, on_delete=models.PROTECT, related_name="+")

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Note {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def place(self) -> dict[str, str]:
        """Return what the note's envelope is bound to: moving ciphertext between rows breaks it."""
        return {"kind": "note", "note": str(self.pk), "patient": str(self.patient_id), "author": str(self.author_id)}


class NoteKeyWrap(BaseModel):
    """The note's key, wrapped for one reader's key pair."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="wraps", db_index=False)
    key_pair = models.ForeignKey(KeyPair, on_delete=models.PROTECT, related_name="+")
    wrapped_key = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "key_pair"], name="one_wrap_per_note_and_reader"),
        ]
