"""Encrypted notes, by subject: written as text or by a client that encrypts, opened, shared with further doctors."""

from .opening import OpenedNote, open_note_for_drafting, open_notes
from .writing import write_note

__all__ = ["OpenedNote", "open_note_for_drafting", "open_notes", "write_note"]
