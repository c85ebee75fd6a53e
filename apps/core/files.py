"""The private file store: bytes are written first, their row commits with what needs it, and no bytes stay unowned.

Written -> attached -> removed -> erased. Whatever ends between two steps is finished by `sweep_files`: a key tells when
it was made, so bytes that are old enough and have no row belong to a request that was cut off.
"""

import hashlib
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput, Text
from apps.core.ids import made_at, uuid7
from apps.core.models import StoredFile
from apps.core.scanner import is_infected
from apps.core.uploads import Accepted, Limits, Refused, inspect_upload

logger = logging.getLogger(__name__)

UNOWNED_AFTER = timedelta(hours=1)  # Longer than any request lives.
DAYS_SWEPT = 7
MEGABYTE = 1024 * 1024

WORDS: dict[str, Text] = {
    "empty_file": _("This file is empty."),
    "file_too_large": _("This file is too large."),
    "too_many_files": _("These are too many files at once."),
    "file_type_not_allowed": _("Send a pdf, jpg, jpeg, png, doc or docx file."),
    "content_is_not_its_extension": _("The content of this file is not what its name says."),
    "two_files_in_one": _("This file holds more than one kind of file."),
    "too_many_pixels": _("This picture has too many pixels."),
    "damaged_image": _("This picture is damaged."),
    "damaged_pdf": _("This PDF is damaged."),
    "damaged_docx": _("This document is damaged."),
    "damaged_doc": _("This document is damaged."),
    "active_content": _("This file holds scripts, macros, embedded files or links that act by themselves."),
    "encrypted_file": _("This file is encrypted. Send it without a password."),
    "unpacks_to_too_much": _("This file unpacks to too much."),
    "infected": _("A virus scanner refuses this file."),
}


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """Bytes in the store that no row owns yet: attach them within the hour, or discard them."""

    key: str
    name: str
    media_type: str
    size: int
    sha256: bytes


def write_upload(*, field: str, name: str, stream: IO[bytes]) -> WrittenFile:
    """Inspect, scan and write an upload. Raises InvalidInput naming `field`, and ScannerAway.

    Never inside a transaction: it talks to a scanner and to the store.
    """
    limits = upload_limits()
    content = stream.read(limits.max_bytes + 1)
    try:
        accepted = inspect_upload(name=name, content=content, limits=limits)
    except Refused as refusal:
        raise InvalidInput(field, WORDS[refusal.code], code=refusal.code) from refusal
    if is_infected(content):
        raise InvalidInput(field, WORDS["infected"], code="infected")
    return _written(accepted)


def upload_limits() -> Limits:
    """Return the limits that the settings state."""
    return Limits(
        max_bytes=settings.UPLOAD_MAX_MEGABYTES * MEGABYTE,
        max_pixels=settings.UPLOAD_MAX_MEGAPIXELS * 1_000_000,
    )


def attach(written: WrittenFile) -> StoredFile:
    """Own the bytes by a row; part of the caller's transaction."""
    return StoredFile.objects.create(
        key=written.key,
        name=written.name,
        media_type=written.media_type,
        size=written.size,
        sha256=written.sha256,
    )


def discard(files: Iterable[WrittenFile]) -> None:
    """Delete the bytes that no row owns; a store that is away leaves them to the sweeper."""
    keys = {each.key for each in files}
    owned = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
    for key in keys - owned:
        with suppress(Exception):  # The request has its answer already; the sweeper comes within the hour.
            _store().delete(key)


def open_bytes(file: StoredFile) -> IO[Any]:
    """Return the file's bytes as a stream; raises FileNotFoundError for one that was removed."""
    if file.removed_at is not None:
        raise FileNotFoundError(file.key)
    return _store().open(file.key, "rb")


def remove(file: StoredFile, *, now: datetime) -> None:
    """Remove a file: its bytes go when the caller's transaction has committed, its row stays."""
    StoredFile.objects.filter(pk=file.pk, removed_at=None).update(removed_at=now)
    transaction.on_commit(lambda: _erase(file.pk, file.key, now), robust=True)


def sweep_files(*, now: datetime, days: int = DAYS_SWEPT) -> int:
    """Delete the bytes of removed files, and those of the last days that no row owns; return how many there were."""
    removed = StoredFile.objects.filter(removed_at__isnull=False, erased_at=None)
    erased = sum(_erase(pk, key, now) for pk, key in removed.values_list("pk", "key")[:1000])
    return erased + sum(_sweep_day(now - timedelta(days=day), now) for day in range(days))


def _written(accepted: Accepted) -> WrittenFile:
    identifier = uuid7()
    key = f"{made_at(identifier):%Y-%m-%d}/{identifier}"
    kept = _store().save(key, ContentFile(accepted.content))
    return WrittenFile(
        key=kept,
        name=accepted.name,
        media_type=accepted.media_type,
        size=len(accepted.content),
        sha256=hashlib.sha256(accepted.content).digest(),
    )


def _store() -> Storage:
    return storages["private"]


def _erase(pk: UUID, key: str, now: datetime) -> int:
    """Delete the bytes, then write down that they are gone: a kill between the two only repeats the first."""
    _store().delete(key)
    return StoredFile.objects.filter(pk=pk, erased_at=None).update(erased_at=now)


def _sweep_day(day: datetime, now: datetime) -> int:
    folder = f"{day.astimezone(UTC):%Y-%m-%d}"
    try:
        _folders, names = _store().listdir(folder)
    except FileNotFoundError:
        return 0
    old = [f"{folder}/{name}" for name in names if _is_old(name, now)]
    return sum(_sweep_batch(old[start : start + 1000]) for start in range(0, len(old), 1000))


def _sweep_batch(keys: list[str]) -> int:
    owned = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
    unowned = [key for key in keys if key not in owned]
    for key in unowned:
        _store().delete(key)
    if unowned:
        logger.warning("unowned files deleted", extra={"files": len(unowned)})
    return len(unowned)


def _is_old(name: str, now: datetime) -> bool:
    """Return whether bytes of that name were written so long ago that their request is over."""
    try:
        return made_at(UUID(name[:36])) < now - UNOWNED_AFTER
    except (ValueError, OverflowError, OSError):
        return False  # Not ours: left alone.
