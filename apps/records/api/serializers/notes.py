"""What the doors of notes take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.accounts.choices import Custody
from apps.accounts.services.client_keys import fingerprint_of
from apps.core.crypto import canonical
from apps.core.http.fields import BytesField
from apps.core.http.synonyms import SynonymSerializer
from apps.records.services.notes.end_to_end import LONGEST_CIPHERTEXT
from apps.records.services.notes.opening import NoteState

LONGEST_NOTE = 65_536
PATIENT = "019a9f3c-0000-7000-8000-000000000301"
AUTHOR = "019a9f3c-0000-7000-8000-000000000002"
NOTE = "019a9f3c-0000-7000-8000-000000000601"
KEYS = "019a9f3c-0000-7000-8000-000000000012"
DIGEST = "8b0b2e6f5b7c1d0e4a3f9c8d7e6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c8b"


class ReplacesInput(SynonymSerializer):
    """What a new note does to the plans of older ones."""

    replaces_plans = serializers.BooleanField(
        default=True, help_text="End this relationship's open plans; the plan drafted from this note replaces them."
    )


class WriteNoteInput(ReplacesInput):
    """A note about a patient whom the caller treats."""

    example = {
        "patient": PATIENT,
        "text": "Angina is unlikely.\nAspirin 75 mg: 1 tablet once daily for 5 days\n- Bring the ECG of last year",
        "replaces_plans": True,
    }
    synonyms = {"content": "text"}

    patient = serializers.UUIDField(source="patient_id")
    text = serializers.CharField(help_text="At most 64 KiB of UTF-8; encrypted before it is stored.")
    activates_plans = serializers.BooleanField(
        default=False,
        help_text="Activate the plans drafted from this note at once where it says for how long; others stay drafts.",
    )

    def validate_text(self, text: str) -> str:
        """Return the text; bytes are counted, not letters."""
        if len(text.encode()) > LONGEST_NOTE:
            raise serializers.ValidationError(_("A note has at most 64 KiB."), code="max_length")
        return text


class PrepareNoteInput(serializers.Serializer[Any]):
    """About whom a client will write."""

    example = {"patient": PATIENT}

    patient = serializers.UUIDField()


class ReaderOutput(serializers.Serializer[Any]):
    """The public keys of a reader."""

    example: dict[str, Any] = {
        "key_pair": KEYS,
        "holder": AUTHOR,
        "public_key": "MIIBojANBgkqhkiG9w0BAQEFAAOCAY8A",
        "signing_public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "fingerprint": "9f86 d081 884c 7d65 9a2f eaa0 c55a d015 a3bf 4f1b",
    }

    key_pair = serializers.UUIDField(source="pk")
    holder = serializers.UUIDField(source="holder_id", help_text="The login whose keys these are.")
    public_key = BytesField(help_text="RSA, DER, in base64.")
    signing_public_key = BytesField(help_text="Ed25519, in base64.")
    fingerprint = serializers.SerializerMethodField(help_text="To compare with the reader over another channel.")

    def get_fingerprint(self, pair: Any) -> str:
        """Return the fingerprint of both keys."""
        return fingerprint_of(pair)


class PreparedOutput(serializers.Serializer[Any]):
    """Where a note belongs, as bytes, and for whom to encrypt it."""

    example: dict[str, Any] = {
        "ticket": "WyIwMTlhOWYzYyJd:1vMabc:signature",
        "note": NOTE,
        "place": f'{{"author":"{AUTHOR}","kind":"note","note":"{NOTE}","patient":"{PATIENT}","readers":"{DIGEST}"}}',
        "readers": [ReaderOutput.example],
    }

    ticket = serializers.CharField(help_text="Goes back with the note, within an hour, once.")
    note = serializers.UUIDField(source="note.pk", help_text="The id that the note will have.")
    place = serializers.SerializerMethodField(help_text="What the note is bound to: use these bytes as they are.")
    readers = ReaderOutput(many=True)

    def get_place(self, prepared: Any) -> str:
        """Return the place as the bytes that are signed."""
        return canonical(prepared.note.place).decode()


class WrapInput(serializers.Serializer[Any]):
    """The note's key for one reader."""

    example = {"key_pair": KEYS, "wrapped_key": "d3JhcHBlZA=="}

    key_pair = serializers.UUIDField()
    wrapped_key = BytesField(max_length=1_000)


