"""Identifiers: version 7 UUIDs, made in Python so that a row's id is known before it is inserted."""

import uuid
from datetime import UTC, datetime

import uuid_utils.compat


def uuid7() -> uuid.UUID:
    """Return a new version 7 UUID (RFC 9562): it begins with the Unix time in milliseconds, so ids sort by age."""
    return uuid_utils.compat.uuid7()


def first_uuid7_at(moment: datetime) -> uuid.UUID:
    """Return the smallest version 7 UUID of that millisecond: ids from it on are of rows made since then."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)


def uuid5_of(name: str) -> uuid.UUID:
    """Return the id that stands for a name nobody has: the same one each time, and no row's."""
    return uuid.uuid5(uuid.NAMESPACE_OID, name)


def made_at(identifier: uuid.UUID) -> datetime:
    """Return the moment at which a version 7 UUID was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)
