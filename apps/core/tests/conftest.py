"""A little cast for the doors of the core, whose fixtures live above it, and a log to read back."""

import io
import logging
from collections.abc import Iterator

import pytest

from tests.little_cast import anonymous, booking, client_of, doctor, person, signed_in, treated

__all__ = ["anonymous", "booking", "client_of", "doctor", "person", "signed_in", "treated"]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the house's own log handler writes while the test runs."""
    written = io.StringIO()
    root = logging.getLogger()
    ours = next(each for each in root.handlers if each.name == "stderr")
    handler = logging.StreamHandler(written)
    handler.setFormatter(ours.formatter)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