class SealedNoteInput(ReplacesInput):
    """A note that a client encrypted."""

    example: dict[str, Any] = {
        "ticket": PreparedOutput.example["ticket"],
        "ciphertext": "gAAAAABlc2...",
        "signature": "c2lnbmF0dXJl",
        "wraps": [WrapInput.example],
        "replaces_plans": True,
    }

    ticket = serializers.CharField(max_length=1_000)
    ciphertext = serializers.CharField(
        max_length=LONGEST_CIPHERTEXT, help_text="A Fernet token over place, line feed and text, under a fresh key."
    )
    signature = BytesField(max_length=200, help_text="Ed25519 of the author over place, line feed and ciphertext.")
    wraps = WrapInput(many=True, max_length=20)  # type: ignore[call-arg]

    def validate_wraps(self, wraps: list[dict[str, Any]]) -> dict[Any, bytes]:
        """Return the wrapped key of each key pair."""
        return {wrap["key_pair"]: wrap["wrapped_key"] for wrap in wraps}


class EnvelopeOutput(serializers.Serializer[Any]):
    """What a reader's own device opens. `wrapped_key` is null where the note is not for the caller's present keys."""

    example: dict[str, Any] = {
        "place": PreparedOutput.example["place"],
        "ciphertext": "gAAAAABlc2...",
        "signature": "c2lnbmF0dXJl",
        "signing_public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "author_fingerprint": "9f86 d081 884c 7d65 9a2f eaa0 c55a d015 a3bf 4f1b",
        "key_pair": KEYS,
        "wrapped_key": "d3JhcHBlZA==",
    }

    place = serializers.SerializerMethodField()
    ciphertext = serializers.SerializerMethodField()
    signature = BytesField(source="note.signature")
    signing_public_key = BytesField(source="note.signing_key_pair.signing_public_key")
    author_fingerprint = serializers.SerializerMethodField()
    key_pair = serializers.UUIDField(source="wrap.key_pair_id", default=None, allow_null=True)
    wrapped_key = BytesField(source="wrap.wrapped_key", default=None, allow_null=True)

    def get_place(self, opened: Any) -> str:
        """Return the place as the bytes that were signed."""
        return canonical(opened.note.place).decode()

    def get_ciphertext(self, opened: Any) -> str:
        """Return the Fernet token."""
        return bytes(opened.note.ciphertext).decode()

    def get_author_fingerprint(self, opened: Any) -> str:
        """Return the fingerprint of the author's keys."""
        return fingerprint_of(opened.note.signing_key_pair)


class NoteOutput(serializers.Serializer[Any]):
    """A note, as its reader gets it."""

    example: dict[str, Any] = {
        "id": NOTE,
        "patient": PATIENT,
        "author": AUTHOR,
        "custody": "SERVER",
        "replaces_plans": True,
        "ends": {"relationship": "019a9f3c-0000-7000-8000-000000000401", "generations_below": 2},
        "state": "OPEN",
        "text": "Angina is unlikely.\nAspirin 75 mg: 1 tablet once daily for 5 days",
        "envelope": None,
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField(source="note.id")
    patient = serializers.UUIDField(source="note.patient_id")
    author = serializers.UUIDField(source="note.author_id")
    custody = serializers.ChoiceField(
        source="note.custody",
        choices=Custody.choices,
        help_text="SERVER: this service can open it for its readers. CLIENT: end-to-end, it cannot.",
    )
    replaces_plans = serializers.BooleanField(source="note.replaces_plans")
    ends = serializers.SerializerMethodField(
        help_text="Which plans this note ended: the relationship's, of older generations. Null when it ended none."
    )
    state = serializers.ChoiceField(
        choices=[state.value for state in NoteState],
        help_text="OPEN: here is the text. CLIENT: your device opens the envelope. UNREADABLE: it was changed or its "
        "keys are lost.",
    )
    text = serializers.SerializerMethodField(help_text="Null in any other state than OPEN.")
    envelope = serializers.SerializerMethodField(help_text="Of a note that only a client opens.")
    created_at = serializers.DateTimeField(source="note.created_at")

    def get_ends(self, opened: Any) -> dict[str, Any] | None:
        """Return what older plans it ended."""
        if not opened.note.replaces_plans:
            return None
        return {"relationship": str(opened.note.relationship_id), "generations_below": opened.note.generation}

    def get_text(self, opened: Any) -> str | None:
        """Return the text, of a note that was opened."""
        return opened.text if opened.state is NoteState.OPEN else None

    def get_envelope(self, opened: Any) -> dict[str, Any] | None:
        """Return what the reader's device needs."""
        return EnvelopeOutput(opened).data if opened.state is NoteState.CLIENT else None


class NoteReaderInput(serializers.Serializer[Any]):
    """With whom to share."""

    example = {"doctor": "019a9f3c-0000-7000-8000-000000000201"}

    doctor = serializers.UUIDField(source="doctor_id")


class NoteReaderOutput(serializers.Serializer[Any]):
    """A further reader of a note."""

    example = {
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "name": "Lena Vogel",
        "since": "2026-11-20T09:30:00Z",
    }

    doctor = serializers.UUIDField(source="doctor.pk")
    name = serializers.CharField(source="doctor.user.name")
    since = serializers.DateTimeField()
