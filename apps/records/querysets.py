"""How clinical records are asked for: who may see which note stands here and nowhere else."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from apps.patients.querysets import managed_patient

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.records.models import Note


class NoteQuerySet(models.QuerySet["Note"]):
    """Encrypted notes."""

    def visible_to(self, user: "User") -> "NoteQuerySet":
        """Return the notes about patients the user manages, and the notes the user wrote (an ex-doctor's too)."""
        return self.filter(managed_patient(user) | Q(author=user))
