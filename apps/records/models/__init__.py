"""The clinical record: encrypted notes, health records with their files, and what is said about them."""

from apps.records.models.health import Annotation, AnnotationVersion, HealthRecord, RecordFile, RecordShare
from apps.records.models.notes import Note, NoteKeyWrap

__all__ = [
    "Annotation",
    "AnnotationVersion",
    "HealthRecord",
    "Note",
    "NoteKeyWrap",
    "RecordFile",
    "RecordShare",
]
