"""Identifiers: version 7 UUIDs, made in Python so that a row's id is known before it is inserted."""

import uuid

import uuid_utils.compat


def uuid7() -> uuid.UUID:
    """Return a new version 7 UUID (RFC 9562): it begins with the Unix time in milliseconds, so ids sort by age."""
    return uuid_utils.compat.uuid7()
