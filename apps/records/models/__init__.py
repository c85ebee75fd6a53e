"""The clinical record: encrypted notes, health records with their files, and what is said about them."""

from apps.records.models.health import Annotation, AnnotationVersion, HealthRecord, RecordFile, RecordShare
from apps.records.models.notes import Note, NoteKeyWrap
from apps.records.models.prescriptions import (
    Prescription,
    PrescriptionAttachment,
    PrescriptionLine,
    SafetyCheck,
)
from apps.records.models.visits import OrderedTest, Visit, Vitals

__all__ = [
    "Annotation",
    "AnnotationVersion",
    "HealthRecord",
    "Note",
    "NoteKeyWrap",
    "OrderedTest",
    "Prescription",
    "PrescriptionAttachment",
    "PrescriptionLine",
    "RecordFile",
    "RecordShare",
    "SafetyCheck",
    "Visit",
    "Vitals",
]
